"""Jobs of a small stage: its work, and a run of it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from mir_models.errors import MirlitonError, TrackError
from storage.fingerprints import fingerprint
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.stage_update import Outcome, update_stage
from storage.tracks.track_work import Job, Refusal
from storage.workers.dask_workers import Workers
from tests.storage.track_records import features_record

HERE = Workers(n_workers=0)
STAGE = "features/cqt"


def work(item: dict[str, object]) -> Stored | Refusal:
    """Stores the item's value; logs that it ran; refuses, raises or dies where the item is set to."""
    track, how = str(item["track"]), item.get("how")
    with open(str(item["log"]), "a", encoding="utf-8") as log:
        print(track, file=log)
    if how == "refuse":
        return Refusal("Expected a good track.", b"png")
    if how == "track error":
        raise TrackError("a good track", received=track, remedy="mend it")
    if how == "store error":
        raise MirlitonError("a complete array", received="1 of 2 chunks", remedy="delete it")
    if how == "bug":
        raise ZeroDivisionError("a bug")
    if how == "die":
        os._exit(1)
    return Stored(features_record(track), {"x": np.full((700, 2), item["value"], np.float32)})


def track_jobs(log: Path, tracks: str = "abcd", *, value: float = 1.0, **how: str) -> list[Job]:
    return [
        Job(track, fingerprint(track, value), {"track": track, "value": value, "log": str(log), "how": how.get(track)})
        for track in tracks
    ]


def run_stage(dataset: DatasetStore, jobs: list[Job], *, limit: float = 1.0, workers: Workers = HERE) -> Outcome:
    return update_stage(dataset, STAGE, jobs, work, workers=workers, max_quarantined=limit)
