"""Shards on disk for benchmarks of training: levels and notes that are drawn, stored as a backfill stores them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from mir_models.architectures import NoteArchitecture
from mir_models.examples import shards
from mir_models.features import feature_of, params_of_preset
from mir_models.notes import piano_roll, regressed_onsets
from mir_models.notes.annotations import Notes
from storage.examples.indexed import ShardExamples
from storage.examples.track_shards import tracks
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.records import FeatureSettings, ShardsRecord

SHARDS_PER_TRACK, NOTES_PER_SECOND = 25, 10
"""Five minutes of a track; MAPS has 9.6 notes per second."""


def examples_on_disk(address: str, architecture: NoteArchitecture, fields: tuple[str, ...], n: int) -> ShardExamples:
    """The examples of `n` drawn tracks, written below `address`."""
    dataset, preset = open_dataset(address, "drawn"), architecture.FEATURE
    for number in range(n):
        _write(dataset, preset, number)
    return ShardExamples(tracks(dataset, preset), ("features", "mask", "start", *fields))


def _write(dataset: DatasetStore, preset: str, number: int) -> None:
    """Write the shards of one track."""
    rng, feature, track = np.random.default_rng(number), feature_of(preset), f"track {number}"
    params: Any = feature.PRESETS[preset]
    n_frames = SHARDS_PER_TRACK * shards.SHARD_FRAMES - int(rng.integers(shards.SHARD_FRAMES))
    grid = params_of_preset(preset, asdict(params)).grid
    notes = _notes(rng, float(grid.times(n_frames - 50)))
    rolls = piano_roll.draw(notes, grid, n_frames)
    drawn: dict[str, Any] = {name: getattr(rolls, name) for name in ("frame", "onset", "offset", "velocity")}
    reach = shards.Params().regressed_onsets
    drawn["onset_regressed"] = regressed_onsets.quantize(regressed_onsets.draw(notes, grid, n_frames, reach=reach))
    levels = rng.normal(-45, 12, (n_frames, params.n_bins)).astype(np.float32)
    arrays = {
        "features": shards.cut(levels, fill=params.silence),
        "mask": shards.mask(n_frames),
        "start": shards.starts(n_frames),
        **{name: shards.cut(roll) for name, roll in drawn.items()},
    }
    record = ShardsRecord(
        track=track,
        work=track,
        split="train",
        audio_content="",
        notes_content=track,
        feature=FeatureSettings(feature.NAME, feature.VERSION, asdict(params)),
        n_frames=n_frames,
        n_shards=len(arrays["start"]),
        seconds=float(grid.times(n_frames)),
    )
    stored = Stored(record, arrays, by_example=True, uncompressed=frozenset({"features"}))
    dataset.shards(preset).write(track, "drawn", stored)


def _notes(rng: np.random.Generator, last: float) -> Notes:
    """Notes of up to a second, all over the keyboard."""
    n = int(NOTES_PER_SECOND * last)
    onsets = np.sort(rng.uniform(0, last - 1, n))
    intervals = np.c_[onsets, onsets + rng.uniform(0.1, 1.0, n)]
    return Notes(intervals, rng.integers(30, 90, n), rng.integers(30, 110, n))
