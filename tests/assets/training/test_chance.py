"""A trained network beside chance: constants of the train split, trainings that fit, that do not, and random ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from assets import checks
from assets.resources import StoreResource
from assets.training import chance
from assets.training.dataset_shards import open_dataset_shards
from assets.training.task_data import ClassData
from assets.training.train import epoch_note
from mir_models.architectures import ARCHITECTURES
from mir_models.features import feature_of
from mir_models.tasks import TASKS
from mir_models.training.params import Params
from mir_models.training.run import Run
from pipelines.runs import RunResult
from tests.two_bands import NETWORK, TASK


@pytest.fixture
def task_data(two_bands: tuple[Path, RunResult], monkeypatch: pytest.MonkeyPatch) -> ClassData:
    monkeypatch.setenv("MIRLITON_HOME", str(two_bands[0]))
    data, network = open_dataset_shards(StoreResource(), ["bands"], "artist", "mel_patch"), ARCHITECTURES.get(NETWORK)
    return ClassData(data, network, TASKS.get(TASK), feature_of("mel_patch").PRESETS["mel_patch"], network.WINDOW)


def compared(task_data: ClassData, predict: Callable[[np.ndarray], np.ndarray], *, lacking: str = "") -> Any:
    """The record of a network that predicts `predict` of windows, after three epochs of 4 steps without one figure."""
    model = SimpleNamespace(predict_on_batch=lambda windows: {"class": predict(windows)})
    run = Run(Params(epochs=3), "val_window_accuracy", save=lambda *_: None, log=lambda _: None)
    log = {"val_loss": task_data.validate(model)["val_loss"], "val_window_accuracy": 0.5, "loss": 1.0, "steps": 12}
    run.history = [{name: value for name, value in log.items() if name != lacking}] * 3
    return chance.compare(task_data, SimpleNamespace(epoch=lambda _: model), run, model)  # type: ignore[arg-type]


def hisses(windows: np.ndarray) -> np.ndarray:
    """Whether a window has energy in its high bands, as a probability of the first class: hiss, then hum."""
    high = windows[:, :, 40:].mean(axis=(1, 2)) > windows[:, :, :8].mean(axis=(1, 2)) - 10
    return np.where(high[:, None], [0.999, 0.001], [0.001, 0.999])


def test_the_constants_are_the_class_frequencies_of_the_train_windows(task_data: ClassData) -> None:
    labels = np.repeat(task_data.examples.labels, task_data.examples.per_track)
    expected = np.bincount(labels) / len(labels)
    np.testing.assert_allclose(task_data.constants["class"], expected, rtol=1e-6)
    tracks = task_data.validation_tracks
    losses = [-np.log(expected[task_data.classes.index(each.classes["artist"])]) for each in tracks]
    n_windows = [len(task_data.window.starts(each.n_frames)) for each in tracks]
    assert task_data.chance["val_loss"] == pytest.approx(np.average(losses, weights=n_windows), rel=1e-6)


def test_weights_of_datasets_count_in_the_constants(task_data: ClassData) -> None:
    visits = [2.0 if label == 0 else 1.0 for label in task_data.examples.labels]
    data = SimpleNamespace(split=task_data.data.split, visits=lambda examples: np.repeat(visits, examples.per_track))
    weighted = ClassData(
        data, *(getattr(task_data, each) for each in ("architecture", "task", "feature_params", "window"))
    )  # type: ignore[arg-type]
    first, second = task_data.constants["class"]
    assert weighted.constants["class"][0] == pytest.approx(2 * first / (2 * first + second))


def test_a_network_that_predicts_the_frequencies_has_not_learnt(task_data: ClassData) -> None:
    found = compared(task_data, lambda windows: np.tile(task_data.constants["class"], (len(windows), 1)))
    assert found["verdict"] == "underfit"
    assert found["train_gain"] == pytest.approx(0, abs=1e-6)
    assert found["val_loss"] == pytest.approx(found["chance_loss"])
    assert found["p_value"] == 1
    assert "it has not learnt (12 steps;" in found["description"]
    assert found["n_examples"] == len(task_data.examples)


@pytest.mark.parametrize(("lacking", "n_steps"), [("steps", None), ("loss", 0)])
def test_steps_that_no_epoch_counted_are_unknown_and_an_ensemble_has_none(
    task_data: ClassData, lacking: str, n_steps: int | None
) -> None:
    """Epochs of version 0.2.0 have no steps; an ensemble is validated only, and has no loss."""
    found = compared(task_data, lambda windows: np.tile([0.5, 0.5], (len(windows), 1)), lacking=lacking)
    assert found["n_steps"] == n_steps
    assert ("look at its members" in found["description"]) == (lacking == "loss")
    assert "steps" not in found["description"]


def test_a_network_that_is_right_is_not_reported(task_data: ClassData) -> None:
    found = compared(task_data, hisses)
    assert found["val_loss"] < 0.01
    assert found["verdict"] == ("undecided" if task_data.smallest_p_value > 0.025 else "above chance")
    (check,) = checks.of_model(["models", TASK, NETWORK], found)
    assert check.passed


def test_a_network_that_is_not_above_chance_is_a_warning_with_its_sentence(task_data: ClassData) -> None:
    found = compared(task_data, lambda windows: np.tile([0.5, 0.5], (len(windows), 1)))
    (check,) = checks.of_model(["models", TASK, NETWORK], found)
    assert not check.passed
    assert check.severity.value == "WARN"
    assert check.metadata["description"].value == found["description"]
    assert check.metadata["n_steps"].value == 12


def test_a_model_of_an_earlier_version_passes_without_figures() -> None:
    (check,) = checks.of_model(["models", TASK, NETWORK], None)
    assert check.passed
    assert "before" in str(check.metadata["description"].value)


def test_the_line_of_an_epoch_names_loss_chance_and_steps() -> None:
    log = {"loss": 2.4, "val_loss": 2.31, "chance_loss": 2.3026, "val_window_accuracy": 0.125, "steps": 90.0}
    assert epoch_note(log, "val_window_accuracy") == (
        "90 steps, val_loss 2.31 (chance 2.303), loss 2.4, val_window_accuracy 0.1250"
    )
    assert epoch_note({"val_window_accuracy": 0.5}, "val_window_accuracy") == "val_window_accuracy 0.5000"
