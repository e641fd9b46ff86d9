"""The work on tracks, in a worker: what is made of each is written at once, and flushed to the disk with the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Generic, TypeVar

from mir_models.errors import MirlitonError, TrackError, UnsupportedError
from storage.objects.objects import Tree, write_trees
from storage.objects.store_error import StoreError
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetAddress, DatasetStore, open_dataset
from storage.tracks.records import AlignmentMeasurements

Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)


@dataclass(frozen=True)
class Job(Generic[Item_co]):
    """The work on one track.

    Attributes
    ----------
    track : str
    fingerprint : str
        Of the ingredients of what is made.
    item : object
        The argument of the work; pickled for its worker.
    reads : tuple of str
        Paths of the files of the corpus that the work reads.
    """

    track: str
    fingerprint: str
    item: Item_co
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Returned by the work on a track that cannot be used.

    Attributes
    ----------
    reason : str
    picture : bytes or None
        A PNG that shows why.
    measurements : AlignmentMeasurements or None
        What was measured.
    keeps : bool
        Whether what is stored of the track stays: it cannot be used on this machine, and nothing is known against it.
    """

    reason: str
    picture: bytes | None = None
    measurements: AlignmentMeasurements | None = None
    keeps: bool = False


StageWork = Callable[[Mapping[str, Item]], Iterator[tuple[str, Stored | Refusal]]]
"""A function of a module from the items of one track, by stage, to what is stored of it, stage by stage."""
Result = Refusal | Exception | None
"""Of the work on a track for one stage: None where it is made."""


class SettingError(MirlitonError):
    """A setting does not fit what a stage is made of: the stage fails, and no track goes to quarantine."""


@dataclass(frozen=True)
class TrackTask(Generic[Item_co]):
    """What is to be made of one track: by stage, its job, and the names of older versions, which go."""

    jobs: Mapping[str, Job[Item_co]]
    older: Mapping[str, Sequence[str]]

    def only(self, stage: str) -> TrackTask[Item_co]:
        """The task for one of its stages."""
        return TrackTask({stage: self.jobs[stage]}, {stage: self.older.get(stage, ())})


def of_one_stage(work: Callable[[Item], Stored | Refusal]) -> StageWork[Item]:
    """The work on the items of a single stage, by a function of one item."""
    return partial(_of_one_stage, work)


def _of_one_stage(
    work: Callable[[Item], Stored | Refusal], items: Mapping[str, Item]
) -> Iterator[tuple[str, Stored | Refusal]]:
    for stage, item in items.items():
        yield stage, work(item)


def make_tracks(
    dataset: DatasetAddress, work: StageWork[Item], tasks: Sequence[TrackTask[Item]]
) -> list[dict[str, Result]]:
    """Runs in a worker: make some tracks and write what is made of them; the result of each by stage.

    Memory holds one track at a time. A track that cannot be used is no failure of the others.
    """
    store = open_dataset(*dataset)
    results: list[dict[str, Result]] = [{} for _ in tasks]
    prepare = cache(lambda stage: store.stage(stage).prepare())  # Of a stage that gets a track, and once.
    trees = (
        tree for task, found in zip(tasks, results, strict=True) for tree in _trees(store, work, task, found, prepare)
    )
    write_trees(store.objects, trees)
    return results


def _trees(
    dataset: DatasetStore,
    work: StageWork[Item],
    task: TrackTask[Item],
    found: dict[str, Result],
    prepare: Callable[[str], None],
) -> Iterator[Tree]:
    """What is stored of one track; `found` gets the result of every stage."""
    for stage, made in _made(work, {stage: job.item for stage, job in task.jobs.items()}):
        found[stage] = None if isinstance(made, Stored) else made
        if isinstance(made, Stored):
            job = task.jobs[stage]
            prepare(stage)
            yield dataset.stage(stage).tree(job.track, job.fingerprint, made, instead_of=task.older.get(stage, ()))


def _made(work: StageWork[Item], items: Mapping[str, Item]) -> Iterator[tuple[str, Stored | Refusal | Exception]]:
    """What is made of one track by stage, or why it is not; a stage that fails among several is tried alone."""
    left = dict(items)
    try:
        for stage, stored in work(items):
            del left[stage]
            yield stage, stored
    except (ImportError, StoreError):  # Of the worker or of the store, not of the track.
        raise
    except Exception as error:  # noqa: BLE001 (handed to the run, which knows what it means)
        if len(items) == 1:
            yield from ((stage, _refused(error)) for stage in left)
            return
    for stage in left:
        yield from _made(work, {stage: items[stage]})


def _refused(error: Exception) -> Refusal | Exception:
    """A refusal for an error about the track, any other error as it is."""
    return Refusal(str(error), keeps=isinstance(error, UnsupportedError)) if isinstance(error, TrackError) else error
