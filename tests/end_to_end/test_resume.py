"""Kill and resume: a preparation that was ended anywhere, and started again, gives what an undisturbed one gives.

A stage is ended before each single step it takes on the disk, a preparation inside each of its stages.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage import progress
from storage.fingerprints import fingerprint
from storage.objects.objects import INCOMPLETE
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.stage_update import Outcome, update_stage
from storage.tracks.track_work import Job, Refusal
from storage.workers.dask_workers import Workers
from tests.conftest import PRESETS, Prepared, files_below, prepare
from tests.end_to_end.kills import Killed, kill_at
from tests.storage.track_records import features_record


def keep(item: dict[str, Any]) -> Stored | Refusal:
    """The work of a small stage; the track "bad" cannot be used."""
    if item["track"] == "bad":
        return Refusal("Expected a good track.", b"png")
    return Stored(features_record(item["track"]), {"x": np.full((600, 2), item["value"], np.float32)})


def _bring_up_to_date(dataset: DatasetStore, value: float) -> Outcome:
    jobs = [Job(track, fingerprint(track, value), {"track": track, "value": value}) for track in ("a", "bad", "c")]
    return update_stage(dataset, "features/cqt", jobs, keep, workers=Workers(n_workers=0), max_quarantined=1.0)


@pytest.mark.parametrize("before", [None, 1.0], ids=["a new store", "a store of other settings"])
def test_a_stage_killed_before_any_step_on_the_disk_is_whole_and_ends_up_the_same(
    tmp_path: Path, before: float | None
) -> None:
    fresh = open_dataset(str(tmp_path / "fresh"), "tiny")
    _bring_up_to_date(fresh, 2.0)
    expected = files_below(tmp_path / "fresh")
    step, survived = 0, False
    while not survived:
        dataset = open_dataset(str(tmp_path / str(step)), "tiny")
        if before is not None:
            _bring_up_to_date(dataset, before)
        with pytest.MonkeyPatch.context() as patch:
            kill_at(step, patch)
            try:
                _bring_up_to_date(dataset, 2.0)
                survived = True
            except Killed:
                pass
        store = dataset.features("cqt")
        records = [record.track for record in store.records()]
        assert len(set(records)) == len(records), f"two versions of a track after a kill at step {step}"
        for name in store.held():
            track, made_from = name[0], name.rsplit("@", 1)[1]
            assert np.ptp(store.arrays(track, made_from)["x"][...]) == 0
        assert _bring_up_to_date(dataset, 2.0).n_tracks == 2
        assert files_below(tmp_path / str(step)) == expected
        step += 1
    assert step > 40


def _leave_a_draft(store: Path) -> Path:
    """What a writer leaves that is killed while it writes."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    draft = store / INCOMPLETE / f"{socket.gethostname()}-{ended.pid}-{'0' * 32}"
    (draft / "features/c").mkdir(parents=True)
    (draft / "features/c/0").write_bytes(b"half")
    return draft


def test_a_preparation_interrupted_again_and_again_equals_an_undisturbed_one(prepared: Prepared, home: Path) -> None:
    interrupted: list[progress.Progress] = []
    while True:
        reported: list[progress.Progress] = []

        def interrupt(each: progress.Progress, reported: list[progress.Progress] = reported) -> None:
            reported.append(each)
            if len(reported) == 5:
                raise Killed

        try:
            with progress.watch(interrupt):
                assert prepare("tiny", prepared.corpus, presets=PRESETS).success
            break
        except Killed:
            interrupted.append(reported[-1])
            draft = _leave_a_draft(home / "store")
    assert {each.stage.split("/")[0] for each in interrupted} == {"raw_audio", "labels", "features", "shards"}
    assert len(interrupted) == 9
    assert not draft.exists()
    assert os.listdir(home / "store" / INCOMPLETE) == []
    assert files_below(home / "store") == files_below(prepared.store)


def test_a_preparation_in_other_portions_equals_one_at_once(prepared: Prepared, home: Path, tmp_path: Path) -> None:
    """The folder grows track by track, in another order, with a bad track that comes and goes."""
    splits = Path(
        "datasets/tiny/splits/work-0.json"
    )  # Another order of arrival makes other splits: they are given here.
    (home / "store" / splits.parent).mkdir(parents=True)
    shutil.copy(prepared.store / splits, home / "store" / splits)
    everything = sorted(prepared.corpus.iterdir(), reverse=True)
    aside = tmp_path / "aside"
    aside.mkdir()
    try:
        for path in everything:
            path.rename(aside / path.name)
        (prepared.corpus / "bad.wav").write_bytes(b"")
        for portion in (everything[:2], everything[2:8], everything[8:]):
            for path in portion:
                (aside / path.name).rename(path)
            prepare("tiny", prepared.corpus, presets=PRESETS, max_quarantined=1.0)
        (prepared.corpus / "bad.wav").unlink()
        prepare("tiny", prepared.corpus, presets=PRESETS)
    finally:
        for path in aside.iterdir():
            path.rename(prepared.corpus / path.name)
        (prepared.corpus / "bad.wav").unlink(missing_ok=True)
    grown, fresh = files_below(home / "store"), files_below(prepared.store)
    assert {path: grown[path] for path in grown if path != str(splits)} == {
        path: fresh[path] for path in fresh if path != str(splits)
    }
