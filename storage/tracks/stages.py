"""A stage: one thing made of every track of a dataset, that makes what is missing and no more.

The work on a track returns what to keep of it; the worker that did the work also writes it, so a run that is killed
loses the tracks under way and nothing else.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mir_models.errors import MirlitonError, TrackError
from storage import progress
from storage.fingerprints import slug
from storage.objects.objects import open_objects
from storage.tracks import track_store
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.quarantine import Row
from storage.tracks.track_store import TrackStore
from storage.workers.dask_workers import Workers

NO_PLACE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ESTALE}
"""Errors of the place where things are written, not of the track at hand."""


@dataclass(frozen=True)
class Job:
    """The work on one track: its id, the fingerprint of its ingredients, and what the work is handed."""

    track: str
    fingerprint: str
    item: Any


@dataclass(frozen=True)
class Refusal:
    """What work on a track returns when it cannot be used: the reason, a picture if one helps, what was measured."""

    reason: str
    picture: bytes | None = None
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a stage did: ids made anew, ids that were there, rows in quarantine, the number of superseded tracks."""

    made: list[str]
    kept: list[str]
    quarantined: list[Row]
    superseded: int

    @property
    def n_tracks(self) -> int:
        """Tracks that the stage now holds."""
        return len(self.made) + len(self.kept)


def run(
    dataset: DatasetStore,
    stage: str,
    jobs: list[Job],
    work: Callable[[Any], Stored | Refusal],
    *,
    workers: Workers,
    max_quarantined: float,
) -> Outcome:
    """Bring a stage up to date.

    Parameters
    ----------
    dataset : DatasetStore
    stage : str
        Name of the asset, e.g. ``"features/cqt"``.
    jobs : list of Job
        One per track; what is there under the job's fingerprint is kept.
    work : function of a module
        Item to what is kept of the track; raises TrackError or returns a Refusal where it cannot be used.
    workers : Workers
    max_quarantined : float in [0, 1]
        Share of quarantined tracks above which the stage fails.

    Raises
    ------
    MirlitonError
        When too many tracks went to quarantine; what was made stays.
    """
    store, wanted = dataset.stage(stage), {job.track: job.fingerprint for job in jobs}
    dataset.objects.sweep()
    held, versions = store.held(), store.versions()
    missing = [job for job in jobs if track_store.name(job.track, job.fingerprint) not in held]
    superseded = sum(map(len, versions.values())) - (len(jobs) - len(missing))
    made, rows = _make(dataset, stage, missing, versions, work, workers)
    dataset.quarantine.lift_all_but(stage, {row.track for row in rows})
    _refuse_too_many(stage, rows, len(jobs), max_quarantined)  # Before anything is deleted: a disk may be unplugged.
    store.keep_only({track: wanted[track] for track in wanted.keys() - {row.track for row in rows}})
    store.tabulate(made)
    kept = sorted(wanted.keys() - {job.track for job in missing})
    return Outcome(sorted(made), kept, rows, superseded)


def _make(
    dataset: DatasetStore,
    stage: str,
    jobs: list[Job],
    versions: dict[str, list[str]],
    work: Callable[[Any], Stored | Refusal],
    workers: Workers,
) -> tuple[list[str], list[Row]]:
    """Make these tracks; `versions` are the names by slug of what was there of them before."""
    store, quarantine = dataset.stage(stage), dataset.quarantine
    made, rows = [], []
    do = partial(_do, store.objects.address, store.prefix, store.what, work)
    items = {job.track: (job, versions.get(slug(job.track), [])) for job in jobs}
    for track, refusal, error in workers.map(do, items):
        if isinstance(error, OSError) and error.errno in NO_PLACE:
            remedy = "make room, or let MIRLITON_STORE name another place; what was made is kept"
            raise MirlitonError("a store that can be written", received=error, remedy=remedy) from error
        refusal = Refusal(_reason(error)) if error else refusal
        if refusal is None:
            quarantine.lift(stage, track)
            made.append(track)
        else:
            rows.append(Row(track, stage, refusal.reason, refusal.figures))
            quarantine.put(rows[-1])
            if refusal.picture:
                quarantine.put_picture(stage, track, refusal.picture)
        progress.tell(stage, len(made) + len(rows), len(jobs), track)
    assert len(made) + len(rows) == len(jobs), "every track is made or has a row in quarantine"
    return made, sorted(rows, key=lambda row: row.track)


def _do(
    address: str, prefix: str, what: str, work: Callable[[Any], Stored | Refusal], item: tuple[Job, list[str]]
) -> Refusal | None:
    """Runs in a worker: the work on one track, and its writing in the place of older versions.

    A track that cannot be used is no failure of the task.
    """
    job, older = item
    try:
        stored = work(job.item)
    except TrackError as error:
        return Refusal(str(error))
    if isinstance(stored, Refusal):
        return stored
    TrackStore(open_objects(address), prefix, what).write(job.track, job.fingerprint, stored, instead_of=older)
    return None


def _reason(error: BaseException) -> str:
    if type(error).__name__ == "KilledWorker":
        return (
            "The worker died twice on this track, most likely out of memory. Remedy: raise the workers' memory_limit."
        )
    if isinstance(error, MirlitonError):
        return str(error)
    remedy = "look at the files of this track; if nothing is wrong with them, report this as a defect"
    return f"{type(error).__name__}: {error}. Remedy: {remedy}."


def _refuse_too_many(stage: str, rows: list[Row], n_jobs: int, limit: float) -> None:
    if len(rows) > limit * n_jobs:
        first = f"{rows[0].track}: {rows[0].reason.removesuffix('.')}"
        raise MirlitonError(
            f"at most {limit:.0%} of the tracks in quarantine after {stage}",
            received=f"{len(rows)} of {n_jobs}, the first {first}",
            remedy="mend these files, or register the dataset with a higher --max-quarantined",
        )
