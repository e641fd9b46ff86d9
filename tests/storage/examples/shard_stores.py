"""Shards of tracks written for tests: features and targets that say where they are from."""

from __future__ import annotations

from typing import Any

import numpy as np

from mir_models.examples import shards
from storage.examples.track_shards import TrackShards, tracks
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import open_dataset
from storage.tracks.records import FeatureSettings, ShardsRecord

N_BINS = 3
UNCOMPRESSED = {"none": {"features", "onset", "mask", "start"}, "targets": {"features"}, "all": set()}


def frames_of(track: int, n_frames: int) -> dict[str, np.ndarray]:
    """Features (n_frames, 3) float32, counted from 10,000 × the track's number, and onsets (n_frames, 2) uint8."""
    features = 10_000 * track + np.arange(n_frames)[:, None] + np.linspace(0, 0.5, N_BINS)
    onset = np.add.outer(np.arange(n_frames) * 7 + track, np.arange(2)) % 251
    return {"features": features.astype(np.float32), "onset": onset.astype(np.uint8)}


def stored_of(track: int, n_frames: int, compression: str = "targets", dtype: str = "float32") -> Stored:
    """The shards of a track, padded with -1."""
    arrays: dict[str, Any] = {name: shards.cut(frames) for name, frames in frames_of(track, n_frames).items()}
    arrays["features"] = shards.cut(frames_of(track, n_frames)["features"], fill=-1).astype(dtype)
    arrays |= {"mask": shards.mask(n_frames), "start": shards.starts(n_frames)}
    record = ShardsRecord(
        track=f"t{track:02d}",
        work="w",
        split="train",
        audio_content="a",
        notes_content="n",
        feature=FeatureSettings("cqt", 1, {}),
        n_frames=n_frames,
        n_shards=len(arrays["start"]),
        seconds=1.0,
        dtype=dtype,
        compression=compression,
    )
    return Stored(record, arrays, by_example=True, uncompressed=frozenset(UNCOMPRESSED[compression]))


def written_tracks(address: str, lengths: list[int], *kinds: str) -> list[TrackShards]:
    """Tracks "t00", "t01", … of so many frames, compressed as `kinds` names it in turn (``"targets"``)."""
    dataset = open_dataset(address, "tiny")
    for track, n_frames in enumerate(lengths):
        compression, _, dtype = (kinds or ("targets",))[track % len(kinds or "x")].partition(" ")
        stored = stored_of(track, n_frames, compression, dtype or "float32")
        dataset.shards("cqt").write(f"t{track:02d}", f"{track:016x}", stored)
    return tracks(dataset, "cqt")
