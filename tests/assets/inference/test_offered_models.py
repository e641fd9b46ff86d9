"""Models that are offered: those in use, or one that is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.inference import offered_models
from assets.inference.loaded_model import load_from_folder
from assets.inference.offered_models import models_in_use, named_model
from assets.inference.transcriber import Transcriber
from mir_models.errors import MirlitonError
from tests.pipelines.cli.energy_network import export

TASK = "piano_transcription"


def test_where_nothing_was_trained_there_is_the_included_network(home: Path) -> None:
    (offered,) = models_in_use().values()
    assert (offered.task, offered.kind) == (TASK, "notes")
    assert offered.name.endswith(" (included)")
    assert isinstance(offered.load(), Transcriber)


def test_a_task_without_a_model_names_the_remedy(home: Path) -> None:
    with pytest.raises(MirlitonError, match=r"a model for genre_recognition\. Received: none\. Remedy: mirliton train"):
        models_in_use("genre_recognition")


def test_an_export_is_offered_by_its_folder(home: Path, tmp_path: Path) -> None:
    folder = export(tmp_path / "model").folder
    offered = named_model(TASK, str(folder))
    assert offered.name.endswith(f"({folder})")
    assert isinstance(offered.load(), Transcriber)
    with pytest.raises(MirlitonError, match=r"a model for genre_recognition\. Received: .*, for piano_transcription"):
        named_model("genre_recognition", str(folder))


@pytest.mark.parametrize("name", ["lstm", f"{TASK}/lstm"])
def test_a_network_that_is_not_trained_is_refused(home: Path, name: str) -> None:
    with pytest.raises(MirlitonError, match="lstm"):
        named_model(TASK, name)


def test_a_run_is_offered_by_its_id(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = {"0123": load_from_folder(export(tmp_path / "model"))}
    monkeypatch.setattr(offered_models, "load_from_run", runs.__getitem__)
    assert named_model(TASK, None, "0123").name.endswith("(0123)")
