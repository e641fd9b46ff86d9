"""The models that transcribe: the hash of the weights, exports, MLflow runs, networks that are not there."""

# ruff: noqa: F811

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.models.exported import ONNX, ModelFolder
from storage.models.mlflow_models import find_training
from storage.models.mlflow_runs import tracking_uri
from storage.models.onnx_network import OnnxNetwork
from storage.objects.objects import open_objects
from tests.pipelines.cli.test_commands import Command, mirliton  # noqa: F401
from tests.pipelines.cli.tones import files, model, tones  # noqa: F401
from tests.stored_records import model_record


@pytest.mark.parametrize("change", ["other bytes", "gone"])
def test_weights_that_are_not_those_of_the_record_are_not_loaded(
    mirliton: Command,
    tmp_path: Path,
    model: ModelFolder,
    change: str,
) -> None:
    path = model.folder / ONNX
    path.unlink() if change == "gone" else path.write_bytes(path.read_bytes() + b" ")
    error = mirliton("transcribe", tones(tmp_path / "a.wav")).error
    assert f"{path} with SHA-256 {model.record().files[ONNX]}" in error
    assert "is not loaded: install mirliton" in error
    assert files(tmp_path / "here") == []


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (None, r"Expected a model in .*exported. Received: no model.json"),
        ("{", "Expected a record in .*model.json"),
        ("[]", "Expected a record in .*model.json"),
        ({}, "Received: none of architecture, decoding, .* Remedy: choose the folder of an export"),
        ({"decoding": {"frame_threshold": 7}}, "Expected settings of a feature and of decoding"),
        ({"decoding": {"theshold": 0.5}}, "Expected settings of a feature and of decoding"),
        ({"feature": {"feature": "cqt", "version": 99, "params": {}}}, "Expected a model trained on version 1 of cqt"),
    ],
)
def test_a_folder_that_is_no_model_is_a_sentence(
    mirliton: Command, tmp_path: Path, model: ModelFolder, record: object, expected: str
) -> None:
    folder = tmp_path / "exported"
    shutil.copytree(model.folder, folder)
    (folder / "model.json").unlink()
    if isinstance(record, str):
        (folder / "model.json").write_text(record)
    elif record is not None:
        (folder / "model.json").write_text(json.dumps({**(model.record().to_json() if record else {}), **record}))
    result = mirliton("transcribe", tones(tmp_path / "a.wav"), "--model", folder)
    assert result.code == 1
    assert re.search(expected, result.error)


def test_without_a_shipped_model_the_training_is_named(
    mirliton: Command,
    tmp_path: Path,
    model: ModelFolder,
) -> None:
    shutil.rmtree(model.folder)
    error = mirliton("transcribe", tones(tmp_path / "a.wav")).error
    assert "that comes with mirliton. Received: none." in error
    assert "--model NAME" in error


def test_an_unknown_network_is_another_error_than_an_untrained_one(mirliton: Command, tmp_path: Path) -> None:
    recording = tones(tmp_path / "a.wav")
    unknown = mirliton("transcribe", recording, "--model", "bilstn").error
    assert "Expected a known architecture. Received: 'bilstn'. Remedy: did you mean bilstm" in unknown
    for name in ("bilstm", "piano_transcription/bilstm"):
        untrained = mirliton("transcribe", recording, "--model", name).error
        assert "mirliton train piano_transcription --model bilstm" in untrained


def test_a_run_that_nobody_knows_and_two_models_at_once_are_refused(mirliton: Command, tmp_path: Path) -> None:
    recording = tones(tmp_path / "a.wav")
    assert "Expected the id of a run" in mirliton("transcribe", recording, "--from-run", "0123").error
    both = mirliton("transcribe", recording, "--from-run", "0123", "--model", "bilstm").error
    assert both == "Expected --model or --from-run. Received: both. Remedy: name one."


def test_a_run_leads_to_the_training_that_it_tracked(home: Path) -> None:
    import mlflow

    objects = open_objects(str(home / "store"))
    (home / "mlflow").mkdir(parents=True)
    client = mlflow.MlflowClient(tracking_uri(home))
    run = client.create_run(client.create_experiment("piano_transcription", (home / "mlflow").as_uri())).info.run_id
    with pytest.raises(MirlitonError, match="which trained none"):
        find_training(run, home, objects)
    for key, value in {"task": "piano_transcription", "architecture": "bilstm"}.items():
        client.log_param(run, key, value)
    client.set_tag(run, "fingerprint", "0123")
    with pytest.raises(MirlitonError, match="a finished model"):
        find_training(run, home, objects)
    record = model_record(architecture="bilstm")
    key = "models/piano_transcription/bilstm/0123/model.json"
    objects.write(key, json.dumps(record.to_json()).encode())
    assert find_training(run, home, objects).record() == record
    with pytest.raises(MirlitonError, match="does not know"):
        find_training("4567", home, objects)


def test_what_is_no_onnx_file_is_one_sentence() -> None:
    with pytest.raises(MirlitonError, match="Expected an ONNX file"):
        OnnxNetwork(b"no model")
