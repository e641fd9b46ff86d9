"""Features, track by track: decode once, and extract all presets that a run makes of the recording."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.preparation.variants import read_audio
from mir_models.errors import ParameterError
from mir_models.features import FeatureParams, extract_presets, feature_of
from storage.fingerprints import fingerprint
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import AudioTrack, DatasetAddress, DatasetStore
from storage.tracks.records import FeaturesRecord, RawAudioRecord
from storage.tracks.stage_update import Attempts, attempt_stages
from storage.tracks.track_work import Job
from storage.workers.dask_workers import Workers

NAMESPACE = "mir_models.features."
"""Stands before a feature's name in every fingerprint since version 0.1: a text, wherever the feature's file lies."""


@dataclass(frozen=True)
class FeaturesItem:
    """The work on one track for one preset: its audio, the dataset it is stored with, the preset with its settings."""

    track: AudioTrack
    dataset: DatasetAddress
    preset: str
    params: FeatureParams


@dataclass
class FeaturePasses:
    """The features that a run has made in passes over the recordings of its datasets, before their assets.

    A recording is decoded once for all presets that a run makes: the first of their assets makes what is missing of
    all, each in its own store, and each asset brings its own up to date with that.

    Attributes
    ----------
    attempts : dict
        By dataset, and by stage that has not been brought up to date since.
    """

    attempts: dict[DatasetAddress, dict[str, Attempts]] = field(default_factory=dict)

    def attempt(
        self,
        dataset: DatasetStore,
        tracks: Sequence[AudioTrack],
        presets: Mapping[str, FeatureParams],
        preset: str,
        workers: Workers,
    ) -> Attempts | None:
        """What was tried of the features of a preset; the first call for a dataset makes those of all `presets`."""
        if dataset.address not in self.attempts:
            planned = {stage_of(each): jobs(tracks, each, params, dataset.address) for each, params in presets.items()}
            self.attempts[dataset.address] = attempt_stages(dataset, planned, extract_all, workers=workers)
        return self.attempts[dataset.address].pop(stage_of(preset), None)


def stage_of(preset: str) -> str:
    """The stage of the features of a preset."""
    return f"features/{preset}"


def check_extraction(preset: str, params: FeatureParams) -> None:
    """Refuse settings by which not even a second of noise has features, before a track is blamed for them.

    Raises
    ------
    ParameterError
    """
    feature = feature_of(preset)
    if params == feature.PRESETS[preset]:
        return
    noise = np.random.default_rng(0).normal(scale=0.1, size=params.sr).astype(np.float32)
    try:
        feature.extract(noise, params)
    except Exception as error:
        changed = (f"{name}={value}" for name, value in asdict(params).items() if value != _default(preset, name))
        received = f"{', '.join(changed)} ({type(error).__name__}: {error})"
        remedy = f"correct them, or leave them as {preset} has them"
        expected = f"settings by which {preset} can be extracted"
        raise ParameterError(expected, received=received, remedy=remedy) from error


def _default(preset: str, name: str) -> Any:
    return getattr(feature_of(preset).PRESETS[preset], name)


def jobs(
    tracks: Sequence[AudioTrack], preset: str, params: FeatureParams, dataset: DatasetAddress
) -> list[Job[FeaturesItem]]:
    """One job per recording or variant of a dataset; `params` are settings of the preset's feature."""
    feature = feature_of(preset)
    made_with = fingerprint("features", NAMESPACE + feature.NAME, feature.VERSION, params)
    return [
        Job(
            each.track,
            fingerprint(made_with, each.record.content),
            FeaturesItem(each, dataset, preset, params),
            reads=(each.record.path,) if isinstance(each.record, RawAudioRecord) else (),
        )
        for each in tracks
    ]


def extract(item: FeaturesItem) -> Stored:
    """Runs in a worker: the features of one track by one preset, (n_frames, n_bins) float32."""
    ((_, stored),) = extract_all({item.preset: item})
    return stored


def extract_all(items: Mapping[str, FeaturesItem]) -> Iterator[tuple[str, Stored]]:
    """Runs in a worker: the features of one track by several presets, decoded once; stages and what they store."""
    stages = {item.preset: stage for stage, item in items.items()}
    first = next(iter(items.values()))
    y, sr = read_audio(first.track, first.dataset)
    for preset, features in extract_presets(y, sr, {item.preset: item.params for item in items.values()}):
        yield stages[preset], stored_features(items[stages[preset]], features)


def stored_features(item: FeaturesItem, features: NDArray[np.float32]) -> Stored:
    """What is stored of a track's features, (n_frames, n_bins)."""
    feature = feature_of(item.preset)
    record = FeaturesRecord(
        track=item.track.track,
        audio_content=item.track.record.content,
        feature=feature.NAME,
        version=feature.VERSION,
        params=asdict(item.params),
        n_frames=len(features),
        not_finite=int((~np.isfinite(features)).sum()),
    )
    return Stored(record, {"features": features})
