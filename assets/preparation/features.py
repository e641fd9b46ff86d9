"""Features of one preset, track by track: decode, resample, extract."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from assets.preparation.variants import read_audio
from mir_models.features import FEATURES, FeatureParams, feature_of
from mir_models.resampling import resample
from storage.fingerprints import fingerprint
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import AudioTrack, DatasetAddress
from storage.tracks.records import FeaturesRecord
from storage.tracks.stage_update import Job

NAMESPACE = "mir_models.features."
"""Stands before a feature's name in every fingerprint since version 0.1: a text, wherever the feature's file lies."""


@dataclass(frozen=True)
class FeaturesItem:
    """The work on one track: its audio, the dataset it is stored with, and the feature by name with its settings."""

    track: AudioTrack
    dataset: DatasetAddress
    feature: str
    params: FeatureParams


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
            FeaturesItem(each, dataset, feature.NAME, params),
        )
        for each in tracks
    ]


def extract(item: FeaturesItem) -> Stored:
    """Runs in a worker: the features of one track, (n_frames, n_bins) float32."""
    params, feature = item.params, FEATURES.get(item.feature)
    y, sr = read_audio(item.track, item.dataset)
    features = feature.extract(resample(y, sr, params.sr), params)
    record = FeaturesRecord(
        track=item.track.track,
        audio_content=item.track.record.content,
        feature=feature.NAME,
        version=feature.VERSION,
        params=asdict(params),
        n_frames=len(features),
        not_finite=int((~np.isfinite(features)).sum()),
    )
    return Stored(record, {"features": features})
