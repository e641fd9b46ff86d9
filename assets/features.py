"""features/<preset>: what a network hears, one asset per preset of every feature file."""

from dataclasses import asdict
from types import ModuleType
from typing import Any

import dagster as dg
import numpy as np

from assets import checks
from assets.config_forms import filled, form
from assets.metadata import stage_result
from assets.partitions import DATASETS, ONE_RUN, Made, each_dataset
from assets.raw_audio import raw_audio
from assets.resources import StoreResource
from assets.variants import sound, variants
from mir_models.features import FEATURES, presets
from mir_models.features import preset as feature_of
from mir_models.resampling import resample
from storage.corpora.registrations import Registration
from storage.fingerprints import fingerprint
from storage.tracks import stages
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.stages import Job
from storage.workers.dask_workers import Workers

NAMESPACE = "mir_models.features."
"""Stands before a feature's name in every fingerprint since version 0.1: a text, wherever the feature's file lies."""


def features_asset(preset: str, feature: ModuleType) -> dg.AssetsDefinition:
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
        config: Settings,
        store: StoreResource,
        workers: dg.ResourceParam[Workers],
    ) -> Made:
        params = filled(config, defaults)
        yield from each_dataset(
            context,
            store,
            lambda name: _extracted(store.registration(name), store.dataset(name), preset, params, workers),
        )

    return features


def _extracted(
    registration: Registration, dataset: DatasetStore, preset: str, params: Any, workers: Workers
) -> dg.MaterializeResult:
    place, limit = (dataset.objects.address, dataset.name), registration.max_quarantined
    wanted = jobs(dataset.sounding(), preset, params, place)
    outcome = stages.run(dataset, f"features/{preset}", wanted, extract, workers=workers, max_quarantined=limit)
    records = dataset.features(preset).records()
    return stage_result(
        outcome,
        [job.fingerprint for job in wanted],
        checks.of_features(preset, records),
        frames=sum(record["n_frames"] for record in records),
    )


def jobs(records: list[dict[str, Any]], preset: str, params: Any, place: tuple[str, str] = ("", "")) -> list[Job]:
    """The work on some recordings, and on variants of the dataset at `place`."""
    feature = feature_of(preset)
    made_with = fingerprint("features", NAMESPACE + feature.NAME, feature.VERSION, params)
    item = {"feature": feature.NAME, "params": params, "place": place}
    return [
        Job(record["track"], fingerprint(made_with, record["content"]), {"record": record, **item})
        for record in records
    ]


def extract(item: dict[str, Any]) -> Stored:
    """Runs in a worker: decode, resample, extract."""
    record, params, feature = item["record"], item["params"], FEATURES.get(item["feature"])
    y, sr = sound(record, item["place"])
    extracted = feature.extract(resample(y, sr, params.sr), params)
    about = {
        "track": record["track"],
        "audio": record["content"],
        "feature": feature.NAME,
        "version": feature.VERSION,
        "params": asdict(params),
        "n_frames": len(extracted),
        "not_finite": int((~np.isfinite(extracted)).sum()),
    }
    return Stored(about, {"features": extracted})


features = [features_asset(preset, feature) for preset, feature in sorted(presets().items())]
