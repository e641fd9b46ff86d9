"""Trainings of a task: which are finished, and which one a name stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.models.checkpoints import ModelStore
from storage.models.trainings import find_training, finished_trainings
from storage.objects.objects import FolderObjects
from tests.stored_records import TASK, model_record

NETWORKS = ("bilstm", "lstm", "onsets_frames")
RUNS = {"a" * 16: "0123456789", "b" * 16: "0123459999", "c" * 16: "fedcba"}


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    """Two trainings of ``lstm``, one of ``bilstm``, and one that is not finished."""
    found = FolderObjects(str(tmp_path))
    for fingerprint, run_id in RUNS.items():
        store = ModelStore(found, TASK, "bilstm" if fingerprint[0] == "c" else "lstm")
        record = model_record(architecture=store.architecture, fingerprint=fingerprint, run_id=run_id)
        store.training(fingerprint).write_record(record)
        store.make_current(fingerprint)
    found.write(f"models/{TASK}/lstm/{'d' * 16}/state.npz", b"")
    return found


def test_finished_trainings_of_all_networks(objects: FolderObjects) -> None:
    found = finished_trainings(objects, TASK)
    assert [(each.record.fingerprint[0], each.is_latest) for each in found] == [("c", True), ("a", False), ("b", True)]
    assert finished_trainings(objects, "genre_recognition") == []


@pytest.mark.parametrize(
    ("name", "expected"), [("lstm", "b"), (f"{TASK}/lstm", "b"), ("bilstm", "c"), ("0123456789", "a"), ("fedcba", "c")]
)
def test_a_training_by_its_network_or_run(objects: FolderObjects, name: str, expected: str) -> None:
    assert find_training(objects, TASK, name, NETWORKS).training.fingerprint == expected * 16


@pytest.mark.parametrize(
    ("name", "received"),
    [
        ("lstn", "'lstn'. Remedy: did you mean lstm"),
        ("012345", "012345, as which 0123456789, 0123459999 begin. Remedy: give more of it"),
        ("fed", "'fed'. Remedy: mirliton models"),
        ("abcdefabcdef", "'abcdefabcdef'. Remedy: mirliton models"),
        ("onsets_frames", "none in the store. Remedy: mirliton train piano_transcription --model onsets_frames first"),
    ],
)
def test_other_names_are_refused_with_a_remedy(objects: FolderObjects, name: str, received: str) -> None:
    with pytest.raises(MirlitonError) as raised:
        find_training(objects, TASK, name, NETWORKS)
    assert f"Received: {received}" in str(raised.value)
