"""What a training reports before its first step, and what it refuses before it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from assets.training import train
from mir_models.errors import MirlitonError
from mir_models.training.params import Params
from storage import progress
from storage.progress import Progress


def recipe(task_data: Any) -> Any:
    """96 examples in batches of 32, for 30 epochs."""
    return SimpleNamespace(
        name="crnn",
        architecture=SimpleNamespace(TASK="genre_recognition"),
        training=Params(epochs=30, batch_size=32),
        data=SimpleNamespace(visits=lambda _: SimpleNamespace(sum=lambda: 96.0)),
        task_data=task_data,
    )


def test_steps_of_an_epoch_and_chance_are_reported_first() -> None:
    reported: list[Progress] = []
    with progress.watch(reported.append):
        train._report_start(recipe(SimpleNamespace(examples=[], chance={"val_loss": 2.302585})), 2)
    assert reported == [Progress("models/genre_recognition/crnn", 2, 30, "3 steps an epoch, chance 2.303")]


def test_a_validation_split_that_cannot_be_scored_is_refused_before_the_first_step() -> None:
    class Empty:
        examples = ()

        @property
        def chance(self) -> Any:
            raise MirlitonError("validation tracks", received="none", remedy="add some")

    with pytest.raises(MirlitonError, match="validation tracks"):
        train._report_start(recipe(Empty()), 0)
