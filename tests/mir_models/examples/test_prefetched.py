"""Prefetched batches: the same in the same order, not too many, none of another epoch, and no thread is left."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.examples.batches import Batches
from mir_models.examples.prefetched import Prefetched


def batches(n: int = 9, batch_size: int = 2, seed: int = 5) -> Batches:
    """Batches of windows that are numbered, and changed by a number that is drawn for each batch."""
    windows = [{"features": np.full((3, 1), i, np.float32), "label": np.array([i], np.float32)} for i in range(n)]

    def augment(examples: Any, another: Any, rng: np.random.Generator) -> Any:
        return {**examples, "features": examples["features"] + rng.random()}

    return Batches(windows, lambda each: {"class": each["label"]}, batch_size=batch_size, seed=seed, augment=augment)


def numbers(batch: Any) -> list[float]:
    """All numbers of a batch."""
    features, targets = batch
    return [*features.ravel().tolist(), *targets["class"].ravel().tolist()]


@given(st.integers(1, 20), st.integers(1, 4), st.integers(1, 6), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_they_are_the_batches_in_their_order(n: int, batch_size: int, ahead: int, threads: int) -> None:
    plain = batches(n, batch_size)
    with Prefetched(batches(n, batch_size), ahead=ahead, threads=threads) as prefetched:
        for _ in range(3):
            assert len(prefetched) == len(plain)
            found = [numbers(prefetched[index]) for index in range(len(prefetched))]
            assert found == [numbers(plain[index]) for index in range(len(plain))]
            prefetched.on_epoch_end()
            plain.on_epoch_end()


@given(st.lists(st.one_of(st.integers(0, 4), st.none()), max_size=25))
@settings(max_examples=40, deadline=None)
def test_they_may_be_asked_for_in_any_order_and_an_epoch_may_end_at_any_time(asked: list[int | None]) -> None:
    plain = batches()
    with Prefetched(batches()) as prefetched:
        for index in asked:
            if index is None:
                prefetched.on_epoch_end()
                plain.on_epoch_end()
            else:
                assert numbers(prefetched[index]) == numbers(plain[index])


class Gate:
    """Targets that are made once the gate opens; it counts how many were begun."""

    def __init__(self) -> None:
        self.opened, self.begun, self.lock = threading.Event(), 0, threading.Lock()

    def __call__(self, examples: Any) -> Any:
        with self.lock:
            self.begun += 1
        assert self.opened.wait(timeout=20)
        return {"class": examples["label"]}


def test_no_more_batches_are_made_than_are_kept() -> None:
    gate, made = Gate(), batches(40)
    made.targets = gate
    gate.opened.set()
    with Prefetched(made, ahead=3, threads=2) as prefetched:
        for index in range(5):
            prefetched[index]
            assert len(prefetched._made) <= 3
            assert gate.begun <= index + 1 + 3


def test_batches_are_made_while_the_caller_does_something_else() -> None:
    gate, made = Gate(), batches(40)
    made.targets = gate
    gate.opened.set()
    with Prefetched(made, ahead=4, threads=2) as prefetched:
        for index in range(5):
            prefetched[index]
        begun = [each.result() for each in prefetched._made.values()] and gate.begun
        gate.opened.clear()
        prefetched._request(9)
        while gate.begun < begun + 2:
            assert threads() == 2
        gate.opened.set()
        assert numbers(prefetched[9]) == numbers(batches(40)[9])
    assert threads() == 0


def threads() -> int:
    """Threads that make batches."""
    return sum(each.name.startswith("batches") for each in threading.enumerate())


def test_a_batch_that_is_being_made_when_its_epoch_ends_is_of_that_epoch() -> None:
    orders = []

    class Slow(Batches):
        def __getitem__(self, index: int) -> Any:
            epoch = self.epoch
            if not gate.wait(timeout=0.05):
                orders.append((epoch, self.epoch))
            return super().__getitem__(index)

    gate, plain = threading.Event(), batches()
    slow = Slow(plain.examples, plain.targets, batch_size=2, seed=5)
    with Prefetched(slow, ahead=2, threads=2) as prefetched:
        prefetched[0]
        prefetched.on_epoch_end()
        prefetched[0]
    assert orders
    assert all(before == after for before, after in orders)
    assert {0, 1} == {before for before, _ in orders}


def test_after_the_end_a_batch_is_made_where_it_is_asked_for() -> None:
    with Prefetched(batches()) as prefetched:
        prefetched[0]
    assert numbers(prefetched[1]) == numbers(batches()[1])
    prefetched.on_epoch_end()
    assert prefetched.batches.epoch == 1


def test_an_error_is_raised_where_the_batch_is_asked_for_and_kept() -> None:
    class Broken(Batches):
        def __getitem__(self, index: int) -> Any:
            if index == 2:
                raise ValueError("broken")
            return super().__getitem__(index)

    plain = batches()
    with Prefetched(Broken(plain.examples, plain.targets, batch_size=2, seed=5)) as prefetched:
        prefetched[0]
        prefetched[1]
        assert prefetched.error is None, "nobody has asked for the batch yet"
        with pytest.raises(ValueError, match="broken"):
            prefetched[2]
        assert str(prefetched.error) == "broken"
        prefetched[3]
