"""Bring a stage of a dataset up to date: decide which tracks are missing or outdated, and make those and no more.

The work on a track returns what to store of it; the worker that did the work also writes it, so a run that is killed
loses the tracks under way and nothing else.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from mir_models.errors import MirlitonError, TrackError, UnsupportedError
from storage import progress
from storage.corpora.listing import recording_of
from storage.fingerprints import slug
from storage.objects.objects import open_objects
from storage.tracks import track_store
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.quarantine import QuarantineRow
from storage.tracks.quarantine_groups import group_rows
from storage.tracks.records import AlignmentMeasurements, TrackRecord
from storage.tracks.track_store import TrackStore
from storage.workers.dask_workers import Workers

STORE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ESTALE}
"""Numbers of errors of the store that is written to, not of the track at hand."""

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
    """

    track: str
    fingerprint: str
    item: Item_co


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


@dataclass(frozen=True)
class Outcome:
    """The result of a stage.

    Attributes
    ----------
    made, kept : list of str
        Ids of the tracks made now, and of those that were up to date or, see `Refusal.keeps`, stay as they were.
    quarantined : list of QuarantineRow
    superseded : int
        Number of outdated versions that were there.
    """

    made: list[str]
    kept: list[str]
    quarantined: list[QuarantineRow]
    superseded: int

    @property
    def n_tracks(self) -> int:
        """Tracks that the stage now holds."""
        return len(self.made) + len(self.kept)


def update_stage(
    dataset: DatasetStore,
    stage: str,
    jobs: Sequence[Job[Item]],
    work: Callable[[Item], Stored | Refusal],
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
    jobs : sequence of Job
        One per track; what is there under the job's fingerprint is kept.
    work : function of a module
        Item to what is stored of the track; raises TrackError or returns a Refusal where it cannot be used, and
        UnsupportedError where it cannot be used on this machine: then the version that is stored stays.
    workers : Workers
    max_quarantined : float in [0, 1]
        Share of quarantined tracks above which the stage fails.

    Raises
    ------
    MirlitonError
        When too many tracks went to quarantine; what was made stays.
    """
    store, fingerprints = dataset.stage(stage), {job.track: job.fingerprint for job in jobs}
    dataset.objects.sweep()
    held, versions = store.held(), store.versions()
    missing = [job for job in jobs if track_store.name(job.track, job.fingerprint) not in held]
    superseded = sum(map(len, versions.values())) - (len(jobs) - len(missing))
    made, rows, unsupported = _make(dataset, stage, missing, versions, work, workers)
    dataset.quarantine.lift_all_but(stage, {row.track for row in rows})
    _check_quarantine(stage, rows, len(jobs), max_quarantined)  # Before anything is deleted: a disk may be unplugged.
    stay = _staying(dataset, stage, rows, unsupported)
    usable = fingerprints.keys() - {row.track for row in rows}
    store.keep_only(stay | {track: fingerprints[track] for track in usable})
    store.update_table(made)
    kept = fingerprints.keys() - {job.track for job in missing} | stay.keys()
    return Outcome(sorted(made), sorted(kept), rows, superseded)


def _staying(dataset: DatasetStore, stage: str, rows: list[QuarantineRow], unsupported: set[str]) -> dict[str, str]:
    """The fingerprint under which it stays, of each track whose earlier version is not deleted.

    Those that this machine cannot use, and all of a recording whose own record stays for that reason: its files may be
    others than in the record, by which they were refused here.
    """
    stored = dataset.stage(stage).fingerprints()
    unknown = dataset.quarantine.tracks("raw_audio") if stage != "raw_audio" else set()
    stay = {row.track for row in rows if row.track in unsupported or slug(recording_of(row.track)) in unknown}
    return {track: stored[slug(track)] for track in sorted(stay) if slug(track) in stored}


def _make(
    dataset: DatasetStore,
    stage: str,
    jobs: Sequence[Job[Item]],
    versions: dict[str, list[str]],
    work: Callable[[Item], Stored | Refusal],
    workers: Workers,
) -> tuple[list[str], list[QuarantineRow], set[str]]:
    """Make these tracks; `versions` are the names by slug of what was there of them before.

    Returns the tracks made, the rows of those that were not, and the tracks among them whose earlier version stays.
    """
    store, quarantine = dataset.stage(stage), dataset.quarantine
    made, rows, unsupported = [], [], set()
    do = partial(_do, store.objects.address, store.prefix, store.stage, work)
    items = {job.track: (job, versions.get(slug(job.track), [])) for job in jobs}
    for track, refusal, error in workers.map(do, items):
        refusal = _refusal(error) if error else refusal
        if refusal is None:
            quarantine.lift(stage, track)
            made.append(track)
        else:
            rows.append(QuarantineRow(track, stage, refusal.reason, refusal.measurements))
            quarantine.put(rows[-1])
            unsupported |= {track} if refusal.keeps else set()
            if refusal.picture:
                quarantine.put_picture(stage, track, refusal.picture)
        progress.report(stage, len(made) + len(rows), len(jobs), track)
    assert len(made) + len(rows) == len(jobs), "every track is made or has a row in quarantine"
    return made, sorted(rows, key=lambda row: row.track), unsupported


def _do(
    address: str, prefix: str, stage: str, work: Callable[[Item], Stored | Refusal], item: tuple[Job[Item], list[str]]
) -> Refusal | None:
    """Runs in a worker: the work on one track, and its writing instead of older versions.

    A track that cannot be used is no failure of the task.
    """
    job, older = item
    try:
        stored = work(job.item)
    except TrackError as error:
        return Refusal(str(error), keeps=isinstance(error, UnsupportedError))
    if isinstance(stored, Refusal):
        return stored
    store = TrackStore(open_objects(address), prefix, stage, TrackRecord)
    store.write(job.track, job.fingerprint, stored, instead_of=older)
    return None


def _refusal(error: BaseException) -> Refusal:
    """The reason in an error of a worker; raises where the store cannot be written."""
    if isinstance(error, OSError) and error.errno in STORE_ERRORS:
        remedy = "make room, or let MIRLITON_STORE name another place; what was made is kept"
        raise MirlitonError("a store that can be written", received=error, remedy=remedy) from error
    if type(error).__name__ == "KilledWorker":
        reason = "The worker died twice on this track, most likely out of memory."
        return Refusal(f"{reason} Remedy: raise the workers' memory_limit.", keeps=True)
    if isinstance(error, MirlitonError):
        return Refusal(str(error))
    remedy = "look at the files of this track; if nothing is wrong with them, report this as a defect"
    return Refusal(f"{type(error).__name__}: {error}. Remedy: {remedy}.")


def _check_quarantine(stage: str, rows: list[QuarantineRow], n_jobs: int, limit: float) -> None:
    if len(rows) > limit * n_jobs:
        largest = group_rows(rows)[0]
        shared = largest.is_large and 2 * len(largest.rows) > n_jobs
        row = largest.first if shared else rows[0]
        which = f"{len(largest.rows)} of them for one reason, such as" if shared else "the first"
        remedy = "look at its table, root and options" if shared else "mend these files"
        raise MirlitonError(
            f"at most {limit:.0%} of the tracks in quarantine after {stage}",
            received=f"{len(rows)} of {n_jobs}, {which} {row.track}: {row.reason.removesuffix('.')}",
            remedy=f"{remedy}, or register the dataset with a higher --max-quarantined",
        )
