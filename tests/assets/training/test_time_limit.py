"""The time limit of a training: it stops after the epoch behind which another would not fit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from assets.training import time_limit, train
from assets.training.time_limit import TimeLimit, TimeLimitReached
from assets.training.tracking import Tracking
from mir_models.training.params import Params
from mir_models.training.run import Run


class Clock:
    """What stands for `time`, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time_limit, "time", found)
    return found


@pytest.mark.parametrize(("minutes", "n_done"), [(10.0, 5), (9.99, 4), (2.0, 1), (0.1, 1)])
def test_no_epoch_is_begun_that_would_end_after_the_limit(clock: Clock, minutes: float, n_done: int) -> None:
    limit = TimeLimit(minutes)
    for epoch in range(1, n_done + 1):  # Of two minutes each.
        clock.now += 120
        if epoch < n_done:
            limit.check(epoch, 40)
    with pytest.raises(TimeLimitReached, match=f"^{n_done} of 40 epochs are done: .* {minutes:g} minutes. The same"):
        limit.check(n_done, 40)


def test_an_epoch_is_taken_to_last_as_long_as_the_longest_so_far(clock: Clock) -> None:
    limit = TimeLimit(10)
    clock.now += 100  # The data are opened: no time of an epoch, but of the limit.
    limit.begin_epochs()
    for done, seconds in enumerate((60, 130, 60, 60, 60), start=1):
        clock.now += seconds
        limit.check(done, 40)  # 470 seconds after the last of these.
    clock.now += 1
    with pytest.raises(TimeLimitReached, match=r"^6 of 40"):
        limit.check(6, 40)


def test_without_a_limit_every_epoch_fits(clock: Clock) -> None:
    limit = TimeLimit(0)
    clock.now += 1e9
    limit.check(1, 2)


@pytest.mark.parametrize(("n_epochs", "stops"), [(2, True), (1, False)])
def test_the_last_epoch_ends_the_training_and_not_the_limit(clock: Clock, n_epochs: int, stops: bool) -> None:
    logged: list[dict[str, float]] = []
    recipe: Any = SimpleNamespace(
        name="x",
        architecture=SimpleNamespace(TASK="t"),
        heads=(),
        task=SimpleNamespace(monitor=lambda heads: "val_f1"),
        training=Params(epochs=n_epochs),
    )
    log = {"epoch": 0.0, "val_f1": 0.5}
    run = Run(recipe.training, "val_f1", save=lambda *_: None, log=lambda _: None, history=[log])
    tracked: Any = SimpleNamespace(log_epoch=logged.append)
    limit = TimeLimit(1)
    clock.now += 61
    if stops:
        with pytest.raises(TimeLimitReached):
            train._end_epoch(recipe, tracked, run, limit, Tracking(), log)
    else:
        train._end_epoch(recipe, tracked, run, limit, Tracking(), log)
    assert logged == [log], "an epoch is logged before the training stops"
