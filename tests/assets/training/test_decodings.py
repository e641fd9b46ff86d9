"""The decoding of a finished training is chosen anew where the code chooses otherwise; nothing is trained for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assets import models
from assets.training.decodings import up_to_date
from assets.training.task_data import ClassData, NoteData
from assets.training.time_limit import TimeLimit
from assets.training.tracking import Tracking
from mir_models.architectures import lstm, onsets_frames
from mir_models.notes.decoding import Decoding
from mir_models.tasks import piano_transcription
from storage.models import checkpoints
from storage.models.checkpoints import ModelStore, Training
from storage.objects.objects import open_objects
from tests.stored_records import model_record

CHOSEN = Decoding(frame_threshold=0.25, onset_threshold=0.4, end_threshold=0.5, velocity_radius=1)
HISTORY = [{"frame_threshold": 0.2}, {"frame_threshold": 0.25}, {"frame_threshold": 0.3}]


@dataclass
class Named:
    """A network whose file is its name."""

    name: str

    def save(self, path: Path) -> None:
        path.write_text(self.name, encoding="utf-8")


@pytest.fixture
def training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Training:
    """A finished training of three epochs, of which the second was kept, by a version of before decodings had one."""
    monkeypatch.setattr(checkpoints, "from_keras_file", lambda content: Named(content.decode()))
    found = ModelStore(open_objects(str(tmp_path)), "piano_transcription", "onsets_frames").training("0123")
    for epoch in range(3):
        found.save_epoch(Named(f"epoch {epoch}"), {}, HISTORY[: epoch + 1], {})
    versions, decoding = {"task": 4}, {"frame_threshold": 0.25, "onset_threshold": 0.3}
    record = model_record(
        versions=versions, decoding=decoding, best_epoch=1, history=HISTORY, fingerprint="0123", run_id="r"
    )
    found.finish(1, record)
    return found


class Chooser:
    """Data of a training that chooses `CHOSEN`, and keeps for what."""

    def __init__(self, version: int) -> None:
        self.decoding_version, self.chosen_for = version, list[tuple[str, float]]()

    def choose_decoding(self, model: Named, log: dict[str, float]) -> Decoding:
        self.chosen_for.append((model.name, log["frame_threshold"]))
        return CHOSEN


def test_thresholds_are_chosen_anew_once_by_the_epoch_that_was_kept(training: Training) -> None:
    before, data = training.finished_record(), Chooser(2)
    found = up_to_date(data, training, before)  # type: ignore[arg-type]
    assert data.chosen_for == [("epoch 1", 0.25)]
    assert found.decoding == {**found.decoding, "end_threshold": 0.5, "onset_threshold": 0.4, "velocity_radius": 1}
    assert (found.versions, found.decoded_fingerprint) == ({"task": 4, "decoding": 2}, "0123-2")
    assert training.finished_record() == found
    assert {key: value for key, value in found.to_json().items() if key not in ("decoding", "versions")} == {
        key: value for key, value in before.to_json().items() if key not in ("decoding", "versions")
    }
    assert up_to_date(data, training, found) is found  # type: ignore[arg-type]
    assert len(data.chosen_for) == 1


def test_a_finished_training_is_decoded_anew_and_not_trained(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "train", lambda *_: pytest.fail("it is trained"))
    recipe, store = SimpleNamespace(task_data=Chooser(2)), SimpleNamespace(home=Path())
    found = models._trained(recipe, training, store, TimeLimit(0), Tracking())  # type: ignore[arg-type]
    assert (found.decoding["onset_threshold"], found.decoding_version) == (0.4, 2)


def test_a_decoding_that_is_chosen_as_before_stays(training: Training) -> None:
    before, data = training.finished_record(), Chooser(1)
    assert up_to_date(data, training, before) is before  # type: ignore[arg-type]
    assert (data.chosen_for, before.decoded_fingerprint) == ([], "0123")


def test_only_networks_with_an_onset_head_are_decoded_otherwise_than_in_the_first_version() -> None:
    def version(network: Any) -> int:
        return NoteData(SimpleNamespace(), network, piano_transcription, SimpleNamespace()).decoding_version  # type: ignore[arg-type]

    assert (version(onsets_frames), version(lstm), ClassData.decoding_version) == (5, 1, 1)
