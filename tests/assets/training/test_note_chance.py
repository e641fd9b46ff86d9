"""Transcriptions beside chance: by the loss of every track, or by the monitored score where outputs are unsure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from assets.training.task_data import NoteData
from mir_models.notes.annotations import Notes
from mir_models.notes.frames import FrameGrid
from mir_models.tasks import TASKS


class Predicted(NoteData):
    """The model is its own predictor: a function of features, which here are the roll."""

    def predictor(self, model: Any) -> Any:
        return lambda features: {"frame": model(features)}


def track(seed: int, dataset: str = "a", share: float = 0.1) -> Any:
    """200 frames in which every key is on as often."""
    roll = (np.random.default_rng(seed).random((200, 88)) < share).astype(np.uint8)
    return SimpleNamespace(dataset=dataset, arrays={"frame": roll, "features": roll.astype(np.float32)})


def note_data(validation: list[Any], train: list[Any], weights: dict[str, float] | None = None) -> Predicted:
    data = SimpleNamespace(
        split=lambda _: validation,
        visited_tracks=lambda: train,
        weights=weights or {},
        track_arrays=lambda one, *fields: {field: one.arrays[field] for field in fields},
        notes=lambda _: Notes(np.zeros((0, 2)), np.zeros(0, int), np.zeros(0, int)),
    )
    network, params = SimpleNamespace(HEADS=("frame",)), SimpleNamespace(grid=FrameGrid(22050, 512), silence=0.0)
    return Predicted(data, network, TASKS.get("piano_transcription"), params)  # type: ignore[arg-type]


@pytest.fixture
def data() -> Predicted:
    return note_data([track(1), track(2), track(3)], [track(4), track(5)])


def test_the_constants_are_the_share_of_frames_in_which_a_key_is_on(data: Predicted) -> None:
    rolls = np.concatenate([each.arrays["frame"] for each in data.data.visited_tracks()])  # type: ignore[attr-defined]
    np.testing.assert_allclose(data.constants["frame"], rolls.mean(axis=0), rtol=1e-6)
    entropy = -0.1 * np.log(0.1) - 0.9 * np.log(0.9)
    assert data.chance["val_loss"] == pytest.approx(entropy, abs=0.01)


def test_an_epoch_that_visits_a_dataset_twice_counts_it_twice() -> None:
    silent, full = track(1, "silent", 0.0), track(2, "full", 1.0)
    found = note_data([silent], [silent, full], {"full": 2.0})
    np.testing.assert_allclose(found.constants["frame"], np.full(88, 2 / 3), rtol=1e-6)


def test_a_network_that_follows_its_input_is_above_chance(data: Predicted) -> None:
    assert data.p_value(lambda roll: 0.3 + 0.4 * roll) == 0.002


def test_outputs_that_are_right_and_unsure_are_above_chance_by_their_score(data: Predicted) -> None:
    unsure: Any = lambda roll: 0.5 + 0.1 * roll  # noqa: E731
    assert data.scores(data.predictor(unsure), data.validation_tracks)["val_loss"] > data.chance["val_loss"]
    assert data.p_value(unsure) == 0.002


@pytest.mark.parametrize("value", [0.05, 0.1, 0.5])
def test_constants_are_not(data: Predicted, value: float) -> None:
    assert data.p_value(lambda roll: np.full_like(roll, value)) == 1


def test_a_loss_that_is_lower_by_less_than_the_margin_is_not(data: Predicted) -> None:
    """The constants of validation itself: their loss is below chance by a little, and their score is no better."""
    own = np.concatenate([each.arrays["frame"] for each in data.validation_tracks]).mean(axis=0)
    predictor: Any = lambda roll: np.broadcast_to(own, roll.shape)  # noqa: E731
    loss = data.scores(data.predictor(predictor), data.validation_tracks)["val_loss"]
    assert 0.98 * data.chance["val_loss"] < loss < data.chance["val_loss"]
    assert data.p_value(predictor) > 0.05
