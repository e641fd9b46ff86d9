"""The asset labels: the classes of every track, its notes, and where in the recording they sound."""

from collections import Counter
from typing import Any

import dagster as dg

from assets import checks
from assets.config_forms import config_of, filled, form
from assets.metadata import picture, stage_result, table
from assets.partitions import DATASETS, ONE_RUN, Made, each_dataset
from assets.preparation.alignments import AlignmentSummary, update_page
from assets.preparation.labels import DEFAULTS, jobs, label
from assets.raw_audio import raw_audio
from assets.resources import StoreResource
from mir_models.aligned_notes import BY_LOADER, Params
from mir_models.alignment import ALIGNMENTS
from mir_models.errors import MirlitonError
from storage.corpora.registrations import Registration
from storage.reports.pages.alignment import ms, ratio
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.stage_update import update_stage
from storage.workers.dask_workers import Workers


@dg.asset(
    deps=[raw_audio],
    partitions_def=DATASETS,
    backfill_policy=ONE_RUN,
    group_name="corpus",
    kinds={"python", "zarr"},
    config_schema=form(DEFAULTS, choices={"method": [BY_LOADER, *ALIGNMENTS.names()]}),
    check_specs=checks.specs("labels", checks.LABELS),
)
def labels(
    context: dg.AssetExecutionContext,
    store: StoreResource,
    workers: dg.ResourceParam[Workers],
) -> Made:
    """The labels of every track: its classes, and its notes, aligned to the recording unless they are exact."""
    params = filled(config_of(context), DEFAULTS)
    yield from each_dataset(
        context, store, lambda name: _make_labels(store.registration(name), store.dataset(name), params, workers)
    )


def _make_labels(
    registration: Registration, dataset: DatasetStore, params: Params, workers: Workers
) -> dg.MaterializeResult:
    planned, limit = jobs(dataset.raw_audio.records(), registration, params), registration.max_quarantined
    try:
        outcome = update_stage(dataset, "labels", planned, label, workers=workers, max_quarantined=limit)
    except MirlitonError:
        update_page(dataset)  # Too many in quarantine: the page shows why.
        raise
    records = dataset.labels.records()
    return stage_result(
        outcome,
        [job.fingerprint for job in planned],
        checks.of_labels(records),
        notes=sum(record.n_notes for record in records),
        touched={**sum((Counter(record.counts) for record in records), Counter())},
        **alignment_metadata(update_page(dataset)),
        table=table(records, "track method lag measured_lag confidence n_notes classes"),
    )


def alignment_metadata(summary: AlignmentSummary | None) -> dict[str, Any]:
    """The figures, the worst tracks and the page of a dataset's alignments for the UI; nothing without notes."""
    if summary is None:
        return {}
    worst = [
        {
            **row,
            "lag": ms(row["measured_lag"]),
            "tempo_ratio": ratio(row["tempo_ratio"]),
            "residual": ms(row["residual"]),
        }
        for row in summary.worst
    ]
    return {
        **{name: picture(content, name) for name, content in summary.pictures.items()},
        "worst": table(worst, "track method lag tempo_ratio residual confidence"),
        "page": dg.MetadataValue.path(summary.page),
    }
