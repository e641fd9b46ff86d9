"""The work on tracks in a worker: written together, each with its own result, several stages from one call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from mir_models.errors import TrackError, UnsupportedError
from storage.objects.store_error import StoreError
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.track_work import Job, Refusal, TrackTask, make_tracks, of_one_stage
from tests.conftest import files_below
from tests.storage.track_records import features_record

A, B = "features/cqt", "features/cqt_36"


@pytest.fixture
def dataset(tmp_path: Path) -> DatasetStore:
    return open_dataset(str(tmp_path), "tiny")


def _stored(value: float) -> Stored:
    return Stored(features_record("t"), {"x": np.full((3, 2), value)})


def _one(item: object) -> Stored | Refusal:
    if item == "refuse":
        return Refusal("no")
    if isinstance(item, Exception):
        raise item
    return _stored(float(str(item)))


def _task(track: str, **items: object) -> TrackTask[object]:
    stages = {"a": A, "b": B}
    return TrackTask({stages[key]: Job(track, "0", item) for key, item in items.items()}, {})


def test_every_track_has_its_own_result_and_those_that_can_be_made_are(dataset: DatasetStore) -> None:
    bug, missing = ZeroDivisionError("a bug"), UnsupportedError("x", received="y", remedy="z")
    items = {"a": 1.0, "b": "refuse", "c": TrackError("x", received="y", remedy="z"), "d": bug, "e": missing, "f": 2.0}
    results = make_tracks(dataset.address, of_one_stage(_one), [_task(track, a=item) for track, item in items.items()])
    refused = Refusal("Expected x. Received: y. Remedy: z.")
    kept = Refusal(refused.reason, keeps=True)
    assert results == [{A: each} for each in (None, Refusal("no"), refused, bug, kept, None)]
    assert [name[0] for name in sorted(dataset.stage(A).held())] == ["a", "f"]


def test_tracks_made_together_have_the_bytes_of_each_made_alone(tmp_path: Path) -> None:
    tasks = [_task(track, a=float(n)) for n, track in enumerate("abc")]
    make_tracks(open_dataset(str(tmp_path / "together"), "tiny").address, of_one_stage(_one), tasks)
    for task in tasks:
        make_tracks(open_dataset(str(tmp_path / "alone"), "tiny").address, of_one_stage(_one), [task])
    assert files_below(tmp_path / "together") == files_below(tmp_path / "alone")


def test_an_error_of_the_workers_own_comes_out(dataset: DatasetStore) -> None:
    with pytest.raises(ImportError):
        make_tracks(dataset.address, of_one_stage(_one), [_task("a", a=1.0), _task("b", a=ImportError("soxr"))])
    assert dataset.stage(A).held() == set()


def test_a_store_that_does_not_answer_is_not_asked_again(dataset: DatasetStore) -> None:
    calls = []

    def refusing(items: Mapping[str, object]) -> Iterator[tuple[str, Stored]]:
        calls.append(list(items))
        raise StoreError("an answer", received="none", remedy="z")
        yield

    with pytest.raises(StoreError):
        make_tracks(dataset.address, refusing, [_task("a", a=1.0, b=1.0), _task("b", a=1.0)])
    assert calls == [[A, B]]


def test_older_versions_go_when_the_new_one_is_there(dataset: DatasetStore) -> None:
    make_tracks(dataset.address, of_one_stage(_one), [_task("a", a=1.0)])
    (name,) = dataset.stage(A).held()
    task = TrackTask({A: Job("a", "1", 2.0)}, {A: [name]})
    make_tracks(dataset.address, of_one_stage(_one), [task])
    assert [each.rpartition("@")[2] for each in dataset.stage(A).held()] == ["1"]


def test_a_stage_that_fails_among_several_is_tried_alone_and_the_others_are_made(dataset: DatasetStore) -> None:
    calls = []

    def both(items: Mapping[str, object]) -> Iterator[tuple[str, Stored]]:
        calls.append(list(items))
        for stage, item in items.items():
            made = _one(item)
            assert isinstance(made, Stored)
            yield stage, made

    bad = TrackError("x", received="y", remedy="z")
    (result,) = make_tracks(dataset.address, both, [_task("t", a=bad, b=1.0)])
    assert result == {A: Refusal(str(bad)), B: None}
    assert calls == [[A, B], [A], [B]]
    assert (len(dataset.stage(A).held()), len(dataset.stage(B).held())) == (0, 1)
