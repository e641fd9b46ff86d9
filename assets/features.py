"""The assets features/<preset>: input features of networks, one asset per preset of every feature file."""

import dagster as dg

from assets import checks
from assets.config_forms import filled, form
from assets.metadata import stage_result
from assets.partitions import DATASETS, ONE_RUN, Made, each_dataset
from assets.preparation.features import extract, jobs
from assets.raw_audio import raw_audio
from assets.resources import StoreResource
from assets.variants import variants
from mir_models.features import Feature, FeatureParams, presets
from storage.corpora.registrations import Registration
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.stage_update import update_stage
from storage.workers.dask_workers import Workers


def features_asset(preset: str, feature: Feature) -> dg.AssetsDefinition:
    """The asset of one preset."""
    defaults = feature.PRESETS[preset]
    Settings = form(defaults, f"{preset}_settings")

    @dg.asset(
        name=preset,
        key_prefix="features",
        deps=[raw_audio, variants],
        partitions_def=DATASETS,
        backfill_policy=ONE_RUN,
        group_name="features",
        kinds={"librosa", "zarr"},
        description=feature.__doc__,
        check_specs=checks.specs(["features", preset], checks.FEATURES),
    )
    def features(
        context: dg.AssetExecutionContext,
        config: Settings,  # type: ignore[valid-type]  # a class made of the feature's Params
        store: StoreResource,
        workers: dg.ResourceParam[Workers],
    ) -> Made:
        params = filled(config, defaults)
        yield from each_dataset(
            context,
            store,
            lambda name: _make_features(store.registration(name), store.dataset(name), preset, params, workers),
        )

    return features


def _make_features(
    registration: Registration, dataset: DatasetStore, preset: str, params: FeatureParams, workers: Workers
) -> dg.MaterializeResult:
    planned, limit = jobs(dataset.audio_tracks(), preset, params, dataset.address), registration.max_quarantined
    outcome = update_stage(dataset, f"features/{preset}", planned, extract, workers=workers, max_quarantined=limit)
    records = dataset.features(preset).records()
    return stage_result(
        outcome,
        [job.fingerprint for job in planned],
        checks.of_features(preset, records),
        frames=sum(record.n_frames for record in records),
    )


features = [features_asset(preset, feature) for preset, feature in sorted(presets().items())]
