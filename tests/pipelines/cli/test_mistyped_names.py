"""Mistyped names of every kind: the right one is suggested, and no run begins."""

# ruff: noqa: F811

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mir_models.training.params import Params
from pipelines.settings import check_values
from storage.corpora.catalogue import open_catalogue
from storage.corpora.registrations import Registration
from tests.pipelines.cli.test_commands import Command, corpus, mirliton  # noqa: F401

TRAIN = ("train", "piano_transcription", "--model", "lstm")


@pytest.fixture
def evenings(home: Path, corpus: Path) -> None:
    """A registered dataset."""
    open_catalogue().add(Registration("evenings", "folder", str(corpus)))


@pytest.mark.usefixtures("evenings")
@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("backfill", "evenigs"), "evenings? Else mirliton add evenigs --loader LOADER --root PATH"),
        (("backfill", "evenings", "--feature", "cqt84"), "cqt_84"),
        (("backfill", "evenings", "--model", "lsmt", "--through", "models"), "lstm"),
        (("backfill", "evenings", "--set", "shards.compresion=all"), "shards.compression"),
        (("datasets", "Evenings"), "evenings"),
        (("remove", "evening"), "evenings"),
        (("plan", "evenings", "--feature", "cqt_48"), "cqt_84"),
        (("inspect", "evnings", "a"), "evenings"),
        (("add", "x", "--root", ".", "--loader", "foldr"), "folder"),
        (("add", "x", "--root", ".", "--loader", "folder", "--option", "labels_exat=true"), "labels_exact"),
        (("add", "x", "--root", ".", "--loader", "folder", "--split", "oficial"), "official"),
        (("download", "gtzn", "--root", "."), "gtzan"),
        (("evaluate", "genre_recogniton", "--model", "crnn"), "genre_recognition"),
        ((*TRAIN, "--dataset", "evenngs"), "evenings"),
        ((*TRAIN, "--weight", "evenngs=2"), "evenings"),
        ((*TRAIN, "--set", "trainin.epochs=2"), "training.epochs"),
        (("probe", "piano_transcription/lsm", "--label", "genre"), "lstm"),
        (("probe", "piano_transcription/lstm", "--label", "gener"), "genre"),
        (("classify", "a.wav", "--task", "genre_recogntion"), "genre_recognition"),
        (("models", "piano_transcripton"), "piano_transcription"),
        (("rollback", "genre_recogniton"), "genre_recognition"),
        (("promote", "piano_transcripton", "lstm"), "piano_transcription"),
        (("promote", "piano_transcription", "bilstn"), "bilstm"),
        (("promote", "piano_transcription", "lstm", "--dataset", "evenngs"), "evenings"),
        (("promote", "piano_transcription", "lstm", "--set", "margn=0.1"), "margin"),
        (("export", "piano_transcription", "--model", "bilstn", "-o", "x", "--licence", "y"), "bilstm"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_the_right_name_is_suggested_and_no_run_begins(
    mirliton: Command, home: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], meant: str
) -> None:
    def run(*_: Any, **__: Any) -> None:
        pytest.fail("a run began")

    monkeypatch.setattr("pipelines.runs.materialise", run)
    remedy = mirliton(*arguments).error.partition("Remedy: ")[2]
    assert remedy.startswith("did you mean ")
    assert meant in remedy.partition("? Else ")[0] or remedy.startswith(f"did you mean {meant}")
    assert not (home / "dagster").exists()


@pytest.mark.parametrize("setting", ["training.schedule=cosin", "training.epochs=-3"])
def test_a_value_that_a_setting_cannot_have_begins_no_run(mirliton: Command, home: Path, setting: str) -> None:
    error = mirliton(*TRAIN, "--set", setting).error
    assert setting.removeprefix("training.") in error
    assert not (home / "dagster").exists()


def test_values_are_checked_by_the_parameters_themselves() -> None:
    params = {"training": Params()}
    check_values({"training": {"epochs": 3}}, params)
    with pytest.raises(ValueError, match="epochs=0"):
        check_values({"training": {"epochs": 0}}, params)
