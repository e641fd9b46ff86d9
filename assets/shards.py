"""The assets shards/<preset>: training examples of 512 frames, features with the piano rolls of their notes."""

import dagster as dg

from assets import checks
from assets.config_forms import config_of, filled, form
from assets.labels import labels
from assets.metadata import picture, stage_result
from assets.partitions import DATASETS, ONE_RUN, Made, each_dataset
from assets.preparation.example_figure import example_picture
from assets.preparation.shards import DEFAULTS, draw, jobs
from assets.resources import StoreResource
from mir_models import features
from mir_models.examples.shards import Params
from storage.corpora.registrations import Registration
from storage.fingerprints import fingerprint
from storage.staleness.outdated_models import mark_reports
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.stage_update import update_stage
from storage.workers.dask_workers import Workers


def shards_asset(preset: str) -> dg.AssetsDefinition:
    """The asset of one preset."""

    @dg.asset(
        name=preset,
        key_prefix="shards",
        deps=[dg.AssetKey(["features", preset]), labels],
        partitions_def=DATASETS,
        backfill_policy=ONE_RUN,
        group_name="shards",
        kinds={"zarr"},
        description="Shards of 512 frames: features, piano rolls, mask of the padded tail, start, split.",
        config_schema=form(DEFAULTS),
        check_specs=checks.specs(["shards", preset], checks.SHARDS),
    )
    def shards(
        context: dg.AssetExecutionContext,
        store: StoreResource,
        workers: dg.ResourceParam[Workers],
    ) -> Made:
        params = filled(config_of(context), DEFAULTS)
        yield from each_dataset(
            context,
            store,
            lambda name: _make_shards(store.registration(name), store.dataset(name), preset, params, workers),
        )

    return shards


def _make_shards(
    registration: Registration, dataset: DatasetStore, preset: str, params: Params, workers: Workers
) -> dg.MaterializeResult:
    planned, limit = jobs(dataset, preset, params), registration.max_quarantined
    outcome = update_stage(dataset, f"shards/{preset}", planned, draw, workers=workers, max_quarantined=limit)
    records, made_from = dataset.shards(preset).records(), [job.fingerprint for job in planned]
    # A run that has nothing to do draws nothing: the picture stands with the run that made the shards.
    drawn = example_picture(dataset, preset, fingerprint(made_from)) if outcome.made else None
    return stage_result(
        outcome,
        made_from,
        checks.of_shards(preset, records, dataset.features(preset).records()),
        shards=sum(record.n_shards for record in records),
        hours=round(sum(record.seconds for record in records) / 3600, 3),
        stale_reports=mark_reports(dataset),
        **({"example": picture(drawn, "features and targets of a training example")} if drawn else {}),
    )


shards_assets = [shards_asset(preset) for preset in sorted(features.presets())]
