"""model.json: what earlier versions wrote is read and written back as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mir_models.errors import MirlitonError
from storage.models.record import ExportedModelRecord, ModelRecord
from storage.models.shipped import HERE
from tests.stored_records import model_record

STORED = json.loads((Path(__file__).parents[2] / "assets" / "demo_0_2_0.json").read_text())["model"]
SHIPPED = (HERE / "piano_transcription" / "model.json").read_text(encoding="utf-8")


def test_the_record_of_a_training_by_0_2_0_is_read_and_written_back() -> None:
    record = ModelRecord.from_json(STORED, where="model.json")
    assert (record.architecture, record.fingerprint, record.training["epochs"]) == ("bilstm", "35a7b939dec04c19", 16)
    assert record.feature.params["n_bins"] == 88
    assert json.dumps(record.to_json(), sort_keys=True) == json.dumps(STORED, sort_keys=True)


def test_the_record_of_the_shipped_model_is_written_back_to_the_byte() -> None:
    record = ExportedModelRecord.from_json(json.loads(SHIPPED), where="model.json")
    assert record.heads == ["frame", "offset", "onset_regressed", "velocity"]
    assert record.scores is not None
    assert record.scores["systems"]["model"].keys() >= {"frame", "note_onset"}
    assert json.dumps(record.to_json(), indent=1, sort_keys=True, ensure_ascii=False) + "\n" == SHIPPED


def test_what_a_model_was_trained_on_has_its_keys_on_disk() -> None:
    record = model_record(training_audio=["a"], training_datasets=["maps"], classes=["x"], train_hours=0.0)
    written = record.to_json()
    assert (written["heard"], written["heard_datasets"]) == (["a"], ["maps"])
    assert (written["classes"], written["train_hours"]) == (["x"], 0.0)
    assert ModelRecord.from_json(written, where="model.json") == record


def test_keys_of_other_versions_are_tolerated() -> None:
    record = ModelRecord.from_json({**model_record().to_json(), "of a later version": 1}, where="model.json")
    assert record == model_record()
    assert (record.training_audio, record.start, record.members, record.classes) == ([], {}, {}, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heard": "a"}, "Expected heard of type array in model.json. Received: one of type str."),
        ({"history": [{"loss": "low"}]}, "Expected history[0][...] of type float in model.json. Received: one of type"),
        ({"feature": {"feature": "cqt"}}, "Expected the key feature.version in model.json. Received: none."),
    ],
)
def test_a_wrong_record_names_file_key_expected_and_received(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(MirlitonError) as error:
        ModelRecord.from_json({**model_record().to_json(), **changes}, where="model.json")
    assert str(error.value).startswith(message)
