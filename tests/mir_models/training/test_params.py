"""Parameters of training: defaults, bounds, and the error that names all that are wrong."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from mir_models.errors import MirlitonError
from mir_models.training.params import Params


def test_the_settings_by_default() -> None:
    assert dataclasses.asdict(Params()) == {
        "epochs": 40,
        "batch_size": 16,
        "segment_frames": 512,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "schedule": "plateau",
        "weight_decay": 0.0,
        "clipnorm": 1.0,
        "ema": 0.0,
        "focal_gamma": 0.0,
        "precision": "float32",
        "plateau_monitor": "val_loss",
        "plateau_delta": 0.0001,
        "plateau_patience": 2,
        "plateau_factor": 0.5,
        "stop_patience": 8,
        "seed": 0,
    }


@pytest.mark.parametrize(
    ("name", "accepted", "rejected"),
    [
        ("epochs", (1, 2, 1000), (0, -1)),
        ("batch_size", (1, 2), (0, -1)),
        ("plateau_patience", (1, 2), (0, -1)),
        ("stop_patience", (1, 2), (0, -1)),
        ("learning_rate", (1e-12, 2.0), (0, -1e-3, math.inf, math.nan)),
        ("clipnorm", (1e-12, 2.0), (0, -1.0, math.inf, math.nan)),
        ("weight_decay", (0, 1e-12, 2.0), (-1e-12, math.inf, math.nan)),
        ("focal_gamma", (0, 1e-12, 2.0), (-1e-12, math.inf, math.nan)),
        ("plateau_delta", (0, 1e-12, 2.0), (-1e-12, math.inf, math.nan)),
        ("plateau_factor", (1e-12, 1 - 1e-12), (0, 1, -0.5, 1.5, math.nan)),
        ("ema", (0, 1e-12, 1 - 1e-12), (-1e-12, 1, 1.5, math.nan)),
        ("segment_frames", (1, 2, 511, 512), (0, 513)),
        ("schedule", ("plateau", "cosine"), ("linear",)),
        ("precision", ("float32", "mixed_bfloat16", "mixed_float16"), ("float16",)),
        ("optimizer", ("adam", "rmsprop", "sgd"), ("Adam",)),
    ],
)
def test_the_bounds_of_each_setting(name: str, accepted: tuple[Any, ...], rejected: tuple[Any, ...]) -> None:
    for value in accepted:
        assert getattr(Params(**{name: value}), name) == value
    for value in rejected:
        with pytest.raises(MirlitonError) as error:
            Params(**{name: value})
        assert error.value.received == f"{name}={value}"


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(MirlitonError) as error:
        Params(epochs=0, ema=1.0, optimizer="lion", batch_size=4)
    assert str(error.value) == (
        "Expected epochs at least 1; optimizer one of adam, rmsprop, sgd; ema at least 0, below 1. Received: epochs=0, "
        "optimizer=lion, ema=1.0. Remedy: give, e.g., epochs=40, optimizer=adam, ema=0.0."
    )


def test_settings_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Params().epochs = 1  # type: ignore[misc]
