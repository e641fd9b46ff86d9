"""Streams that are computed side by side: results in order, few items ahead, nothing left after the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from mir_models.features import feature_of
from mir_models.inference.threads import Threads, one_by_one
from mir_models.inference.transcription import BLOCK_FRAMES, transcribe
from mir_models.notes.annotations import N_KEYS
from mir_models.notes.decoding import Decoding

SR = 22050


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads(3)
    yield made
    made.stop()


def test_results_have_the_order_of_the_items_whichever_is_ready_first(threads: Threads) -> None:
    def late(item: int) -> int:
        time.sleep(0.02 * (item % 3 == 0))
        return item**2

    items = list(range(30))
    assert list(threads.map(late, items)) == list(one_by_one(late, items)) == [each**2 for each in items]


@pytest.mark.parametrize(("ahead", "most"), [(2.0, 6), (1.0, 3), (0.25, 1)])
def test_no_more_items_are_taken_than_may_wait(threads: Threads, ahead: float, most: int) -> None:
    taken: list[int] = []
    results = threads.map(str, (taken.append(each) or each for each in range(100)), ahead=ahead)
    assert next(results) == "0"
    assert len(taken) == most + 1
    assert next(results) == "1"
    assert len(taken) == most + 2


def test_an_exception_reaches_the_reader_at_its_turn_and_cancels_what_waits(threads: Threads) -> None:
    def third_fails(item: int) -> int:
        if item == 2:
            raise LookupError("the third")
        return item

    results = threads.map(third_fails, range(50))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(LookupError, match="the third"):
        next(results)
    assert list(results) == []


def test_after_a_stop_readers_end_at_once() -> None:
    threads, begun, go_on = Threads(1), threading.Event(), threading.Event()
    ended: list[type[BaseException]] = []

    def wait(_: int) -> None:
        begun.set()
        go_on.wait(10)

    def read() -> None:
        try:
            list(threads.map(wait, range(9)))
        except BaseException as error:  # noqa: BLE001 (its kind is asserted below)
            ended.append(type(error))

    reader = threading.Thread(target=read)
    reader.start()
    assert begun.wait(10)
    threading.Timer(0.05, go_on.set).start()
    threads.stop()
    reader.join(10)
    assert not reader.is_alive()
    assert [error.__name__ for error in ended] in (["CancelledError"], ["RuntimeError"])


class Levels:
    """A network that finds an onset and a key where a bin is louder than the mean of its frame."""

    concurrent = True

    def predict_on_batch(self, features: np.ndarray) -> dict[str, np.ndarray]:
        assert len(features) == 1
        above = 1 / (1 + np.exp(features.mean(axis=2, keepdims=True) + 12 - features))[:, :, :N_KEYS]
        return {"frame": above, "onset_regressed": above}


def test_the_notes_of_a_long_recording_do_not_depend_on_the_threads(threads: Threads) -> None:
    seconds = 1.3 * BLOCK_FRAMES * 512 / SR
    t = np.arange(int(seconds * SR)) / SR
    tone = np.sin(2 * np.pi * (220 + 220 * np.floor(t * 3 % 5)) * t).astype(np.float32)
    blocks = np.array_split(tone, 40)
    feature = feature_of("cqt")
    settings = {"feature": feature, "params": feature.PRESETS["cqt"], "decoding": Decoding(0.5, onset_threshold=0.5)}
    alone, together = [
        transcribe(blocks, SR, model=Levels(), over=over, **settings) for over in (one_by_one, threads.map)
    ]
    assert len(alone) > 100
    for field in ("intervals", "pitches", "velocities"):
        np.testing.assert_array_equal(getattr(alone.notes, field), getattr(together.notes, field))
    assert alone.certainty == together.certainty
