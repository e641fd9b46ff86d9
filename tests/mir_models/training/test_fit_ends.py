"""How fits end early: by the error of a batch, the same on every backend, and by an interrupt, with no thread left."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from mir_models.training.fit import fit
from mir_models.training.params import Params
from tests.mir_models.training.linear_network import Recorder, examples, prepared, targets


class Damaged(Exception):
    """An error of reading that a caller knows by its type."""


def test_a_batch_that_cannot_be_made_ends_the_training_with_its_own_error() -> None:
    def damaged(examples: Any) -> Any:
        raise Damaged("shard 3")

    run = Recorder().run(Params(epochs=2, batch_size=2, optimizer="sgd"))
    with pytest.raises(Damaged, match=r"^shard 3$"):
        fit(prepared(run.params), examples(), damaged, dict, run)


def test_an_error_in_a_later_epoch_is_its_own_as_well() -> None:
    made = []

    def damaged_later(examples: Any) -> Any:
        made.append(1)
        if len(made) > 9:
            raise Damaged("shard 3")
        return targets(examples)

    recorder = Recorder()
    run = recorder.run(Params(epochs=9, batch_size=2, optimizer="sgd"))
    with pytest.raises(Damaged, match=r"^shard 3$"):
        fit(prepared(run.params), examples(), damaged_later, lambda: {"val_loss": 1.0, "score": 0.5}, run)
    assert 0 < len(recorder.states) < 4


def test_an_interrupted_training_leaves_no_thread_that_makes_batches() -> None:
    def interrupted() -> Any:
        assert made_by_threads(), "the next epoch's batches are begun before validation"
        raise KeyboardInterrupt

    def made_by_threads() -> list[str]:
        return [each.name for each in threading.enumerate() if each.name.startswith("batches")]

    run = Recorder().run(Params(epochs=2, batch_size=2, optimizer="sgd"))
    with pytest.raises(KeyboardInterrupt):
        fit(prepared(run.params), examples(), targets, interrupted, run)
    assert made_by_threads() == []
