"""Ensembles: joined from trained members, through the graph, and refused where they do not fit."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import numpy as np
import pytest

from assets.inference import loaded_model
from assets.inference.loaded_model import LoadedModel
from assets.resources import StoreResource
from assets.training import ensembles, train
from assets.training.dataset_shards import DatasetShards, open_dataset_shards
from assets.training.recipe import Recipe
from assets.training.task_data import predict_windows
from mir_models.architectures import ARCHITECTURES, default_settings, members, training_settings
from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window
from mir_models.features import Feature
from mir_models.inference.classification import MONITOR, Voting
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.run import Run
from mir_models.transfer import embeddings
from mir_models.transfer.fine_tuning import input_scale
from pipelines.runs import RunResult, materialise
from pipelines.settings import parse_settings
from storage.models.exported import from_keras_file, to_keras_file
from storage.tracks.records import FeatureSettings
from tests.stored_records import model_record
from tests.two_bands import trained_home

TASK, ENSEMBLE = "genre_recognition", "genre_ensemble"
MEMBERS = ("crnn", "parallel_cnn_rnn")
MODEL, REPORT = f"models/{TASK}/{ENSEMBLE}", f"reports/{TASK}/{ENSEMBLE}"
WINDOW = {"frames": 240, "hop": 240}
NETWORKS = {"crnn": {"filters": 8, "units": 8, "dense": 8}, "parallel_cnn_rnn": {"units": 8}}


def member_config(name: str) -> dict[str, Any]:
    return {"datasets": ["bands"], "training": {"epochs": 1}, "window": WINDOW, "network": NETWORKS[name]}


@pytest.fixture(scope="module")
def genres(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunResult]:
    """A home in which both members and the ensemble were made of two genres, and all three reported on."""
    assets = [*(f"models/{TASK}/{name}" for name in MEMBERS), MODEL, REPORT]
    config = {f"models/{TASK}/{name}": member_config(name) for name in MEMBERS} | {MODEL: {"datasets": ["bands"]}}
    return trained_home(tmp_path_factory.mktemp("genres"), "genre", TASK, "log_mel_1024_ln", 6, config, assets)


@pytest.fixture
def home(genres: tuple[Path, RunResult], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIRLITON_HOME", str(genres[0]))
    return genres[0]


def report(home: Path) -> dict[str, Any]:
    return json.loads((home / "store" / REPORT / "report.json").read_text())


def test_an_ensemble_predicts_the_mean_of_its_members(home: Path) -> None:
    data, found = open_dataset_shards(StoreResource(), ["bands"], "genre", "log_mel_1024_ln"), []
    reported = {each["track"]: each["probabilities"] for each in report(home)["evaluation"]["tracks"]}
    for name in MEMBERS:
        model = loaded_model.load_current(TASK, name)
        voting = Voting(("hiss", "hum"), Window(**model.record.decoding["window"]))
        tested = {data.name(track): track for track in data.split("test")}
        of = {name: predict_windows(model.network, voting, track, data, model.params) for name, track in tested.items()}
        found.append({track: each.mean(axis=0) for track, each in of.items()})
    assert any(not np.allclose(found[0][track], found[1][track], atol=1e-3) for track in reported)
    for track, probabilities in reported.items():
        np.testing.assert_allclose(probabilities, np.mean([each[track] for each in found], axis=0), atol=2e-4)


def test_an_ensemble_is_reported_on_like_any_network(home: Path, genres: tuple[Path, RunResult]) -> None:
    written = report(home)
    assert written["parameters"]["decoding"]["window"]["frames"] == WINDOW["frames"]
    assert "random weights, SVM" in written["evaluation"]["baselines"]
    assert (home / "store" / REPORT / "figures" / "filters.png").exists()
    record = loaded_model.load_current(TASK, ENSEMBLE).record
    assert record.parameters == sum(loaded_model.load_current(TASK, name).record.parameters for name in MEMBERS)
    assert len(record.history) == 1
    assert {name: each["fingerprint"] for name, each in record.members.items()} == {
        name: loaded_model.load_current(TASK, name).record.fingerprint for name in MEMBERS
    }
    assert written["parameters"]["members"] == record.members
    assert record.training_audio == loaded_model.load_current(TASK, "crnn").record.training_audio
    assert genres[1].metadata[MODEL]["trained_now"] is True


def test_the_card_of_an_ensemble_names_its_members_and_no_epoch_of_its_own(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assets.inference.export import export

    monkeypatch.setattr("assets.inference.export.to_onnx", lambda _: b"its size is all that the card shows")
    record = export("genre_recognition", "genre_ensemble", tmp_path, licence="CC0")
    card = (tmp_path / "card.md").read_text()
    for name, member in record.members.items():
        assert f"{name} (seed {member['training']['seed']}, fingerprint `{member['fingerprint']}`)" in card
    assert "whose probabilities are averaged: crnn" in card
    assert "best epoch" not in card
    assert "another seed" not in card


def test_an_ensemble_is_made_once_of_the_same_members(home: Path) -> None:
    again = materialise(f"train_{TASK}", assets=[MODEL], config={MODEL: {"datasets": ["bands"]}})
    assert again.metadata[MODEL]["trained_now"] is False


def recipe(**changed: Any) -> Recipe:
    """A recipe of made-up members, in the records of some of which something is `changed`."""
    architecture = ARCHITECTURES.get(ENSEMBLE)
    found = {name: member(name, **changed.get(name, {})) for name in MEMBERS}
    return Recipe(
        ENSEMBLE, architecture, data=cast(DatasetShards, Tracks()), members=found, **default_settings(architecture)
    )


class Tracks:
    """The shards of a recipe, as far as its fingerprint and its record read them."""

    stores: ClassVar = {"bands": None}
    weights: ClassVar[dict[str, float]] = {}
    licences: ClassVar = {"bands": "free"}
    protocols: ClassVar = {"bands": "song"}
    tracks: ClassVar[list[Any]] = []
    feature: ClassVar = FeatureSettings("log_mel", 1, {})

    def fingerprint(self, *splits: str) -> str:
        return "these tracks"

    def split(self, name: str) -> list[Any]:
        return [SimpleNamespace(n_frames=0, classes={"genre": genre}, **NO_TRACK) for genre in ("hum", "hiss")]


NO_TRACK = {"dataset": "bands", "track": "one", "fingerprint": "f", "audio_content": "a", "digest": "d"}


def member(name: str, *, frames: int = 512, sha256: str = "", **record: Any) -> LoadedModel:
    known = {"data": "these tracks", "datasets": ["bands"], "decoding": {"window": {"frames": frames, "hop": 256}}}
    known |= {"fingerprint": f"of {name}", "run_id": f"run of {name}", "training": {"epochs": 9}}
    found = model_record(**{**known, "start": {"model": ""}, **record})
    return LoadedModel(None, found, cast(Feature, None), None, {"name": name, "sha256": sha256})


def test_an_ensemble_of_other_members_is_another() -> None:
    prints = [recipe(**{name: {"sha256": "c"}}).fingerprint for name in MEMBERS]
    assert recipe().fingerprint == recipe().fingerprint
    assert len({recipe().fingerprint, *prints}) == 3


def test_an_ensemble_is_trained_on_the_recordings_of_its_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recipe, "_hours", lambda *_: 0.0)
    monkeypatch.setattr("assets.training.recipe.digests", lambda _: {})
    tuned = {"training_audio": ["x", "y"], "training_datasets": ["others"], "licences": {"others": "theirs"}}
    record = recipe(crnn=tuned, parallel_cnn_rnn={"training_audio": ["z"], "datasets": ["third"]}).record()
    assert {"x", "y", "z"} <= set(record.training_audio)
    assert {"bands", "others", "third"} <= set(record.training_datasets)
    assert record.licences == {"bands": "free", "others": "theirs"}
    assert record.members["crnn"]["run_id"] == "run of crnn"
    assert record.members["parallel_cnn_rnn"]["fingerprint"] == "of parallel_cnn_rnn"
    assert record.training == {"seed": 0}, "the settings of a training that there was not"
    assert record.to_json().keys() >= {"heard", "heard_datasets", "members", "classes"}
    assert "augmentation" not in record.to_json()


def test_an_ensemble_is_joined_once_even_where_a_kill_came_between(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    monkeypatch.setattr(train, "build_network", lambda _: SimpleNamespace(optimizer=None))
    task_data = SimpleNamespace(validate=lambda _: {MONITOR: 0.5}, chance={"val_loss": 0.75})
    monkeypatch.setattr(Recipe, "task_data", task_data)
    monkeypatch.setattr(Run, "keep", lambda run, _, log: (kept.append(log), run.history.append(log)))
    run = Run(TrainingParams(epochs=1), MONITOR, save=lambda *_: None, log=lambda _: None)
    train._fit(recipe(), [], run)
    train._fit(recipe(), [], run)
    assert kept == [{"epoch": 0, MONITOR: 0.5, "chance_loss": 0.75}]


def test_members_that_do_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    architecture, frames = ARCHITECTURES.get(ENSEMBLE), {"crnn": 640, "parallel_cnn_rnn": 512}
    monkeypatch.setattr(loaded_model, "load_current", lambda _, name: member(name, frames=frames[name]))
    found = ensembles.load_members(architecture, "these tracks", ["bands"])
    assert list(found) == list(MEMBERS)
    with pytest.raises(MirlitonError, match=r"the same window.*crnn 640 frames every 256, parallel_cnn_rnn 512"):
        ensembles.common_window(found)
    with pytest.raises(MirlitonError, match=r"a crnn that was trained on these very tracks.*--dataset others"):
        ensembles.load_members(architecture, "other tracks", ["others"])
    with pytest.raises(MirlitonError, match="where the members are trained"):
        ensembles.check_weights({"bands": 2.0})
    frames["crnn"] = 512
    assert ensembles.common_window(ensembles.load_members(architecture, "these tracks", [])) == Window(512, 256)


def test_a_setting_of_an_ensemble_is_refused_with_the_reason() -> None:
    with pytest.raises(MirlitonError, match="its members have settings of their own"):
        parse_settings(["training.epochs=3"], training_settings(ARCHITECTURES.get(ENSEMBLE)))


def test_there_is_nothing_to_choose_and_nothing_to_start_from() -> None:
    architecture = ARCHITECTURES.get(ENSEMBLE)
    assert training_settings(architecture) == {}
    assert list(members(architecture)) == list(MEMBERS)
    scale = Scale(np.zeros(128), np.ones(128))
    network = architecture.build(architecture.Params(), scale=scale, n_frames=240, n_classes=2)
    with pytest.raises(MirlitonError, match=r"one normalisation.*genre_ensemble, which has 2.*one of its members"):
        input_scale(network)


def test_copies_keep_the_weights_of_the_members_and_leave_them_alone() -> None:
    architecture, rng = ARCHITECTURES.get(ENSEMBLE), np.random.default_rng(0)
    shape: dict[str, Any] = {"scale": Scale(np.zeros(128), np.ones(128)), "n_frames": 240, "n_classes": 3}
    built = {name: each.build(each.Params(), **shape) for name, each in architecture.MEMBERS.items()}
    network, features = architecture.join(built), rng.normal(size=(2, 240, 128)).astype(np.float32)
    mean = np.mean([each.predict_on_batch(features)["class"] for each in built.values()], axis=0)
    np.testing.assert_allclose(network.predict_on_batch(features)["class"], mean, atol=1e-6)
    kept = from_keras_file(to_keras_file(network))
    np.testing.assert_allclose(kept.predict_on_batch(features)["class"], mean, atol=1e-6)
    network.set_weights([np.zeros_like(each) for each in network.get_weights()])
    assert any(np.any(each) for each in built["crnn"].get_weights())
    assert {each.split("_conv")[0] for each in embeddings.embedding_layers(kept) if "_conv" in each} == set(MEMBERS)
