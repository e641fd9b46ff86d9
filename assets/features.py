"""The assets features/<preset>: input features of networks, one asset per preset of every feature file.

The first of them in a run decodes each recording and makes the features of all presets of the run (`FeaturePasses`);
every one of them has its own quarantine, checks and data version, and can be made alone.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from assets import checks
from assets.config_forms import config_of, filled, form
from assets.descriptions import markdown
from assets.metadata import stage_result
from assets.partitions import DATASETS, ONE_RUN, Made, each_dataset
from assets.preparation.features import FeaturePasses, check_extraction, extract, jobs, stage_of
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

    @dg.asset(
        name=preset,
        key_prefix="features",
        deps=[raw_audio, variants],
        partitions_def=DATASETS,
        backfill_policy=ONE_RUN,
        group_name="features",
        kinds={"librosa", "zarr"},
        description=markdown(feature.__doc__),
        config_schema=form(feature.PRESETS[preset]),
        check_specs=checks.specs(["features", preset], checks.FEATURES),
    )
    def features(
        context: dg.AssetExecutionContext,
        store: StoreResource,
        workers: dg.ResourceParam[Workers],
        passes: dg.ResourceParam[FeaturePasses],
    ) -> Made:
        together = {**presets_of_run(context), preset: filled(config_of(context), feature.PRESETS[preset])}
        yield from each_dataset(
            context,
            store,
            lambda name: _make_features(
                store.registration(name), store.dataset(name), preset, together, workers, passes
            ),
        )

    return features


def presets_of_run(context: dg.AssetExecutionContext) -> dict[str, FeatureParams]:
    """The presets whose features the run of an asset makes, with their settings, sorted."""
    config: Any = context.run.run_config.get("ops", {})
    steps = context.run.step_keys_to_execute
    found = {}
    for key in sorted(context.job_def.asset_layer.executable_asset_keys):
        step = "__".join(key.path)
        if key.path[0] == "features" and (steps is None or step in steps):
            preset = key.path[1]
            given = config.get(step, {}).get("config", {})
            found[preset] = filled(given, presets()[preset].PRESETS[preset])
    return found


def _make_features(
    registration: Registration,
    dataset: DatasetStore,
    preset: str,
    together: Mapping[str, FeatureParams],
    workers: Workers,
    passes: FeaturePasses,
) -> dg.MaterializeResult:
    check_extraction(preset, together[preset])
    tracks, limit = dataset.audio_tracks(), registration.max_quarantined
    planned = jobs(tracks, preset, together[preset], dataset.address)
    outcome = update_stage(
        dataset,
        stage_of(preset),
        planned,
        extract,
        workers=workers,
        max_quarantined=limit,
        attempts=passes.attempt(dataset, tracks, together, preset, workers),
    )
    records = dataset.features(preset).records()
    return stage_result(
        outcome,
        [job.fingerprint for job in planned],
        checks.of_features(preset, records),
        frames=sum(record.n_frames for record in records),
    )


features = [features_asset(preset, feature) for preset, feature in sorted(presets().items())]
