"""The asset variants: augmented variants of the recordings of the train split, as many as are registered."""

from collections import Counter

import dagster as dg

from assets import checks
from assets.metadata import stage_result, table
from assets.partitions import DATASETS, ONE_RUN, Made, each_dataset
from assets.preparation.variants import jobs, vary
from assets.raw_audio import raw_audio
from assets.resources import StoreResource
from storage.corpora.registrations import Registration
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.stage_update import update_stage
from storage.workers.dask_workers import Workers


@dg.asset(
    deps=[raw_audio],
    partitions_def=DATASETS,
    backfill_policy=ONE_RUN,
    group_name="corpus",
    kinds={"python", "zarr"},
    check_specs=checks.specs("variants", checks.VARIANTS),
)
def variants(
    context: dg.AssetExecutionContext,
    store: StoreResource,
    workers: dg.ResourceParam[Workers],
) -> Made:
    """Augmented variants of the recordings of the train split, as many as are registered with the dataset."""
    yield from each_dataset(
        context, store, lambda name: _make_variants(store.registration(name), store.dataset(name), workers)
    )


def _make_variants(registration: Registration, dataset: DatasetStore, workers: Workers) -> dg.MaterializeResult:
    planned, limit = jobs(dataset, registration), registration.max_quarantined
    outcome = update_stage(dataset, "variants", planned, vary, workers=workers, max_quarantined=limit)
    records = dataset.variants.records()
    return stage_result(
        outcome,
        [job.fingerprint for job in planned],
        checks.of_variants(records, dataset.raw_audio.records()),
        hours=round(sum(record.duration for record in records) / 3600, 3),
        applied=dict(Counter(name for record in records for name in record.applied)),
        table=table(records, "track source split applied duration"),
    )
