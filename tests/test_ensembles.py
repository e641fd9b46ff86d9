"""Networks that answer together: joined from trained members, through the graph, and refused where they do not fit."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, cast

import numpy as np
import pytest
import soundfile

from assets import joining, opened
from assets.corpora import Corpora, open_corpora
from assets.learning import Recipe
from assets.lessons import heard_by
from assets.opened import Opened
from assets.resources import StoreResource
from mir_models import embedding
from mir_models.architectures import ARCHITECTURES, declared, members, parts
from mir_models.classification import Voting
from mir_models.errors import MirlitonError
from mir_models.fine_tuning import scale_of
from mir_models.normalisation import Scale
from mir_models.windows import Window
from pipelines.cli.registering import enrol
from pipelines.runs import Finished, materialise
from storage.catalogue import Registration
from storage.model_folders import from_keras_file, to_keras_file
from tests.two_bands import SR, play

TASK, ENSEMBLE = "genre_recognition", "genre_ensemble"
MEMBERS = ("crnn", "parallel_cnn_rnn")
MODEL, REPORT = f"models/{TASK}/{ENSEMBLE}", f"reports/{TASK}/{ENSEMBLE}"
WINDOW = {"frames": 240, "hop": 240}


def taught(**changed: Any) -> dict[str, Any]:
    return {"datasets": ["bands"], "training": {"epochs": 1}, "window": WINDOW, **changed}


@pytest.fixture(scope="module")
def genres(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finished]:
    """A home in which both members and the ensemble were made of two genres, and all three reported on."""
    folder = tmp_path_factory.mktemp("genres")
    for genre in ("hum", "hiss"):
        for number in range(6):
            path = folder / "corpus" / genre / f"song {number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, play(genre, number), SR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRLITON_HOME", str(folder / "home"))
        patch.delenv("MIRLITON_STORE", raising=False)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        options = {"levels": "genre"}
        enrol(Registration("bands", "labelled_folders", str(folder / "corpus"), options, split="song", split_seed=2))
        materialise(f"prepare_{TASK}", partition="bands")
        assets = [*(f"models/{TASK}/{name}" for name in MEMBERS), MODEL, REPORT]
        config = {f"models/{TASK}/{name}": taught() for name in MEMBERS} | {MODEL: {"datasets": ["bands"]}}
        return folder / "home", materialise(f"train_{TASK}", assets=assets, config=config)


@pytest.fixture
def home(genres: tuple[Path, Finished], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIRLITON_HOME", str(genres[0]))
    return genres[0]


def report(home: Path) -> dict[str, Any]:
    return json.loads((home / "store" / REPORT / "report.json").read_text())


def test_an_ensemble_says_the_mean_of_what_its_members_say(home: Path) -> None:
    corpora, found = open_corpora(StoreResource(), ["bands"], "genre", "log_mel_1024_ln"), []
    said = {each["track"]: each["probabilities"] for each in report(home)["evaluation"]["tracks"]}
    for name in MEMBERS:
        model = opened.of_store(TASK, name)
        voting = Voting(("hiss", "hum"), Window(**model.record["decoding"]["window"]))
        tested = {corpora.name(track): track for track in corpora.split("test")}
        of = {name: heard_by(model.network, voting, track, corpora, model.params) for name, track in tested.items()}
        found.append({track: each.mean(axis=0) for track, each in of.items()})
    assert any(not np.allclose(found[0][track], found[1][track], atol=1e-3) for track in said)
    for track, probabilities in said.items():
        np.testing.assert_allclose(probabilities, np.mean([each[track] for each in found], axis=0), atol=2e-4)


def test_an_ensemble_is_reported_on_like_any_network(home: Path, genres: tuple[Path, Finished]) -> None:
    written = report(home)
    assert written["parameters"]["decoding"]["window"]["frames"] == WINDOW["frames"]
    assert "random weights, SVM" in written["evaluation"]["baselines"]
    assert (home / "store" / REPORT / "figures" / "filters.png").exists()
    record = opened.of_store(TASK, ENSEMBLE).record
    assert record["parameters"] == sum(opened.of_store(TASK, name).record["parameters"] for name in MEMBERS)
    assert len(record["history"]) == 1
    assert record["heard"] == opened.of_store(TASK, "crnn").record["heard"]
    assert genres[1].metadata[MODEL]["trained_now"] is True


def test_an_ensemble_is_made_once_of_the_same_members(home: Path) -> None:
    again = materialise(f"train_{TASK}", assets=[MODEL], config={MODEL: {"datasets": ["bands"]}})
    assert again.metadata[MODEL]["trained_now"] is False


def test_an_ensemble_of_other_members_or_tracks_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def fingerprint(**changed: str) -> str:
        weights = {"crnn": "a", "parallel_cnn_rnn": "b", **changed}
        monkeypatch.setattr(opened, "of_store", lambda _, name: member(name, sha256=weights[name]))
        architecture = ARCHITECTURES.get(ENSEMBLE)
        recipe = Recipe(ENSEMBLE, architecture, corpora=cast(Corpora, Tracks()), **declared(architecture))
        return recipe.fingerprint

    assert fingerprint() == fingerprint()
    assert len({fingerprint(), fingerprint(crnn="c"), fingerprint(parallel_cnn_rnn="c")}) == 3


class Tracks:
    """What a recipe asks of its corpora to name itself."""

    stores: ClassVar = {"bands": None}
    weights: ClassVar[dict[str, float]] = {}

    def fingerprint(self, *splits: str) -> str:
        return "these tracks"


def member(name: str, *, data: str = "these tracks", frames: int = 512, sha256: str = "") -> Opened:
    record = {"data": data, "datasets": ["bands"], "decoding": {"window": {"frames": frames, "hop": 256}}}
    return Opened(None, record, cast(ModuleType, None), None, {"name": name, "sha256": sha256})


def test_members_that_do_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    architecture, frames = ARCHITECTURES.get(ENSEMBLE), {"crnn": 640, "parallel_cnn_rnn": 512}
    monkeypatch.setattr(opened, "of_store", lambda _, name: member(name, frames=frames[name]))
    with pytest.raises(MirlitonError, match=r"the same window.*crnn 640 frames every 256, parallel_cnn_rnn 512"):
        joining.common_window(architecture)
    with pytest.raises(MirlitonError, match=r"a crnn that learnt from these very tracks.*--dataset others"):
        joining.members(architecture, "other tracks", ["others"])
    assert list(joining.members(architecture, "these tracks", ["bands"])) == list(MEMBERS)
    frames["crnn"] = 512
    assert joining.common_window(architecture) == Window(512, 256)
    assert joining.members(ARCHITECTURES.get("crnn"), "other tracks", []) == {}


def test_there_is_nothing_to_choose_and_nothing_to_start_from() -> None:
    architecture = ARCHITECTURES.get(ENSEMBLE)
    assert parts(architecture) == {}
    assert list(members(architecture)) == list(MEMBERS)
    scale = Scale(np.zeros(128), np.ones(128))
    network = architecture.build(architecture.Params(), scale=scale, n_frames=240, n_classes=2)
    with pytest.raises(MirlitonError, match=r"one normalisation.*genre_ensemble, which has 2.*one of its members"):
        scale_of(network)


def test_copies_keep_what_the_members_learnt_and_leave_them_alone() -> None:
    architecture, rng = ARCHITECTURES.get(ENSEMBLE), np.random.default_rng(0)
    shape: dict[str, Any] = {"scale": Scale(np.zeros(128), np.ones(128)), "n_frames": 240, "n_classes": 3}
    built = {name: each.build(each.Params(), **shape) for name, each in architecture.MEMBERS.items()}
    network, heard = architecture.join(built), rng.normal(size=(2, 240, 128)).astype(np.float32)
    mean = np.mean([each.predict_on_batch(heard)["class"] for each in built.values()], axis=0)
    np.testing.assert_allclose(network.predict_on_batch(heard)["class"], mean, atol=1e-6)
    kept = from_keras_file(to_keras_file(network))
    np.testing.assert_allclose(kept.predict_on_batch(heard)["class"], mean, atol=1e-6)
    network.set_weights([np.zeros_like(each) for each in network.get_weights()])
    assert any(np.any(each) for each in built["crnn"].get_weights())
    assert {each.split("_conv")[0] for each in embedding.speaking(kept) if "_conv" in each} == set(MEMBERS)
