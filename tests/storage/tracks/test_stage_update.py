"""Stages: what is there is kept, what changed is made anew, what cannot be made is quarantined, no more."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest

from mir_models.errors import MirlitonError, TrackError
from storage import progress
from storage.fingerprints import fingerprint, slug
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.quarantine import QuarantineRow
from storage.tracks.stage_update import Outcome, update_stage
from storage.tracks.track_work import Job, Refusal
from storage.workers.dask_workers import Workers
from tests.conftest import files_below
from tests.storage.track_records import alignment_measurements, features_record

HERE = Workers(n_workers=0)
STAGE = "features/cqt"
MEASUREMENTS = alignment_measurements()


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


@pytest.fixture
def dataset(tmp_path: Path) -> DatasetStore:
    return open_dataset(str(tmp_path / "store"), "tiny")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def _jobs(log: Path, tracks: str = "abcd", *, value: float = 1.0, **how: str) -> list[Job]:
    return [
        Job(track, fingerprint(track, value), {"track": track, "value": value, "log": str(log), "how": how.get(track)})
        for track in tracks
    ]


def _run(dataset: DatasetStore, jobs: list[Job], *, limit: float = 1.0, workers: Workers = HERE) -> Outcome:
    return update_stage(dataset, STAGE, jobs, work, workers=workers, max_quarantined=limit)


def _ran(log: Path) -> list[str]:
    ran = log.read_text().split() if log.exists() else []
    log.unlink(missing_ok=True)
    return ran


def test_a_stage_makes_every_track_and_a_second_run_none(dataset: DatasetStore, log: Path) -> None:
    jobs = _jobs(log)
    assert _run(dataset, jobs) == Outcome(["a", "b", "c", "d"], [], [], 0)
    assert _ran(log) == ["a", "b", "c", "d"]
    before = files_below(Path(dataset.objects.address))
    assert _run(dataset, jobs) == Outcome([], ["a", "b", "c", "d"], [], 0)
    assert _ran(log) == []
    assert files_below(Path(dataset.objects.address)) == before


def test_one_changed_ingredient_makes_that_track_anew_and_deletes_the_old(dataset: DatasetStore, log: Path) -> None:
    _run(dataset, _jobs(log))
    _ran(log)
    changed = [*_jobs(log, "abc"), *_jobs(log, "d", value=2.0)]
    outcome = _run(dataset, changed)
    assert (outcome.made, outcome.kept, outcome.superseded) == (["d"], ["a", "b", "c"], 1)
    assert _ran(log) == ["d"]
    assert dataset.features("cqt").fingerprints()[slug("d")] == changed[-1].fingerprint
    assert len(dataset.features("cqt").held()) == 4


def test_a_track_that_is_gone_goes(dataset: DatasetStore, log: Path) -> None:
    _run(dataset, _jobs(log))
    assert _run(dataset, _jobs(log, "abc")).superseded == 1
    assert {record.track for record in dataset.features("cqt").records()} == set("abc")


def test_a_store_that_grew_equals_a_fresh_one_byte_for_byte(tmp_path: Path, log: Path) -> None:
    grown, fresh = (open_dataset(str(tmp_path / name), "tiny") for name in ("grown", "fresh"))
    _run(grown, _jobs(log, "d", value=3.0))
    _run(grown, _jobs(log, "ca", a="refuse"))
    _run(grown, _jobs(log, "abcd", b="track error"))
    _run(grown, _jobs(log, "dcba"))
    _run(fresh, _jobs(log, "abcd"))
    assert files_below(tmp_path / "grown") == files_below(tmp_path / "fresh")


def test_other_stages_are_left_alone(dataset: DatasetStore, log: Path) -> None:
    update_stage(dataset, "labels", _jobs(log, "xy", y="refuse"), work, workers=HERE, max_quarantined=1.0)
    _run(dataset, _jobs(log, "ab"))
    _run(dataset, [])
    assert len(dataset.labels.held()) == 1
    assert [row.track for row in dataset.quarantine.rows()] == ["y"]


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
    outcome = _run(dataset, _jobs(log, b=how))
    assert outcome.made == ["a", "c", "d"]
    assert outcome.quarantined == dataset.quarantine.rows() == [QuarantineRow("b", STAGE, reason)]
    assert (dataset.quarantine.picture(STAGE, "b") == b"png") == (how == "refuse")
    assert _run(dataset, _jobs(log, b=how)).quarantined == outcome.quarantined


def test_a_mended_track_leaves_quarantine(dataset: DatasetStore, log: Path) -> None:
    _run(dataset, _jobs(log, b="refuse", c="refuse"))
    outcome = _run(dataset, _jobs(log, c="refuse"))
    assert outcome.made == ["b"]
    assert [row.track for row in dataset.quarantine.rows()] == ["c"]
    assert dataset.quarantine.picture(STAGE, "b") is None


def test_a_track_that_is_gone_leaves_quarantine(dataset: DatasetStore, log: Path) -> None:
    _run(dataset, _jobs(log, b="refuse"))
    _run(dataset, _jobs(log, "acd"))
    assert dataset.quarantine.rows() == []


def test_a_track_that_went_bad_is_no_longer_held(dataset: DatasetStore, log: Path) -> None:
    _run(dataset, _jobs(log))
    _run(dataset, [*_jobs(log, "abc"), *_jobs(log, "d", value=2.0, d="refuse")])
    assert {record.track for record in dataset.features("cqt").records()} == set("abc")


def test_a_row_that_a_killed_run_left_beside_a_made_track_goes(dataset: DatasetStore, log: Path) -> None:
    _run(dataset, _jobs(log))
    dataset.quarantine.put(QuarantineRow("a", STAGE, "of a run that was killed before it could lift it"))
    _run(dataset, _jobs(log))
    assert dataset.quarantine.rows() == []


@pytest.mark.parametrize(("limit", "fails"), [(0.0, True), (0.49, True), (0.5, False), (1.0, False)])
def test_too_many_in_quarantine_fail_the_stage_and_lose_nothing(
    dataset: DatasetStore, log: Path, limit: float, fails: bool
) -> None:
    jobs = _jobs(log, b="track error", c="refuse")
    if fails:
        with pytest.raises(MirlitonError, match="2 of 4, the first b: Expected a good track") as error:
            _run(dataset, jobs, limit=limit)
        assert "--max-quarantined" in error.value.remedy
    else:
        _run(dataset, jobs, limit=limit)
    assert {record.track for record in dataset.features("cqt").records()} == {"a", "d"}
    assert len(dataset.quarantine.rows()) == 2
    assert _run(dataset, jobs).kept == ["a", "d"]


@pytest.mark.parametrize("after", [0, 1, 3])
def test_an_interrupted_stage_goes_on_where_it_was(tmp_path: Path, log: Path, after: int) -> None:
    stopped, fresh = (open_dataset(str(tmp_path / name), "tiny") for name in ("stopped", "fresh"))

    class Dying(Workers):
        def map(self, work: object, items: dict[str, object], **_: object) -> Iterator[tuple[str, object, None]]:
            for done, each in enumerate(HERE.map(work, items)):  # type: ignore[arg-type]
                if done == after:
                    raise KeyboardInterrupt
                yield each

    with pytest.raises(KeyboardInterrupt):
        _run(stopped, _jobs(log), workers=Dying())
    assert len(stopped.features("cqt").held()) == after + 1
    ran = _ran(log)
    outcome = _run(stopped, _jobs(log))
    assert (outcome.kept, outcome.made) == (ran, _ran(log))
    _run(fresh, _jobs(log))
    assert files_below(tmp_path / "stopped") == files_below(tmp_path / "fresh")


def test_an_interrupted_change_leaves_one_version_of_every_track(dataset: DatasetStore, log: Path) -> None:
    _run(dataset, _jobs(log))

    class Dying(Workers):
        def map(self, work: object, items: dict[str, object], **_: object) -> Iterator[tuple[str, object, None]]:
            yield from list(HERE.map(work, items))[:2]  # type: ignore[arg-type]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run(dataset, _jobs(log, value=2.0), workers=Dying())
    records = dataset.features("cqt").records()
    assert [record.track for record in records] == ["a", "b", "c", "d"]


def test_two_runs_at_once_end_as_one(tmp_path: Path, log: Path) -> None:
    shared, fresh = (open_dataset(str(tmp_path / name), "tiny") for name in ("shared", "fresh"))
    tracks = "abcdefghijkl"
    _run(shared, _jobs(log, tracks))
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(_run, shared, _jobs(log, tracks, value=2.0, c="refuse")) for _ in range(3)]
        outcomes = [run.result() for run in runs]
    assert [row.track for outcome in outcomes for row in outcome.quarantined] == ["c"] * 3
    _run(fresh, _jobs(log, tracks, value=2.0, c="refuse"))
    assert files_below(tmp_path / "shared") == files_below(tmp_path / "fresh")


def test_what_a_killed_writer_left_is_swept(dataset: DatasetStore, log: Path) -> None:
    import socket
    import subprocess
    import sys

    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    draft = Path(dataset.objects.address, ".incomplete", f"{socket.gethostname()}-{ended.pid}-0", "x")
    draft.mkdir(parents=True)
    (draft / "half").write_bytes(b"half")
    _run(dataset, _jobs(log))
    assert os.listdir(draft.parents[1]) == []


def test_progress_counts_every_track_once(dataset: DatasetStore, log: Path) -> None:
    reports: list[progress.Progress] = []
    with progress.watch(reports.append):
        _run(dataset, _jobs(log, b="refuse"))
        _run(dataset, _jobs(log, b="refuse"))
    assert [(each.done, each.total, each.note) for each in reports] == [
        (1, 4, "a"), (2, 4, "b"), (3, 4, "c"), (4, 4, "d"), (1, 1, "b")
    ]  # fmt: skip
    assert {each.stage for each in reports} == {STAGE}


def test_quarantine_is_readable_by_people(dataset: DatasetStore, log: Path) -> None:
    _run(dataset, _jobs(log, "é", é="refuse"))
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
        _run(dataset, _jobs(log), workers=Handing({"b": (None, error)}))
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
    outcome = _run(dataset, _jobs(log), workers=Handing(errors))
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
    outcome = _run(dataset, _jobs(log, "ab"), workers=Handing(refusals))
    rows = [QuarantineRow("a", STAGE, "Too late.", MEASUREMENTS), QuarantineRow("b", STAGE, "Silent.")]
    assert outcome.quarantined == dataset.quarantine.rows() == rows
    assert dataset.quarantine.picture(STAGE, "a") == b"png"
    assert dataset.quarantine.picture(STAGE, "b") is None
    assert dataset.objects.names("datasets/tiny/quarantine-pictures/features-cqt") == [f"{slug('a')}.png"]


def test_outcomes_are_sorted_whatever_the_order_of_the_jobs(dataset: DatasetStore, log: Path) -> None:
    _run(dataset, _jobs(log, "da"))
    outcome = _run(dataset, _jobs(log, "fdcaeb", f="refuse", e="refuse"))
    assert (outcome.made, outcome.kept) == (["b", "c"], ["a", "d"])
    assert [row.track for row in outcome.quarantined] == ["e", "f"]
    assert outcome.n_tracks == 4


def test_superseded_are_all_versions_but_those_kept(dataset: DatasetStore, log: Path) -> None:
    _run(dataset, _jobs(log, "abc"))
    dataset.objects.write(f"datasets/tiny/{STAGE}/{slug('a')}@killed/x/c.0", b"half")
    outcome = _run(dataset, [*_jobs(log, "a"), *_jobs(log, "bd", value=2.0)])
    # Half a version of a, the old b, and c.
    assert (outcome.made, outcome.kept, outcome.superseded) == (["b", "d"], ["a"], 3)
    assert _run(dataset, []).superseded == 3
    assert dataset.features("cqt").versions() == {}


def test_older_versions_go_when_the_new_one_is_there_to_be_written(dataset: DatasetStore, log: Path) -> None:
    """A track that cannot be made anew keeps nothing, but only once the share in quarantine is borne."""
    _run(dataset, _jobs(log))
    held = dataset.features("cqt").held()
    with pytest.raises(MirlitonError):
        _run(dataset, _jobs(log, value=2.0, **dict.fromkeys("abcd", "refuse")), limit=0.99)
    assert dataset.features("cqt").held() == held
    assert len(dataset.quarantine.rows()) == 4
    _run(dataset, _jobs(log, value=2.0, **dict.fromkeys("abcd", "track error")), limit=1.0)
    assert dataset.features("cqt").held() == set()


def test_too_many_in_quarantine_are_counted_and_the_first_named(dataset: DatasetStore, log: Path) -> None:
    with pytest.raises(MirlitonError) as raised:
        _run(dataset, _jobs(log, c="track error", b="refuse"), limit=0.26)
    assert str(raised.value) == (
        "Expected at most 26% of the tracks in quarantine after features/cqt. "
        "Received: 2 of 4, the first b: Expected a good track. "
        "Remedy: mend these files, or register the dataset with a higher --max-quarantined."
    )


def test_the_limit_is_a_share_of_all_tracks_not_of_those_made_now(dataset: DatasetStore, log: Path) -> None:
    _run(dataset, _jobs(log, "abc"))
    assert len(_run(dataset, _jobs(log, "abcd", d="refuse"), limit=0.25).quarantined) == 1


def test_the_table_of_records_is_that_of_the_tracks(dataset: DatasetStore, log: Path) -> None:
    store = dataset.features("cqt")
    for jobs in (_jobs(log), [*_jobs(log, "ab", value=2.0), *_jobs(log, "c")]):
        _run(dataset, jobs)
        content = json.loads(dataset.objects.read("datasets/tiny/features/cqt.records.json") or b"")
        names = {f"{slug(job.track)}@{job.fingerprint}": features_record(job.track).to_json() for job in jobs}
        assert content == names
        assert store.held() == names.keys()


def test_a_row_is_lifted_as_soon_as_its_track_is_made(dataset: DatasetStore, log: Path) -> None:
    _run(dataset, _jobs(log, "ab", a="refuse", b="refuse"))

    class Dying(Workers):
        def map(self, work: object, items: dict[str, object], **_: object) -> Iterator[tuple[str, object, None]]:
            yield from list(HERE.map(work, items))[:1]  # type: ignore[arg-type]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run(dataset, _jobs(log, "ab"), workers=Dying())
    assert [row.track for row in dataset.quarantine.rows()] == ["b"]


def test_workers_and_limit_are_always_named(dataset: DatasetStore) -> None:
    with pytest.raises(TypeError, match="positional"):
        update_stage(dataset, STAGE, [], work, HERE, 0.0)  # type: ignore[misc]


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
        outcome = _run(clustered, _jobs(log, "abcdefgh", c="die", f="track error"), workers=workers)
    finally:
        workers.close()
    assert outcome.made == list("abdegh")
    reasons = {row.track: row.reason for row in outcome.quarantined}
    assert "worker died" in reasons["c"]
    assert "Remedy" in reasons["c"]
    assert reasons["f"] == "Expected a good track. Received: f. Remedy: mend it."
    _run(alone, _jobs(log, "abdegh"))
    kept = "datasets/tiny/features/cqt"
    assert files_below(tmp_path / "clustered" / kept) == files_below(tmp_path / "alone" / kept)
