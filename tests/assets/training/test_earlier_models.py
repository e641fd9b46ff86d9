"""A teacher of a training: what it changes in a model's identity and record, and which ones are refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import pytest

from assets.inference import loaded_model
from assets.inference.loaded_model import LoadedModel
from assets.training.dataset_shards import DatasetShards
from assets.training.recipe import Recipe
from mir_models.architectures import default_settings, onsets_frames
from mir_models.errors import MirlitonError
from mir_models.features import Feature, FeatureParams, params_of_preset
from mir_models.training.distillation import Params
from storage.models.record import TeacherRecord
from storage.models.shipped import shipped
from storage.reports.pages import card
from storage.tracks.records import FeatureSettings
from tests.stored_records import model_record

FEATURE = FeatureSettings("cqt_36", 1, {})
TEACHER = "piano_transcription/harmonic_resnet"


class Tracks:
    """The shards of a recipe, as far as its fingerprint and its record read them."""

    stores: ClassVar = {"maps": None}
    weights: ClassVar[dict[str, float]] = {}
    licences: ClassVar = {"maps": "theirs"}
    protocols: ClassVar = {"maps": "leave_piano"}
    tracks: ClassVar[list[Any]] = []
    feature: ClassVar = FEATURE

    def fingerprint(self, *splits: str) -> str:
        return "these tracks"

    def split(self, name: str) -> list[Any]:
        return []


class Network:
    """Every activation is 0.25."""

    def predict_on_batch(self, features: Any) -> dict[str, Any]:
        return dict.fromkeys(onsets_frames.HEADS, np.full((*features.shape[:2], 88), 0.25, np.float32))


def teacher(*, sha256: str = "0", params: FeatureParams | None = None, **record: Any) -> LoadedModel:
    known = {"task": "piano_transcription", "architecture": "harmonic_resnet", "preset": "cqt_36", "run_id": "run 1"}
    known |= {"training_audio": ["x"], "licences": {"mine": "CC0"}, "datasets": ["mine"], "fingerprint": "f"}
    used = params or params_of_preset("cqt_36", {})
    return LoadedModel(Network(), model_record(**{**known, **record}), cast(Feature, None), used, {"sha256": sha256})


def recipe(monkeypatch: pytest.MonkeyPatch, found: LoadedModel | None = None, **params: Any) -> Recipe:
    """A recipe whose teacher is `found`."""
    monkeypatch.setattr(loaded_model, "load_model", lambda _: found)
    monkeypatch.setattr(Recipe, "_hours", lambda *_: 0.0)
    monkeypatch.setattr("assets.training.recipe.digests", lambda _: {})
    settings = {**default_settings(onsets_frames), "distillation": Params(**params)}
    return Recipe("onsets_frames", onsets_frames, data=cast(DatasetShards, Tracks()), **settings)


def test_a_model_with_another_teacher_or_share_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = recipe(monkeypatch).fingerprint
    prints = [
        recipe(monkeypatch, teacher(), teacher=TEACHER).fingerprint,
        recipe(monkeypatch, teacher(), teacher=TEACHER, share=0.75).fingerprint,
        recipe(monkeypatch, teacher(sha256="1"), teacher=TEACHER).fingerprint,
    ]
    assert len({alone, *prints}) == 4
    assert recipe(monkeypatch, teacher(), teacher="run 1").fingerprint == prints[0], "whatever it is called by"


def test_what_a_teacher_was_trained_on_counts_as_the_own_data(monkeypatch: pytest.MonkeyPatch) -> None:
    record = recipe(monkeypatch, teacher(), teacher=TEACHER, share=0.75).record()
    assert record.training_audio == ["x"]
    assert record.training_datasets == ["maps", "mine"]
    assert record.licences == {"maps": "theirs", "mine": "CC0"}
    identity = {"fingerprint": "f", "run_id": "run 1", "sha256": "0"}
    assert record.teacher == {"model": TEACHER, "share": 0.75, **identity}
    assert recipe(monkeypatch).record().teacher == {}


def test_targets_are_mixed_with_its_activations(monkeypatch: pytest.MonkeyPatch) -> None:
    roll = np.zeros((2, 3, 88), np.uint8)
    roll[0, 0, 0] = 1
    stacked = {"features": np.zeros((2, 3, 5)), "frame": roll, "onset_regressed": roll, "offset": roll, "onset": roll}
    stacked["velocity"] = 100 * roll
    mixed = recipe(monkeypatch, teacher(), teacher=TEACHER).targets(stacked)
    assert (mixed["frame"][0, 0, 0], mixed["frame"][1, 0, 0]) == (0.625, 0.125)
    assert mixed["velocity"][0, 0, 0] == pytest.approx((100 / 127 + 0.25) / 2)
    assert mixed["velocity"][1].max() == 0
    alone = recipe(monkeypatch).targets(stacked)
    assert (alone["frame"][0, 0, 0], alone["frame"][1, 0, 0]) == (1, 0)


@pytest.mark.parametrize(
    ("found", "name", "expected"),
    [
        (teacher(architecture="onsets_frames"), "piano_transcription/onsets_frames", r"distillation\.teacher=run 1"),
        (teacher(preset="cqt_84"), TEACHER, "a model with input cqt_36. Received: one of cqt_84"),
        (teacher(task="genre_recognition"), "run 1", "a teacher for piano_transcription. Received: one for genre"),
        (teacher(architecture="bilstm"), "run 1", "with the heads .*bilstm, without offset, onset_regressed, velocity"),
        (
            teacher(params=params_of_preset("cqt_36", {"floor_db": -70.0})),
            TEACHER,
            "a teacher whose cqt_36 has the settings of the shards",
        ),
    ],
)
def test_a_teacher_that_does_not_fit_is_refused(
    monkeypatch: pytest.MonkeyPatch, found: LoadedModel, name: str, expected: str
) -> None:
    with pytest.raises(MirlitonError, match=expected):
        assert recipe(monkeypatch, found, teacher=name).teacher


def test_a_model_card_names_the_teacher() -> None:
    exported = shipped("piano_transcription").record()
    sizes = dict.fromkeys(exported.files, 1)
    named: TeacherRecord = {"model": TEACHER, "share": 0.75, "fingerprint": "f", "run_id": "run 1", "sha256": "0"}
    words = f"a share of 0.75 were the activations of {TEACHER} (fingerprint `f`)"
    assert words in card.render(replace(exported, teacher=named), sizes)
    assert "share of" not in card.render(exported, sizes)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/no/such/folder", "/no/such/folder, which is none of these. Remedy: correct the name or the path"),
        ("harmonic_resnet", "harmonic_resnet. Remedy: name it piano_transcription/harmonic_resnet"),
        ("music/lstm", "a network for music. Received: lstm, which is for piano_transcription"),
        ("piano_transcription/onset_frames", "Received: 'onset_frames'"),
    ],
)
def test_a_name_that_is_mistyped_is_refused_with_what_it_could_be(name: str, message: str) -> None:
    with pytest.raises(MirlitonError, match=re.escape(message)):
        loaded_model.load_model(name)


def test_a_folder_without_a_training_is_refused(tmp_path: Path) -> None:
    expected = f"the folder of a training. Received: {tmp_path}, without model.json. Remedy: copy the whole folder"
    with pytest.raises(MirlitonError, match=re.escape(expected)):
        loaded_model.load_model(str(tmp_path))
