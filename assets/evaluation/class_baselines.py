"""Baselines of a classification: the largest class, MFCC statistics, and the network with random weights."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from assets.inference.loaded_model import feature_params
from assets.training.dataset_shards import DatasetShards
from mir_models.evaluation import class_baselines
from mir_models.evaluation.class_baselines import LabelledRows
from mir_models.examples.windows import Window
from mir_models.transfer import embeddings
from storage import progress
from storage.examples import track_shards
from storage.examples.track_shards import TrackShards
from storage.models.record import ModelRecord

MFCC = "mfcc"
"""The preset of the support vector machine."""

Predictions = dict[str, dict[str, str]]
"""Estimated class by baseline and track."""
Row = Callable[[TrackShards], np.ndarray]
"""From a track to its numbers, (n_numbers,)."""


def predict_baselines(
    data: DatasetShards, record: ModelRecord, model: Any, tested: dict[str, TrackShards]
) -> tuple[Predictions, tuple[str, ...]]:
    """The predictions of the baselines for the test tracks, and sentences about baselines that are missing."""
    if not {"train", "validation"} <= {track.split for track in data.tracks}:
        return {}, ("No baselines: these datasets only test, and there is nothing to train a baseline on.",)
    label, train, validation = record.labels, data.split("train"), data.split("validation")
    sides = (train, validation, list(tested.values()))
    rows: dict[str, Row] = {"random weights, SVM": _random_weights(data, record, model)}
    notes: tuple[str, ...] = ()
    if not datasets_without_mfcc(data, [*train, *validation, *tested.values()]):
        rows = {f"{MFCC} statistics, SVM": mfcc_statistics(data), **rows}
    else:
        remedy = f"mirliton backfill {' '.join(data.stores)} --feature {MFCC}"
        notes = (f"No support vector machine: the shards of {MFCC} are lacking ({remedy}).",)
    majority = class_baselines.majority_class([track.classes[label] for track in train])
    found = {name: dict(zip(tested, _predict_svm(row, sides, label, name), strict=True)) for name, row in rows.items()}
    return {**found, "majority": dict.fromkeys(tested, majority)}, notes


def _predict_svm(row: Row, sides: tuple[Sequence[TrackShards], ...], label: str, name: str) -> list[str]:
    """Predictions of a support vector machine that is fitted to the train tracks, its penalty chosen on validation."""

    def rows(tracks: Sequence[TrackShards]) -> LabelledRows:
        progress.report(f"baseline: {name}", 0, 1, f"{len(tracks)} tracks")
        return LabelledRows(np.stack([row(each) for each in tracks]), [each.classes[label] for each in tracks])

    train, validation, tested = map(rows, sides)
    return list(map(str, class_baselines.fit_svm(train, validation).predict(tested.rows)))


def _random_weights(data: DatasetShards, record: ModelRecord, model: Any) -> Row:
    """The embedding of a track by all layers of the network with random weights."""
    silence, window = feature_params(record).silence, Window(**record.decoding["window"])
    embedder = embeddings.embedder(embeddings.with_random_weights(model, record.training["seed"]))

    def row(track: TrackShards) -> np.ndarray:
        features = data.track_arrays(track, "features")["features"]
        return embeddings.embed_track(embedder, features, window, silence=silence)

    return row


def _mfcc_shards(data: DatasetShards) -> dict[tuple[str, str], TrackShards]:
    """The shards of mel-frequency cepstral coefficients, by dataset and track."""
    stores = data.stores.items()
    return {(name, each.track): each for name, store in stores for each in track_shards.tracks(store, MFCC)}


def datasets_without_mfcc(data: DatasetShards, tracks: Sequence[TrackShards]) -> list[str]:
    """The datasets that lack the MFCCs of some of these tracks."""
    held = _mfcc_shards(data)
    return sorted({each.dataset for each in tracks if (each.dataset, each.track) not in held})


def mfcc_fingerprints(data: DatasetShards) -> list[tuple[str, str, str]]:
    """Dataset, track and fingerprint, see `TrackShards.content`, of the MFCCs that there are."""
    return [(*address, each.content) for address, each in sorted(_mfcc_shards(data).items())]


def mfcc_statistics(data: DatasetShards) -> Row:
    """Statistics of MFCCs over the frames of a track: `mir_models.evaluation.class_baselines.mfcc_statistics`."""
    held = _mfcc_shards(data)

    def row(track: TrackShards) -> np.ndarray:
        mfcc = data.track_arrays(held[track.dataset, track.track], "features")["features"]
        return class_baselines.mfcc_statistics(mfcc)

    return row
