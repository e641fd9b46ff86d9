"""``models``, ``promote`` and ``rollback``: what they print and refuse; ``transcribe`` names the network in use."""

# ruff: noqa: F811

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from assets.inference import champion
from assets.inference.champion import model_in_use
from assets.inference.loaded_model import load_from_folder
from pipelines.cli.documents.champions import ChampionDocument, ModelsDocument
from pipelines.cli.transcribe import _load_transcriber
from storage.models.champions import ChampionStore, ComparisonRecord, ModelReference, PairedScore
from storage.models.checkpoints import ModelStore
from storage.models.exported import ModelFolder
from storage.objects.objects import FolderObjects
from tests.pipelines.cli.test_commands import Command, mirliton  # noqa: F401
from tests.pipelines.cli.tones import files, model, tones  # noqa: F401
from tests.stored_records import model_record

ARTISTS, PIANO = "artist_recognition", "piano_transcription"
SCORES = [PairedScore(track="x", challenger=0.25, champion=0.75)]
COMPARISON = ComparisonRecord(
    "accuracy", "validation", ["bands"], SCORES, 0.25, 0.75, -0.5, [-0.5, -0.5], {"margin": 0.005}, ["a note"]
)


@pytest.fixture
def objects(home: Path, monkeypatch: pytest.MonkeyPatch) -> FolderObjects:
    """The store of a home in which nothing is shown in MLflow."""
    for name in ("set_champion", "keep_as_challenger", "clear_champion"):
        monkeypatch.setattr(f"storage.models.mlflow_registry.{name}", lambda *_: None)
    return FolderObjects(str(home / "store"))


def train(objects: FolderObjects, task: str, network: str, number: int, **scores: float) -> ModelReference:
    """A finished training, the latest of its network."""
    store = ModelStore(objects, task, network)
    record = model_record(
        task=task,
        architecture=network,
        fingerprint=f"{number:016x}",
        run_id=f"run-{number}",
        datasets=["bands"],
        history=[{f"val_{name}": score for name, score in scores.items()}],
        best_epoch=0,
    )
    store.training(record.fingerprint).write_record(record)
    store.make_current(record.fingerprint)
    return ModelReference.of(record)


def test_without_a_training_the_next_command_is_named(mirliton: Command, objects: FolderObjects) -> None:
    expected = f"No trained network for {ARTISTS}. Next: mirliton train {ARTISTS} --model NETWORK\n"
    assert mirliton("models", ARTISTS).out == expected
    expected = "Expected a trained patch_cnn. Received: none in the store. Remedy: mirliton train"
    assert expected in mirliton("promote", ARTISTS, "patch_cnn").error
    expected = "Expected an earlier champion for artist_recognition. Received: no champion yet"
    assert expected in mirliton("rollback", ARTISTS).error


def test_models_are_listed_with_state_scores_and_reasons(mirliton: Command, objects: FolderObjects) -> None:
    champions = ChampionStore(objects, ARTISTS)
    first = train(objects, ARTISTS, "patch_cnn", 1, accuracy=0.75, macro_f1=0.7)
    champions.promote(first, "the first")
    champions.keep(train(objects, ARTISTS, "patch_cnn", 2, accuracy=0.25), "worse", comparison=COMPARISON)
    train(objects, ARTISTS, "x_vector", 3, accuracy=0.5)

    printed = mirliton("models", ARTISTS).out
    assert "accuracy 0.7500, macro F1 0.7000" in printed
    assert "1. 20" in printed
    assert "kept: patch_cnn (run run-2): worse" in printed

    found = msgspec.json.decode(mirliton("models", ARTISTS, "--json").out, type=ModelsDocument)
    rows = [(each.model, each.run, each.state, each.latest, each.promotion, each.reason) for each in found.models]
    assert rows == [
        ("patch_cnn", "run-1", "champion", False, 0.75, "the first"),
        ("patch_cnn", "run-2", "challenger", True, 0.25, "worse"),
        ("x_vector", "run-3", "challenger", True, None, ""),
    ]
    assert [each.kind for each in found.decisions] == ["promoted", "kept"]
    comparison = found.decisions[1].comparison
    assert comparison is not None
    assert (comparison.split, comparison.interval, comparison.notes) == ("validation", (-0.5, -0.5), ["a note"])


def test_a_champion_is_rolled_back_with_the_reason(mirliton: Command, objects: FolderObjects) -> None:
    champions = ChampionStore(objects, ARTISTS)
    first, second = (train(objects, ARTISTS, "patch_cnn", number) for number in (1, 2))
    champions.promote(first, "the first")
    champions.promote(second, "better")
    printed = mirliton("rollback", ARTISTS, "--reason", "misses soft notes").out
    assert "patch_cnn (run run-1) is in use again since 20" in printed
    assert printed.endswith(": misses soft notes.\n")
    assert champions.champion() == first
    champions.promote(second, "better")
    found = msgspec.json.decode(mirliton("rollback", ARTISTS, "--json").out, type=ChampionDocument)
    assert found.decision.champion is not None
    assert (found.promoted, found.decision.kind, found.decision.champion.run) == (True, "rolled_back", "run-1")


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        (("--set", "margin=2"), "margin=2. Remedy"),
        (("--set", "margin"), "'margin'. Remedy"),
        (("--dataset", "nowhere"), "nowhere"),
        ((), "4 characters. Remedy"),
    ],
)
def test_arguments_of_promote_that_are_none_are_refused(
    mirliton: Command, objects: FolderObjects, arguments: tuple[str, ...], received: str
) -> None:
    train(objects, ARTISTS, "patch_cnn", 1)
    error = mirliton("promote", ARTISTS, "run-" if not arguments else "patch_cnn", *arguments).error
    assert received.replace("4 characters", "'run-'") in error


def test_the_included_network_is_in_use_until_another_is_promoted(mirliton: Command, objects: FolderObjects) -> None:
    reference = train(objects, PIANO, "lstm", 1, note_f1=0.5)
    states = {each["model"]: each["state"] for each in json.loads(mirliton("models", PIANO, "--json").out)["models"]}
    assert states == {"energy": "champion", "lstm": "challenger"}
    ChampionStore(objects, PIANO).promote(reference, "better")
    states = {each["model"]: each["state"] for each in json.loads(mirliton("models", PIANO, "--json").out)["models"]}
    assert states == {"lstm": "champion", "energy": "included"}
    assert "the included network is in use again" in mirliton("rollback", PIANO).out


def test_transcribe_takes_the_champion_and_states_it(
    mirliton: Command, objects: FolderObjects, model: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(champion, "load_from_training", lambda _: load_from_folder(model))
    assert "champion" not in mirliton("transcribe", tones(tmp_path / "a.wav")).out
    ChampionStore(objects, PIANO).promote(train(objects, PIANO, "bilstm", 1), "better")
    in_use = model_in_use(PIANO)
    assert in_use is not None
    since = in_use.since[:10]
    assert f"by the champion bilstm (since {since}, run run-1)" in mirliton("transcribe", tones(tmp_path / "b.wav")).out
    shown: list[str] = []
    _load_transcriber("bilstm", None, shown.append)
    train(objects, PIANO, "bilstm", 2)
    train(objects, PIANO, "lstm", 3)
    _load_transcriber("bilstm", None, shown.append)
    _load_transcriber("lstm", None, shown.append)
    assert shown == [f"by the champion bilstm (since {since}, run run-1)"] * 2 + ["by the latest lstm (run run-3)"]
    assert files(tmp_path / "here" / "transcribed") == ["a.mid", "b.mid"]
