"""The prepared shards of a row, and the recordings that it is judged by."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from assets.training.dataset_shards import DatasetShards, open_dataset_shards
from experiments.long_runs.home import RunHome
from experiments.peers.recordings import cut
from experiments.robustness.plan import Plan
from experiments.robustness.rows import Row
from mir_models.architectures import ARCHITECTURES, NoteArchitecture
from mir_models.examples.shards import SHARD_FRAMES
from mir_models.features import FeatureParams, params_of_preset
from mir_models.notes.annotations import Notes
from mir_models.tasks import TASKS, NoteTask
from storage.examples.indexed import ShardExamples
from storage.examples.track_shards import TrackShards

CHOICE, REAL, UNHEARD = "choice", "real", "unheard"
"""Recordings of pianos of MAPS by which thresholds are chosen, and the two sets by which rows are judged: real pianos,
and the MAPS piano that none is trained on."""
DATASETS = {CHOICE: "maps", REAL: "real_dev", UNHEARD: "maps"}
SPLITS = {CHOICE: ("validation", "promotion"), REAL: ("validation", "promotion"), UNHEARD: ("test",)}


@dataclass(frozen=True, eq=False)
class Recording:
    """A recording with its notes.

    Attributes
    ----------
    kind : {"choice", "real", "unheard"}
    track : str
    features : (n_frames, n_bins) float32
    notes : Notes
        Those that last longer end with the recording.
    """

    kind: str
    track: str
    features: NDArray[np.float32]
    notes: Notes


@cache
def open_home(home: Path, names: tuple[str, ...], preset: str) -> DatasetShards:
    """The shards of datasets of a run's home."""
    from assets.resources import StoreResource

    os.environ["MIRLITON_HOME"] = str(RunHome(home).mirliton)
    os.environ["MIRLITON_STORE"] = str(RunHome(home).store)
    return open_dataset_shards(StoreResource(), list(names), "notes", preset)


def training_data(home: Path, row: Row, plan: Plan) -> tuple[DatasetShards, ShardExamples, NDArray[np.float64]]:
    """The train shards of a row, its examples, and how often a training visits each of them."""
    architecture = cast(NoteArchitecture, ARCHITECTURES.get(row.network))
    data = open_home(home, tuple(sorted(row.shares)), architecture.FEATURE)
    data = replace(data, tracks=[each for each in data.tracks if _is_in(each, row)])
    task = cast(NoteTask, TASKS.get(architecture.TASK))
    examples = data.examples("train", task.fields(architecture.HEADS))
    of_dataset = np.repeat([track.dataset for track in examples.tracks], examples.per_track)
    visits = np.zeros(len(examples))
    for name, share in row.shares.items():
        chosen = of_dataset == name
        visits[chosen] = share * plan.frames / SHARD_FRAMES / chosen.sum()
    return data, examples, visits


def _is_in(track: TrackShards, row: Row) -> bool:
    is_variant = "~variant" in track.track
    return track.split != "train" or row.recordings == "all" or is_variant == (row.recordings == "variants")


@cache
def recordings(home: Path, preset: str, seconds: float) -> tuple[Recording, ...]:
    """The recordings of the sets; of MAPS their first `seconds`."""
    data = open_home(home, tuple(sorted(set(DATASETS.values()))), preset)
    return tuple(_recordings(data, params_of_preset(preset, data.feature.params), seconds))


def _recordings(data: DatasetShards, params: FeatureParams, seconds: float) -> Iterator[Recording]:
    for kind, dataset in DATASETS.items():
        for track in (each for each in data.tracks if each.dataset == dataset and each.split in SPLITS[kind]):
            features = data.track_arrays(track, "features")["features"]
            if dataset == "maps":
                features = features[: params.grid.n_frames(round(seconds * params.sr))]
            end = float(params.grid.times(len(features)))
            yield Recording(kind, track.track, features, cut(data.notes(track), end=end))
