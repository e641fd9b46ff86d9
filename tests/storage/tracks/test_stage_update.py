"""Stages: what is there is kept, what changed is made anew, whatever ended the run before."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage import progress
from storage.fingerprints import slug
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.stage_update import Outcome, update_stage
from storage.workers.dask_workers import Workers
from tests.conftest import files_below
from tests.storage.track_records import features_record
from tests.storage.tracks.stage_jobs import HERE, STAGE, run_stage, track_jobs, work


@pytest.fixture
def dataset(tmp_path: Path) -> DatasetStore:
    return open_dataset(str(tmp_path / "store"), "tiny")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def _ran(log: Path) -> list[str]:
    ran = log.read_text().split() if log.exists() else []
    log.unlink(missing_ok=True)
    return ran


def test_a_stage_makes_every_track_and_a_second_run_none(dataset: DatasetStore, log: Path) -> None:
    jobs = track_jobs(log)
    assert run_stage(dataset, jobs) == Outcome(["a", "b", "c", "d"], [], [], 0)
    assert _ran(log) == ["a", "b", "c", "d"]
    before = files_below(Path(dataset.objects.address))
    assert run_stage(dataset, jobs) == Outcome([], ["a", "b", "c", "d"], [], 0)
    assert _ran(log) == []
    assert files_below(Path(dataset.objects.address)) == before


def test_one_changed_ingredient_makes_that_track_anew_and_deletes_the_old(dataset: DatasetStore, log: Path) -> None:
    run_stage(dataset, track_jobs(log))
    _ran(log)
    changed = [*track_jobs(log, "abc"), *track_jobs(log, "d", value=2.0)]
    outcome = run_stage(dataset, changed)
    assert (outcome.made, outcome.kept, outcome.superseded) == (["d"], ["a", "b", "c"], 1)
    assert _ran(log) == ["d"]
    assert dataset.features("cqt").fingerprints()[slug("d")] == changed[-1].fingerprint
    assert len(dataset.features("cqt").held()) == 4


def test_a_track_that_is_gone_goes(dataset: DatasetStore, log: Path) -> None:
    run_stage(dataset, track_jobs(log))
    assert run_stage(dataset, track_jobs(log, "abc")).superseded == 1
    assert {record.track for record in dataset.features("cqt").records()} == set("abc")


def test_a_store_that_grew_equals_a_fresh_one_byte_for_byte(tmp_path: Path, log: Path) -> None:
    grown, fresh = (open_dataset(str(tmp_path / name), "tiny") for name in ("grown", "fresh"))
    run_stage(grown, track_jobs(log, "d", value=3.0))
    run_stage(grown, track_jobs(log, "ca", a="refuse"))
    run_stage(grown, track_jobs(log, "abcd", b="track error"))
    run_stage(grown, track_jobs(log, "dcba"))
    run_stage(fresh, track_jobs(log, "abcd"))
    assert files_below(tmp_path / "grown") == files_below(tmp_path / "fresh")


def test_other_stages_are_left_alone(dataset: DatasetStore, log: Path) -> None:
    update_stage(dataset, "labels", track_jobs(log, "xy", y="refuse"), work, workers=HERE, max_quarantined=1.0)
    run_stage(dataset, track_jobs(log, "ab"))
    run_stage(dataset, [])
    assert len(dataset.labels.held()) == 1
    assert [row.track for row in dataset.quarantine.rows()] == ["y"]


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
        run_stage(stopped, track_jobs(log), workers=Dying())
    assert len(stopped.features("cqt").held()) == after + 1
    ran = _ran(log)
    outcome = run_stage(stopped, track_jobs(log))
    assert (outcome.kept, outcome.made) == (ran, _ran(log))
    run_stage(fresh, track_jobs(log))
    assert files_below(tmp_path / "stopped") == files_below(tmp_path / "fresh")


def test_an_interrupted_change_leaves_one_version_of_every_track(dataset: DatasetStore, log: Path) -> None:
    run_stage(dataset, track_jobs(log))

    class Dying(Workers):
        def map(self, work: object, items: dict[str, object], **_: object) -> Iterator[tuple[str, object, None]]:
            yield from list(HERE.map(work, items))[:2]  # type: ignore[arg-type]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_stage(dataset, track_jobs(log, value=2.0), workers=Dying())
    records = dataset.features("cqt").records()
    assert [record.track for record in records] == ["a", "b", "c", "d"]


def test_two_runs_at_once_end_as_one(tmp_path: Path, log: Path) -> None:
    shared, fresh = (open_dataset(str(tmp_path / name), "tiny") for name in ("shared", "fresh"))
    tracks = "abcdefghijkl"
    run_stage(shared, track_jobs(log, tracks))
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(run_stage, shared, track_jobs(log, tracks, value=2.0, c="refuse")) for _ in range(3)]
        outcomes = [run.result() for run in runs]
    assert [row.track for outcome in outcomes for row in outcome.quarantined] == ["c"] * 3
    run_stage(fresh, track_jobs(log, tracks, value=2.0, c="refuse"))
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
    run_stage(dataset, track_jobs(log))
    assert os.listdir(draft.parents[1]) == []


def test_progress_counts_every_track_once(dataset: DatasetStore, log: Path) -> None:
    reports: list[progress.Progress] = []
    with progress.watch(reports.append):
        run_stage(dataset, track_jobs(log, b="refuse"))
        run_stage(dataset, track_jobs(log, b="refuse"))
    assert [(each.done, each.total, each.note) for each in reports] == [
        (1, 4, "a"), (2, 4, "b"), (3, 4, "c"), (4, 4, "d"), (1, 1, "b")
    ]  # fmt: skip
    assert {each.stage for each in reports} == {STAGE}


def test_outcomes_are_sorted_whatever_the_order_of_the_jobs(dataset: DatasetStore, log: Path) -> None:
    run_stage(dataset, track_jobs(log, "da"))
    outcome = run_stage(dataset, track_jobs(log, "fdcaeb", f="refuse", e="refuse"))
    assert (outcome.made, outcome.kept) == (["b", "c"], ["a", "d"])
    assert [row.track for row in outcome.quarantined] == ["e", "f"]
    assert outcome.n_tracks == 4


def test_superseded_are_all_versions_but_those_kept(dataset: DatasetStore, log: Path) -> None:
    run_stage(dataset, track_jobs(log, "abc"))
    dataset.objects.write(f"datasets/tiny/{STAGE}/{slug('a')}@killed/x/c.0", b"half")
    outcome = run_stage(dataset, [*track_jobs(log, "a"), *track_jobs(log, "bd", value=2.0)])
    # Half a version of a, the old b, and c.
    assert (outcome.made, outcome.kept, outcome.superseded) == (["b", "d"], ["a"], 3)
    assert run_stage(dataset, []).superseded == 3
    assert dataset.features("cqt").versions() == {}


def test_older_versions_go_when_the_new_one_is_there_to_be_written(dataset: DatasetStore, log: Path) -> None:
    """A track that cannot be made anew keeps nothing, but only once the share in quarantine is borne."""
    run_stage(dataset, track_jobs(log))
    held = dataset.features("cqt").held()
    with pytest.raises(MirlitonError):
        run_stage(dataset, track_jobs(log, value=2.0, **dict.fromkeys("abcd", "refuse")), limit=0.99)
    assert dataset.features("cqt").held() == held
    assert len(dataset.quarantine.rows()) == 4
    run_stage(dataset, track_jobs(log, value=2.0, **dict.fromkeys("abcd", "track error")), limit=1.0)
    assert dataset.features("cqt").held() == set()


def test_the_table_of_records_is_that_of_the_tracks(dataset: DatasetStore, log: Path) -> None:
    store = dataset.features("cqt")
    for jobs in (track_jobs(log), [*track_jobs(log, "ab", value=2.0), *track_jobs(log, "c")]):
        run_stage(dataset, jobs)
        content = json.loads(dataset.objects.read("datasets/tiny/features/cqt.records.json") or b"")
        names = {f"{slug(job.track)}@{job.fingerprint}": features_record(job.track).to_json() for job in jobs}
        assert content == names
        assert store.held() == names.keys()


def test_workers_and_limit_are_always_named(dataset: DatasetStore) -> None:
    with pytest.raises(TypeError, match="positional"):
        update_stage(dataset, STAGE, [], work, HERE, 0.0)  # type: ignore[misc]
