"""Stages and quarantine: what cannot be made has a row with its reason, no more and no longer than that."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.fingerprints import slug
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.quarantine import QuarantineRow
from storage.tracks.stage_update import Outcome
from storage.tracks.track_work import Job, Refusal
from storage.workers.dask_workers import Workers
from tests.conftest import files_below
from tests.storage.track_records import alignment_measurements
from tests.storage.tracks.stage_jobs import HERE, STAGE, run_stage, track_jobs

MEASUREMENTS = alignment_measurements()


@pytest.fixture
def dataset(tmp_path: Path) -> DatasetStore:
    return open_dataset(str(tmp_path / "store"), "tiny")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("refuse", "Expected a good track."),
        ("track error", "Expected a good track. Received: b. Remedy: mend it."),
        ("store error", "Expected a complete array. Received: 1 of 2 chunks. Remedy: delete it."),
        (
            "bug",
            "ZeroDivisionError: a bug. Remedy: look at the files of this track; if nothing is wrong with them, "
            "report this as a defect.",
        ),
    ],
)
def test_a_track_that_cannot_be_used_has_a_row_and_stops_no_other(
    dataset: DatasetStore, log: Path, how: str, reason: str
) -> None:
    outcome = run_stage(dataset, track_jobs(log, b=how))
    assert outcome.made == ["a", "c", "d"]
    assert outcome.quarantined == dataset.quarantine.rows() == [QuarantineRow("b", STAGE, reason)]
    assert (dataset.quarantine.picture(STAGE, "b") == b"png") == (how == "refuse")
    assert run_stage(dataset, track_jobs(log, b=how)).quarantined == outcome.quarantined


def test_a_mended_track_leaves_quarantine(dataset: DatasetStore, log: Path) -> None:
    run_stage(dataset, track_jobs(log, b="refuse", c="refuse"))
    outcome = run_stage(dataset, track_jobs(log, c="refuse"))
    assert outcome.made == ["b"]
    assert [row.track for row in dataset.quarantine.rows()] == ["c"]
    assert dataset.quarantine.picture(STAGE, "b") is None


def test_a_track_that_is_gone_leaves_quarantine(dataset: DatasetStore, log: Path) -> None:
    run_stage(dataset, track_jobs(log, b="refuse"))
    run_stage(dataset, track_jobs(log, "acd"))
    assert dataset.quarantine.rows() == []


def test_a_track_that_went_bad_is_no_longer_held(dataset: DatasetStore, log: Path) -> None:
    run_stage(dataset, track_jobs(log))
    run_stage(dataset, [*track_jobs(log, "abc"), *track_jobs(log, "d", value=2.0, d="refuse")])
    assert {record.track for record in dataset.features("cqt").records()} == set("abc")


def test_a_row_that_a_killed_run_left_beside_a_made_track_goes(dataset: DatasetStore, log: Path) -> None:
    run_stage(dataset, track_jobs(log))
    dataset.quarantine.put(QuarantineRow("a", STAGE, "of a run that was killed before it could lift it"))
    run_stage(dataset, track_jobs(log))
    assert dataset.quarantine.rows() == []


@pytest.mark.parametrize(("limit", "fails"), [(0.0, True), (0.49, True), (0.5, False), (1.0, False)])
def test_too_many_in_quarantine_fail_the_stage_and_lose_nothing(
    dataset: DatasetStore, log: Path, limit: float, fails: bool
) -> None:
    jobs = track_jobs(log, b="track error", c="refuse")
    if fails:
        with pytest.raises(MirlitonError, match="2 of 4, the first b: Expected a good track") as error:
            run_stage(dataset, jobs, limit=limit)
        assert "--max-quarantined" in error.value.remedy
    else:
        run_stage(dataset, jobs, limit=limit)
    assert {record.track for record in dataset.features("cqt").records()} == {"a", "d"}
    assert len(dataset.quarantine.rows()) == 2
    assert run_stage(dataset, jobs).kept == ["a", "d"]


def test_quarantine_is_readable_by_people(dataset: DatasetStore, log: Path) -> None:
    run_stage(dataset, track_jobs(log, "é", é="refuse"))
    (path,) = Path(dataset.objects.address, "datasets/tiny/quarantine/features-cqt").iterdir()
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "track": "é", "stage": STAGE, "reason": "Expected a good track."
    }  # fmt: skip
    assert "é" in path.read_text(encoding="utf-8")


class Handing(Workers):
    """Workers that hand over given results instead of working."""

    def __init__(self, results: dict[str, tuple[object, BaseException | None]]) -> None:
        super().__init__(n_workers=0)
        self.results = results

    def map(
        self, work: object, items: dict[str, object], **_: object
    ) -> Iterator[tuple[str, object, BaseException | None]]:
        for track in items:
            result, error = self.results.get(track, (None, None))
            yield track, None if error else {STAGE: result}, error


@pytest.mark.parametrize("code", ["ENOSPC", "EDQUOT", "EROFS", "ESTALE"])
def test_a_store_that_cannot_be_written_ends_the_stage_and_blames_no_track(
    dataset: DatasetStore, log: Path, code: str
) -> None:
    error = OSError(getattr(errno, code), "no")
    with pytest.raises(MirlitonError) as raised:
        run_stage(dataset, track_jobs(log), workers=Handing({"b": (None, error)}))
    assert str(raised.value) == (
        f"Expected a store that can be written. Received: {error}. "
        "Remedy: make room, or let MIRLITON_STORE name another place; what was made is kept."
    )
    assert raised.value.__cause__ is error
    assert dataset.quarantine.rows() == []


class KilledWorker(Exception):
    """As dask's own."""


def test_a_file_that_cannot_be_read_or_a_dead_worker_is_of_the_track(dataset: DatasetStore, log: Path) -> None:
    errors = {"b": (None, OSError(errno.EIO, "bad block")), "c": (None, KilledWorker("x"))}
    outcome = run_stage(dataset, track_jobs(log), workers=Handing(errors))
    assert (outcome.made, outcome.n_tracks) == (["a", "d"], 2)
    assert outcome.quarantined == [
        QuarantineRow(
            "b", STAGE, "OSError: [Errno 5] bad block. Remedy: look at the files of this track; if nothing is wrong "
            "with them, report this as a defect.",
        ),
        QuarantineRow(
            "c", STAGE, "The worker died twice on this track, most likely out of memory. "
            "Remedy: raise the workers' memory_limit.",
        ),
    ]  # fmt: skip


def test_what_was_measured_of_a_refused_track_is_in_its_row(dataset: DatasetStore, log: Path) -> None:
    refusals = {"a": (Refusal("Too late.", b"png", MEASUREMENTS), None), "b": (Refusal("Silent."), None)}
    outcome = run_stage(dataset, track_jobs(log, "ab"), workers=Handing(refusals))
    rows = [QuarantineRow("a", STAGE, "Too late.", MEASUREMENTS), QuarantineRow("b", STAGE, "Silent.")]
    assert outcome.quarantined == dataset.quarantine.rows() == rows
    assert dataset.quarantine.picture(STAGE, "a") == b"png"
    assert dataset.quarantine.picture(STAGE, "b") is None
    assert dataset.objects.names("datasets/tiny/quarantine-pictures/features-cqt") == [f"{slug('a')}.png"]


def test_too_many_in_quarantine_are_counted_and_the_first_named(dataset: DatasetStore, log: Path) -> None:
    with pytest.raises(MirlitonError) as raised:
        run_stage(dataset, track_jobs(log, c="track error", b="refuse"), limit=0.26)
    assert str(raised.value) == (
        "Expected at most 26% of the tracks in quarantine after features/cqt. "
        "Received: 2 of 4, the first b: Expected a good track. "
        "Remedy: mend these files, or register the dataset with a higher --max-quarantined."
    )


def test_the_limit_is_a_share_of_all_tracks_not_of_those_made_now(dataset: DatasetStore, log: Path) -> None:
    run_stage(dataset, track_jobs(log, "abc"))
    assert len(run_stage(dataset, track_jobs(log, "abcd", d="refuse"), limit=0.25).quarantined) == 1


def test_a_row_is_lifted_as_soon_as_its_track_is_made(dataset: DatasetStore, log: Path) -> None:
    run_stage(dataset, track_jobs(log, "ab", a="refuse", b="refuse"))

    class Dying(Workers):
        def map(self, work: object, items: dict[str, object], **_: object) -> Iterator[tuple[str, object, None]]:
            yield from list(HERE.map(work, items))[:1]  # type: ignore[arg-type]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_stage(dataset, track_jobs(log, "ab"), workers=Dying())
    assert [row.track for row in dataset.quarantine.rows()] == ["b"]


def test_a_refusal_has_no_picture_and_no_measurements_unless_given() -> None:
    assert Refusal("x") == Refusal("x", None, None)
    assert len({Job(track, "0", None) for track in "aab"}) == 2
    for value in (Refusal("x"), Outcome([], [], [], 0)):
        with pytest.raises(FrozenInstanceError):
            value.reason = value.made = "another"  # type: ignore[misc, union-attr]
    assert Outcome(["a"], ["b", "c"], [QuarantineRow("d", STAGE, "x")], 5).n_tracks == 3


def test_in_a_cluster_the_same_bytes_are_kept_and_a_death_is_a_row(tmp_path: Path, log: Path) -> None:
    clustered, alone = (open_dataset(str(tmp_path / name), "tiny") for name in ("clustered", "alone"))
    workers = Workers(n_workers=2, memory_limit="1GiB")
    try:
        outcome = run_stage(clustered, track_jobs(log, "abcdefgh", c="die", f="track error"), workers=workers)
    finally:
        workers.close()
    assert outcome.made == list("abdegh")
    reasons = {row.track: row.reason for row in outcome.quarantined}
    assert "worker died" in reasons["c"]
    assert "Remedy" in reasons["c"]
    assert reasons["f"] == "Expected a good track. Received: f. Remedy: mend it."
    run_stage(alone, track_jobs(log, "abdegh"))
    kept = "datasets/tiny/features/cqt"
    assert files_below(tmp_path / "clustered" / kept) == files_below(tmp_path / "alone" / kept)
