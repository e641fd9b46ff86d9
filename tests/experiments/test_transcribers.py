"""The transcriber of an experiment is the one that is named, whatever is included by now."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pytest

from experiments import transcribers
from experiments.long_runs import code
from experiments.transcribers import FOLDER, VERSIONS, described, load
from mir_models.errors import MirlitonError
from storage.models.exported import ModelFolder
from storage.models.shipped import shipped
from tests.pipelines.cli.energy_network import export


@pytest.fixture
def another(tmp_path: Path) -> ModelFolder:
    """An exported model that is no version's."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    return export(tmp_path / "another")


def test_the_included_network_is_a_version_or_none_of_them(another: ModelFolder) -> None:
    found, sha256 = load(None), shipped("piano_transcription").record().files["model.onnx"]
    version = next((f"that of {name}, " for name, each in VERSIONS.items() if each.sha256 == sha256), "")
    assert described(found) == f"Network: {found.record.architecture}, {version}SHA-256 {found.metadata['sha256'][:12]}"
    other = load(str(another.folder))
    assert described(other) == f"Network: {other.record.architecture}, SHA-256 {other.metadata['sha256'][:12]}"
    assert other.metadata["sha256"] == another.record().files["model.onnx"]


def test_the_network_of_a_version_comes_from_the_history_once_another_is_included(
    another: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = shipped("piano_transcription").folder
    asked: list[tuple[str, ...]] = []

    def extract(folder: Path, commit: str, *parts: str) -> None:
        asked.append((commit, *parts))
        shutil.copytree(then, folder / FOLDER)

    monkeypatch.setattr(code, "extract", extract)
    monkeypatch.setattr(transcribers, "shipped", lambda task: another)
    assert load("0.2").metadata["sha256"] == load(str(then)).metadata["sha256"]
    assert asked == [(VERSIONS["0.2"].commit, FOLDER)]
    assert load(None).metadata["sha256"] == another.record().files["model.onnx"]


def test_a_name_that_is_neither_folder_nor_version_is_refused() -> None:
    parser = argparse.ArgumentParser()
    transcribers.add_model_option(parser)
    assert parser.parse_args([]).model is None
    remedy = r"correct the path, or name a version: 0\.2"
    with pytest.raises(MirlitonError, match=rf"Received: nowhere, which is none\. Remedy: {remedy}"):
        load(parser.parse_args(["--model", "nowhere"]).model)
