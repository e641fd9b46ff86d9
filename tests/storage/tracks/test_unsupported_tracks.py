"""Tracks that cannot be used on this machine: they have a row in quarantine, and what is stored of them stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mir_models.errors import TrackError, UnsupportedError
from storage.corpora.listing import variant_id
from storage.fingerprints import slug
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.stage_update import Outcome, update_stage
from storage.tracks.track_work import Job, Refusal
from storage.workers.dask_workers import Workers
from tests.storage.track_records import features_record

STAGE = "features/cqt"
RAISED = {"unsupported": UnsupportedError, "track error": TrackError}


def work(item: tuple[str, str]) -> Stored | Refusal:
    track, how = item
    if how == "refuse":
        return Refusal("Expected a good track.")
    if how in RAISED:
        raise RAISED[how]("an audio file", received=track, remedy="install ffmpeg on every worker")
    return Stored(features_record(track), {"x": np.zeros((7, 2), np.float32)})


@pytest.fixture
def dataset(tmp_path: Path) -> DatasetStore:
    return open_dataset(str(tmp_path / "store"), "tiny")


def update(
    dataset: DatasetStore, version: str, stage: str = STAGE, workers: Workers | None = None, **how: str
) -> Outcome:
    """Update a stage by tracks, each with how its work ends."""
    jobs = [Job(track, f"{version}{track[0]}", (track, each)) for track, each in how.items()]
    return update_stage(dataset, stage, jobs, work, workers=workers or Workers(n_workers=0), max_quarantined=1.0)


def stored(dataset: DatasetStore) -> dict[str, str]:
    return dataset.stage(STAGE).fingerprints()


def test_what_is_stored_stays_where_this_machine_cannot_make_it_anew(dataset: DatasetStore) -> None:
    update(dataset, "old", **dict.fromkeys("abcd", ""))
    outcome = update(dataset, "new", a="unsupported", b="refuse", c="track error", d="", e="unsupported")
    assert (outcome.made, outcome.kept, outcome.n_tracks) == (["d"], ["a"], 2)
    assert [row.track for row in outcome.quarantined] == ["a", "b", "c", "e"]
    assert outcome.quarantined == dataset.quarantine.rows()
    assert stored(dataset) == {slug("a"): "olda", slug("d"): "newd"}
    outcome = update(dataset, "new", a="", d="")
    assert (outcome.made, outcome.kept, dataset.quarantine.rows()) == (["a"], ["d"], [])
    assert stored(dataset) == {slug("a"): "newa", slug("d"): "newd"}


def test_what_is_made_of_a_recording_that_could_not_be_looked_at_stays(dataset: DatasetStore) -> None:
    update(dataset, "old", **dict.fromkeys(("a", variant_id("a", 1), "b"), ""))
    update(dataset, "old", "raw_audio", a="", b="")
    update(dataset, "new", "raw_audio", a="unsupported", b="")
    update(dataset, "new", **dict.fromkeys(("a", variant_id("a", 1), "b"), "track error"))
    assert stored(dataset) == {slug("a"): "olda", slug(variant_id("a", 1)): "olda"}
    assert dataset.stage("raw_audio").fingerprints() == {slug("a"): "olda", slug("b"): "newb"}


class KilledWorker(Exception):
    """As dask's own."""


class Ending(Workers):
    """Workers whose work on every track ends with an error."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(n_workers=0)
        self.error = error

    def map(self, work: object, items: dict[str, object], **_: object) -> Iterator[tuple[str, None, BaseException]]:
        for track in items:
            yield track, None, self.error


@pytest.mark.parametrize(("error", "stays"), [(KilledWorker("x"), True), (ZeroDivisionError("a bug"), False)])
def test_what_is_stored_stays_where_a_worker_has_too_little_memory(
    dataset: DatasetStore, error: Exception, stays: bool
) -> None:
    update(dataset, "old", a="")
    assert update(dataset, "new", a="", workers=Ending(error)).kept == ["a"] * stays
    assert stored(dataset) == ({slug("a"): "olda"} if stays else {})


def test_an_unsupported_track_that_is_gone_goes(dataset: DatasetStore) -> None:
    update(dataset, "old", a="", b="")
    update(dataset, "new", a="unsupported", b="")
    update(dataset, "new", b="")
    assert stored(dataset) == {slug("b"): "newb"}
    assert dataset.quarantine.rows() == []
