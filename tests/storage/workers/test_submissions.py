"""Submissions: every item comes back once whatever its task meets; tasks grow with the speed of their items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.objects.store_error import StoreError
from storage.workers.batch_sizes import MOST, BatchSizes
from storage.workers.cluster import SchedulerLostError
from storage.workers.environment import differences, environment
from storage.workers.requirements import UnfitWorkerError, versions_error
from storage.workers.submissions import Submissions


class InlineCluster:
    """A cluster of one worker that is this process; `events` are what the next tasks meet instead of being done."""

    def __init__(self, *events: Exception | str) -> None:
        self.events, self.tasks, self.excluded, self.n_lost = list(events), [], [], 0
        self.stranded: set[int] = set()

    def workers(self) -> frozenset[str]:
        return frozenset({"tcp://worker"})

    def submit(self, work: Callable[[Any], Any], argument: list[Any]) -> int:
        self.tasks.append((work, argument, self.events.pop(0) if self.events else None))
        if self.tasks[-1][2] == "stranded":
            self.stranded.add(len(self.tasks) - 1)
        return len(self.tasks) - 1

    def is_stranded(self, future: int) -> bool:
        return future in self.stranded

    def done(self, futures: list[int], timeout: float) -> set[int]:
        if any(self.tasks[future][2] == "lost" for future in futures):
            raise SchedulerLostError
        return set(futures) - self.stranded

    def outcome(self, future: int) -> tuple[Any, BaseException | None] | None:
        work, argument, event = self.tasks[future]
        if event == "gone":
            self.tasks[future] = (work, argument, None)
            return None
        if isinstance(event, Exception):
            return None, event
        try:
            return work(argument), None
        except ValueError as error:
            return None, error

    def exclude(self, error: UnfitWorkerError) -> None:
        self.excluded.append(error.worker)

    def cancel(self, futures: Iterable[int]) -> None:
        list(futures)

    def reconnect(self, error: SchedulerLostError) -> None:
        self.n_lost += 1


def square(numbers: Sequence[int]) -> list[int]:
    if 7 in numbers:
        raise ValueError
    return [number**2 for number in numbers]


def _results(cluster: InlineCluster, n: int = 60, **arguments: Any) -> dict[str, Any]:
    items = {str(number): number for number in range(n)}
    found = list(Submissions(cluster, square, None, 30.0, items, **arguments).results())  # type: ignore[arg-type]
    assert sorted(key for key, _, _ in found) == sorted(items)
    return {key: type(error) if error else result for key, result, error in found}


EXPECTED = {str(number): number**2 for number in range(60)} | {"7": ValueError}


def test_an_item_that_raises_is_found_among_those_of_its_task() -> None:
    cluster = InlineCluster()
    assert _results(cluster) == EXPECTED
    assert max(len(argument) for _, argument, _ in cluster.tasks) == MOST
    assert [argument for _, argument, _ in cluster.tasks if 7 in argument][-1] == [7]


@pytest.mark.parametrize("event", ["lost", "gone", "stranded"])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_what_is_lost_is_submitted_again(event: str, at: int) -> None:
    cluster = InlineCluster(*[""] * at, event)
    assert _results(cluster) == EXPECTED
    assert cluster.n_lost == (event == "lost")


def test_what_an_unfit_worker_had_waits_for_another() -> None:
    cluster = InlineCluster(versions_error("tcp://old (host)", ["numpy 1.0 instead of 2.0"]))
    assert _results(cluster) == EXPECTED
    assert cluster.excluded == ["tcp://old"]


def test_a_store_that_does_not_answer_is_the_error_of_every_item_at_once() -> None:
    cluster = InlineCluster(*[""] * 2, StoreError("an answer", received="none", remedy="z"))
    found = _results(cluster)
    (unanswered,) = (argument for _, argument, event in cluster.tasks if isinstance(event, StoreError))
    assert len(unanswered) > 1
    assert [key for key, result in found.items() if result is StoreError] == [str(number) for number in unanswered]
    assert sum(unanswered[0] in argument for _, argument, _ in cluster.tasks) == 1


def test_suspects_are_alone_one_at_a_time() -> None:
    cluster = InlineCluster()
    assert _results(cluster, 12, suspects=True) == {key: EXPECTED[key] for key in map(str, range(12))}
    assert [argument for _, argument, _ in cluster.tasks] == [[number] for number in range(12)]


def test_without_a_finished_item_patience_ends() -> None:
    cluster = InlineCluster(*["stranded"] * 100_000)
    items = {"a": 1}
    with pytest.raises(MirlitonError, match=r"none of 1 tracks by 1 workers.*finished tracks are kept"):
        list(Submissions(cluster, square, None, 0.01, items).results())  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.integers(1, MOST), st.floats(0, 100))), st.integers(1, 10_000), st.integers(0, 100))
def test_tasks_take_half_a_second_at_most_and_the_last_items_are_divided(
    last: list[tuple[int, float]], n_waiting: int, n_workers: int
) -> None:
    sizes = BatchSizes()
    for n, seconds in last:
        sizes.record(n, seconds)
    size = sizes.next(n_waiting, n_workers)
    recent = last[-8:]
    assert 1 <= size <= min(MOST, n_waiting)
    assert size == 1 or size * sum(s for _, s in recent) / sum(n for n, _ in recent) <= 0.5 + 1e-9
    assert (size - 1) * max(1, n_workers) < n_waiting
    assert last or size == 1


def test_versions_differ_by_name_with_both() -> None:
    here = environment()
    assert differences(here, here) == []
    assert here["python"].count(".") == 1
    assert differences({"numpy": "2.0", "zarr": "3.1"}, {"numpy": "1.0", "lz4": "4"}) == [
        "numpy 1.0 instead of 2.0",
        "zarr none instead of 3.1",
    ]


def test_an_unfit_worker_keeps_its_address_between_processes() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(versions_error("tcp://1.2.3.4:5 (host)", ["numpy 1.0 instead of 2.0"])))
    assert (type(error), error.worker) == (UnfitWorkerError, "tcp://1.2.3.4:5")
    assert "numpy 1.0 instead of 2.0 on tcp://1.2.3.4:5 (host)" in str(error)
