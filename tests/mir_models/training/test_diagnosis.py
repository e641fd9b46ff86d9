"""Diagnosis: the verdict on a training, and the remedy that its sentence names."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mir_models.training.diagnosis import Evidence
from mir_models.training.params import Params


def evidence(**changes: Any) -> Evidence:
    """A training of 30 epochs of 3 steps, which has not moved."""
    known = {
        "params": Params(epochs=30, batch_size=32, stop_patience=8),
        "n_steps": 90,
        "n_epochs": 30,
        "val_loss": 2.3112,
        "chance_loss": 2.3026,
        "p_value": 0.41,
        "n_tracks": 20,
        "train_gain": 0.02,
    }
    return Evidence(**{**known, **changes})


FIGURES = "(90 steps; validation loss 2.311, chance 2.303; p = 0.41)"


def test_few_steps_need_more_epochs_or_a_smaller_batch() -> None:
    assert evidence().verdict == "underfit"
    assert evidence().description == (
        f"it has not learnt {FIGURES}; remedy: more training.epochs than 30, or a training.batch_size below 32"
    )


def test_a_batch_of_one_cannot_be_smaller_and_frozen_layers_can_be_fewer() -> None:
    found = evidence(params=Params(epochs=30, batch_size=1), frozen=4)
    assert found.description.endswith("remedy: more training.epochs than 30, fewer start.frozen layers")


def test_a_training_that_its_patience_ended_needs_patience_not_epochs() -> None:
    found = evidence(n_epochs=9, n_steps=27).description
    assert "more training.epochs" not in found
    assert "a training.stop_patience above 8, which ended it after 9 epochs, or a training.batch_size below 32" in found


@pytest.mark.parametrize(("rose", "rate"), [(False, "another"), (True, "a lower")])
def test_many_steps_need_another_rate_and_a_look_at_the_labels(rose: bool, rate: str) -> None:
    found = evidence(n_steps=3000, loss_rose=rose).description
    assert f"remedy: {rate} training.learning_rate than 0.001; look at the labels" in found
    assert "epochs" not in found
    assert "batch" not in found


def test_a_network_that_fits_its_train_split_only_is_overfit() -> None:
    found = evidence(train_gain=0.9)
    assert found.verdict == "overfit"
    assert found.description == (
        f"it has learnt its train split, but 20 validation tracks do not show it above chance {FIGURES}; remedy: "
        "more recordings, augmentation or a smaller network; look at the labels of both splits"
    )


def test_an_early_epoch_is_kept_of_a_training_that_then_fits_or_collapses() -> None:
    assert evidence(train_gain=0.1, last_train_gain=0.9).verdict == "overfit"
    assert evidence(train_gain=0.1, last_train_gain=0.4).verdict == "underfit"
    assert evidence(p_value=0.01, train_gain=0.1, last_train_gain=-3.0).verdict == "above chance", "the kept one is"
    assert evidence(p_value=0.01, train_gain=0.01, last_train_gain=0.9).verdict == "undecided"


def test_a_validation_split_that_shows_nothing_is_no_verdict_on_a_network_that_fits() -> None:
    found = evidence(train_gain=0.9, smallest_p_value=1.0, n_tracks=1)
    assert found.verdict == "undecided"
    assert found.description.startswith("1 validation track cannot show whether it is above chance")
    assert evidence(smallest_p_value=1.0).verdict == "underfit", "its train split shows it"


def test_a_small_p_value_is_above_chance_whatever_the_loss_is() -> None:
    found = evidence(p_value=0.05, val_loss=3.5, train_gain=None)
    assert found.verdict == "above chance"
    assert found.description == "it is above chance (90 steps; validation loss 3.5, chance 2.303; p = 0.05)"
    assert evidence(p_value=0.051).verdict == "underfit"


def test_a_small_p_value_of_a_network_that_has_not_moved_is_luck() -> None:
    assert evidence(p_value=0.006, train_gain=0.019).verdict == "underfit"
    assert evidence(p_value=0.006, train_gain=0.02).verdict == "above chance"
    assert evidence(p_value=0.006, train_gain=None).verdict == "above chance"


def test_a_p_value_between_is_undecided_where_the_train_split_is_fitted() -> None:
    assert [evidence(p_value=p, train_gain=0.5).verdict for p in (0.051, 0.2, 0.201)] == [
        "undecided",
        "undecided",
        "overfit",
    ]


def test_a_loss_that_is_not_finite_is_named() -> None:
    found = evidence(val_loss=math.nan, p_value=1.0, train_gain=math.nan)
    assert found.verdict == "diverged"
    assert "its validation loss is not finite (90 steps; validation loss nan" in found.description
    assert evidence(train_gain=math.nan).verdict == "underfit"


def test_an_ensemble_has_no_steps_of_its_own() -> None:
    assert evidence(n_steps=0).description.startswith("it has not learnt (validation loss 2.311, chance 2.303;")
    assert evidence(n_steps=0).description.endswith("remedy: look at its members, and train them anew")


def test_steps_that_were_not_counted_are_not_named_and_not_those_of_an_ensemble() -> None:
    found = evidence(n_steps=None, n_epochs=9).description
    assert found.startswith("it has not learnt (validation loss 2.311, chance 2.303; p =")
    longer, rate = found.partition("remedy: ")[2].split(", or ")
    assert longer.startswith(("more training.epochs than", "a training.stop_patience above"))
    assert rate.startswith("another training.learning_rate than 0.001; look at the labels")
