"""The model of a finished run in a folder: evaluated and exported by the commands of the checkout."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assets.training import dataset_shards, decodings, task_data
from experiments.long_runs import export, training
from experiments.long_runs.home import RunHome
from mir_models.errors import MirlitonError
from pipelines.cli import evaluate as evaluating
from pipelines.cli import export as exporting
from storage.datasets import renderings
from storage.models.checkpoints import ModelStore
from storage.objects.objects import open_objects
from tests.experiments.long_runs.homes import run_home
from tests.stored_records import model_record


class Unwritten:
    """A network with a file of nothing."""

    def save(self, path: Path) -> None:
        path.touch()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunHome:
    """The home of a run with an epoch."""
    for name in ("MIRLITON_HOME", "MIRLITON_STORE", "KERAS_BACKEND"):
        monkeypatch.setenv(name, "another")
    home = run_home(tmp_path / "home")
    kept = ModelStore(open_objects(str(home.store)), "piano_transcription", "lstm").training("f")
    kept.save_epoch(Unwritten(), {}, [{"epoch": 0.0, "val_frame_f1": 0.5}], {"run_id": "r"})
    return home


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was called, in order; nothing is computed."""
    found: list[tuple[Any, ...]] = []

    def up_to_date(data: Any, kept: Any, record: Any) -> Any:
        found.append(("decoding", data.data, os.environ["MIRLITON_STORE"]))
        return record

    monkeypatch.setattr(dataset_shards, "open_dataset_shards", lambda store, names, kind, preset: (names, kind, preset))
    monkeypatch.setitem(task_data.TASK_DATA, "notes", lambda data, *_: SimpleNamespace(data=data))
    monkeypatch.setattr(decodings, "up_to_date", up_to_date)
    monkeypatch.setattr(evaluating, "evaluate", lambda *words: found.append(("evaluate", *words)))
    monkeypatch.setattr(exporting, "export", lambda *words, **options: found.append(("export", *words, options)))
    return found


def finish(home: RunHome, **licences: str) -> None:
    record = model_record(architecture="lstm", datasets=["maps", "music"], preset="cqt", licences=licences)
    kept = training.begun(home)
    kept.finish(0, record)


def test_a_finished_run_is_decoded_evaluated_and_exported_from_its_own_store(
    home: RunHome, done: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    finish(home)
    export.export(home, tmp_path / "out", licence="CC0", overwrite=True)
    names = ("piano_transcription", "lstm")
    options = {"out": tmp_path / "out", "licence": "CC0", "data_licence": [], "overwrite": True}
    assert done == [
        ("decoding", (["maps", "music"], "notes", "cqt"), str(home.store)),
        ("evaluate", *names),
        ("export", *names, options),
    ]
    assert (os.environ["MIRLITON_HOME"], os.environ["KERAS_BACKEND"]) == (str(home.mirliton), "tensorflow")


def test_a_run_with_epochs_to_come_is_not_exported(home: RunHome, done: list[tuple[Any, ...]], tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match=r"a finished training. Received: 1 of 4 epochs .* train nothing"):
        export.export(home, tmp_path / "out", licence="CC0")
    assert done == []


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_computed(
    home: RunHome, done: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    finish(home)
    (tmp_path / "model.json").touch()
    with pytest.raises(MirlitonError, match=r"model\.json"):
        export.export(home, tmp_path, licence="CC0")
    assert done == []


def test_a_licence_that_is_nowhere_stated_is_asked_for_before_anything_is_computed(
    home: RunHome, done: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    finish(home, maps="CC BY-NC-SA 2.0 FR", music=renderings.LICENCE)
    with pytest.raises(MirlitonError, match=r"none of music\. Remedy: --data-licence 'music=WORDS'"):
        export.export(home, tmp_path / "out", licence="CC0")
    assert done == []
    export.export(home, tmp_path / "out", licence="CC0", data_licences=["music=CC BY-SA 3.0"])
    assert done[-1][-1]["data_licence"] == ["music=CC BY-SA 3.0"]
