"""On which tracks two models are compared, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from assets.evaluation import paired_scores
from assets.evaluation.paired_scores import ComparedModel, PairedTracks, pair_tracks, score_tracks
from assets.training.dataset_shards import DatasetShards
from mir_models.errors import MirlitonError
from storage.examples.track_shards import TrackShards
from storage.models.record import ModelRecord
from storage.tracks.records import FeatureSettings

FEATURE = FeatureSettings("cqt", 1, {})
PROTOCOL = "loader folder; split work, seed 0"
CORPUS = {"promotion": "abc", "validation": "xyz", "train": "t", "test": "u"}
"""Tracks by split; the content of a recording is its track's letter."""


def track(dataset: str, letter: str, split: str, preset: str) -> TrackShards:
    """The shards of a track."""
    of_preset: Any = f"{letter}-{preset}"
    return TrackShards(dataset, letter, letter, split, "f", 10, 1, ("notes",), {}, letter, of_preset, of_preset)


def shards(dataset: str, preset: str, corpus: Mapping[str, str] = CORPUS) -> DatasetShards:
    """The shards of a dataset."""
    tracks = [track(dataset, letter, split, preset) for split, letters in corpus.items() for letter in letters]
    return DatasetShards({}, tracks, FEATURE, {}, protocols={dataset: PROTOCOL})


def record(made_with: str = "xyzt", *, datasets: Sequence[str] = ("mine",), preset: str = "cqt") -> ModelRecord:
    """The record of a model that was trained and validated with some tracks."""
    return ModelRecord(
        task="piano_transcription",
        architecture="lstm",
        preset=preset,
        feature=FEATURE,
        datasets=list(datasets),
        protocols=dict.fromkeys(datasets, PROTOCOL),
        training_audio=list(made_with),
    )


class Store:
    """Datasets by name, with the presets for which they are prepared."""

    def __init__(self, **datasets: str) -> None:
        self.datasets = {name: presets.split() for name, presets in datasets.items()}

    def registered(self) -> list[str]:
        """Names of all of them."""
        return list(self.datasets)


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of a dataset are those of `shards`, of a preset for which it is prepared."""

    def open_shards(store: Store, names: list[str], kind: str, preset: str) -> DatasetShards:
        if preset not in store.datasets[names[0]]:
            raise MirlitonError(f"shards of {preset} with {kind}", received="none", remedy="backfill it")
        return shards(names[0], preset)

    monkeypatch.setattr(paired_scores, "open_dataset_shards", open_shards)


def paired(store: Store, challenger: ModelRecord, champion: ModelRecord, *datasets: str) -> PairedTracks:
    """The tracks on which two models are compared."""
    return pair_tracks(store, challenger, champion, datasets)  # type: ignore[arg-type]  # a store without arrays


def test_models_are_compared_on_the_promotion_split() -> None:
    found = paired(Store(mine="cqt cqt_36"), record(), record(preset="cqt_36"))
    assert (found.split, found.notes) == ("promotion", ())
    assert found.tracks == [("mine", "a"), ("mine", "b"), ("mine", "c")]
    assert found.contents[0] == ("a", "a-cqt", "a-cqt_36")
    assert found.datasets == {"mine"}


def test_tracks_that_one_of_both_was_made_with_are_left_out() -> None:
    found = paired(Store(mine="cqt"), record(), record("xyzta"))
    assert found.tracks == [("mine", "b"), ("mine", "c")]
    assert found.notes == ("1 of 3 tracks of the promotion split are left out: one of both was made with them",)


def test_without_a_promotion_split_they_are_compared_on_validation_and_it_is_stated() -> None:
    found = paired(Store(mine="cqt"), record(), record("xyztabc"))
    assert (found.split, [name for _, name in found.tracks]) == ("validation", ["x", "y", "z"])
    assert found.notes == (
        "Compared on validation: no tracks kept apart for promotion, and epochs and thresholds were chosen on these: "
        "too good for both alike",
    )


@pytest.mark.parametrize(
    ("challenger", "champion", "too_good"),
    [("xyzt", "tbc", "only the challenger's"), ("tbc", "xyzt", "only the champion's")],
)
def test_choices_of_one_of_both_are_named(challenger: str, champion: str, too_good: str) -> None:
    (note,) = paired(Store(mine="cqt"), record(challenger), record(champion)).notes
    assert note.startswith("Compared on validation: 1 track kept apart for promotion, and ")
    assert too_good in note


def test_what_validates_by_another_seed_may_have_trained() -> None:
    others = replace(record("xyztabc"), protocols={"mine": "loader folder; split work, seed 1"})
    assert paired(Store(mine="cqt"), record(), others).tracks == []


def test_datasets_of_both_count_as_far_as_they_are_there() -> None:
    found = paired(Store(mine="cqt", old="cqt"), record(), record("q", datasets=["old", "gone"]), "mine", "old", "gone")
    assert found.datasets == {"mine", "old"}
    assert found.notes == ("gone, which is not registered any more, is left out",)
    assert paired(Store(mine="cqt", old="cqt"), record(), record("x", datasets=["old"])).datasets == {"mine", "old"}


def test_a_dataset_that_is_not_prepared_for_one_of_both_is_left_out() -> None:
    found = paired(Store(mine="cqt"), record(), record(preset="cqt_84"))
    assert found.tracks == []
    assert found.notes[0].startswith("mine is left out: Expected shards of cqt_84 with notes. Received: none.")


def test_shards_with_other_settings_are_left_out() -> None:
    found = paired(Store(mine="cqt"), replace(record(), feature=FeatureSettings("cqt", 1, {"sr": 1})), record())
    assert found.notes[0].startswith("mine is left out: Expected shards of cqt as lstm takes them. Received: other")


def test_tracks_of_the_corpus_of_the_included_network_are_left_out() -> None:
    included = replace(record("", datasets=["maps"]), protocols={"maps": "loader maps (test_piano=x); seed 0"})
    assert paired(Store(mine="cqt", maps="cqt"), record(), included).datasets == {"mine"}
    of_corpus = replace(included, protocols={"maps": "loader folder; split auto, seed 0"})
    assert paired(Store(mine="cqt"), record(), of_corpus).tracks == []


def test_scores_are_of_both_in_the_order_of_the_tracks(monkeypatch: pytest.MonkeyPatch) -> None:
    found = paired(Store(mine="cqt"), record(), record())
    sides = {"challenger": {"a": 1.0, "b": 0.5, "c": 0.2}, "champion": {"a": 0.1, "b": 0.6, "c": 0.3}}
    score = {"notes": lambda model, data, each: sides[model.name][each.track]}
    monkeypatch.setattr(paired_scores, "SCORES", score)

    class Model:
        def __init__(self, name: str) -> None:
            self.name, self.record = name, record()

    models = [ComparedModel(record(), lambda name=name: Model(name)) for name in sides]  # type: ignore[misc]
    assert score_tracks(*models, found) == {"a": (1.0, 0.1), "b": (0.5, 0.6), "c": (0.2, 0.3)}
    assert score_tracks(*models, replace(found, tracks=[])) == {}


def test_a_class_is_right_or_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = np.array([[0.9, 0.1], [0.2, 0.8], [0.9, 0.1]], np.float32)
    monkeypatch.setattr(paired_scores, "predict_windows", lambda *_: windows)
    decoding = {"classes": ["hiss", "hum"], "window": {"frames": 4, "hop": 4, "rest": "leave_out"}}

    class Model:
        network = params = None
        record = ModelRecord(
            task="artist_recognition",
            architecture="x",
            preset="mel",
            feature=FEATURE,
            labels="artist",
            decoding=decoding,
        )

    for name, expected in {"hiss": 1.0, "hum": 0.0, "unknown": 0.0}.items():
        of_class = replace(track("mine", "a", "promotion", "mel"), classes={"artist": name})
        assert paired_scores.SCORES["classes"](Model, shards("mine", "mel"), of_class) == expected  # type: ignore[arg-type]
