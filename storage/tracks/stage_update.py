"""Bring a stage of a dataset up to date: decide which tracks are missing or outdated, and make those and no more.

The work on a track returns what to store of it; the worker that did the work also writes it, so a run that is killed
loses the tracks under way and nothing else. Several stages can be made in one pass over the tracks, before each of them
is brought up to date: `attempt_stages` makes what is missing, `update_stage` counts it, and deletes what is superseded.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from mir_models.errors import MirlitonError
from storage import progress
from storage.corpora.listing import recording_of
from storage.fingerprints import slug
from storage.objects.store_error import StoreError
from storage.tracks import track_store
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.quarantine import QuarantineRow
from storage.tracks.quarantine_groups import group_rows
from storage.tracks.track_work import (
    Job,
    Refusal,
    Result,
    SettingError,
    StageWork,
    TrackTask,
    make_tracks,
    of_one_stage,
)
from storage.workers.dask_workers import Workers
from storage.workers.submissions import is_killed

STORE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ESTALE}
"""Numbers of errors of the store that is written to, not of the track at hand."""

Item = TypeVar("Item")
_Found = Iterator[tuple[str, dict[str, Result] | None, BaseException | None]]


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


@dataclass(frozen=True)
class Attempts:
    """What was tried of one stage: every track that was missing is made, or has a row in quarantine.

    Attributes
    ----------
    fingerprints : mapping of str to str
        By track, of its job.
    superseded : int
        Number of outdated versions that were there before.
    held : set of str
        Names of the tracks that are there.
    made : list of str
    refused : list of QuarantineRow
    unsupported : set of str
        Those of the refused whose earlier version stays.
    """

    fingerprints: Mapping[str, str]
    superseded: int
    held: set[str]
    made: list[str] = field(default_factory=list)
    refused: list[QuarantineRow] = field(default_factory=list)
    unsupported: set[str] = field(default_factory=set)

    def hold(self, jobs: Sequence[Job[Item]], held: set[str]) -> bool:
        """Whether they were at the same jobs, and what was made or up to date is still there."""
        planned = {job.track: job.fingerprint for job in jobs}
        usable = planned.keys() - {row.track for row in self.refused}
        return planned == self.fingerprints and held >= {track_store.name(each, planned[each]) for each in usable}


def update_stage(
    dataset: DatasetStore,
    stage: str,
    jobs: Sequence[Job[Item]],
    work: Callable[[Item], Stored | Refusal],
    *,
    workers: Workers,
    max_quarantined: float,
    attempts: Attempts | None = None,
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
    attempts : Attempts or None
        What this run has tried of the stage already; it counts where it was at these jobs.

    Raises
    ------
    MirlitonError
        When too many tracks went to quarantine; what was made stays.
    """
    store = dataset.stage(stage)
    if attempts is None or not attempts.hold(jobs, store.held()):
        attempts = attempt_stages(dataset, {stage: jobs}, of_one_stage(work), workers=workers)[stage]
    rows = sorted(attempts.refused, key=lambda row: row.track)
    refused = {row.track for row in rows}
    dataset.quarantine.lift_all_but(stage, refused)
    _check_quarantine(stage, rows, len(jobs), max_quarantined)  # Before anything is deleted: a disk may be unplugged.
    stay = _staying(dataset, stage, rows, attempts.unsupported)
    usable = {track: of for track, of in attempts.fingerprints.items() if track not in refused}
    store.keep_only(stay | usable)
    store.update_table(attempts.made, attempts.held & {track_store.name(*each) for each in (stay | usable).items()})
    kept = usable.keys() - set(attempts.made) | stay.keys()
    return Outcome(sorted(attempts.made), sorted(kept), rows, attempts.superseded)


def attempt_stages(
    dataset: DatasetStore, jobs: Mapping[str, Sequence[Job[Item]]], work: StageWork[Item], *, workers: Workers
) -> dict[str, Attempts]:
    """Make what is missing of some stages, track by track; a track that is missing in several is handed over once.

    Parameters
    ----------
    dataset : DatasetStore
    jobs : mapping of str to sequence of Job
        By stage, one per track.
    work : function of a module
        See `StageWork`; raises as that of `update_stage`.
    workers : Workers

    Returns
    -------
    dict of str to Attempts
        By stage.
    """
    dataset.objects.sweep()
    tasks: dict[str, TrackTask[Item]] = {}
    attempts = {stage: _plan(dataset, stage, each, tasks) for stage, each in jobs.items()}
    n_tracks = {stage: sum(stage in task.jobs for task in tasks.values()) for stage in jobs}
    in_quarantine = {stage: dataset.quarantine.tracks(stage) for stage in jobs}
    reads = sorted({path for task in tasks.values() for job in task.jobs.values() for path in job.reads})
    attempt = partial(workers.map, partial(make_tracks, dataset.address, work), store=dataset.objects, reads=reads)
    for track, results in _attempted(attempt, tasks):
        for stage, result in results.items():
            _note(dataset, stage, track, result, attempts[stage], in_quarantine[stage])
            n_done = len(attempts[stage].made) + len(attempts[stage].refused)
            progress.report(stage, n_done, n_tracks[stage], track)
    for stage, each in attempts.items():
        assert len(each.made) + len(each.refused) == n_tracks[stage], "every track is made or has a row in quarantine"
    return attempts


def _attempted(
    attempt: Callable[[Mapping[str, TrackTask[Item]]], _Found], tasks: Mapping[str, TrackTask[Item]]
) -> Iterator[tuple[str, dict[str, Result | BaseException]]]:
    """Each track and its results by stage; stages of a track on which a worker died are then tried one by one."""
    killed: dict[str, TrackTask[Item]] = {}
    for track, results, error in attempt(tasks):
        if is_killed(error) and len(tasks[track].jobs) > 1:
            killed[track] = tasks[track]
        else:
            yield track, {stage: (results or {}).get(stage, error) for stage in tasks[track].jobs}
    for stage in sorted({stage for task in killed.values() for stage in task.jobs}):
        alone = {track: task.only(stage) for track, task in killed.items() if stage in task.jobs}
        yield from _attempted(attempt, alone)


def _plan(dataset: DatasetStore, stage: str, jobs: Sequence[Job[Item]], tasks: dict[str, TrackTask[Item]]) -> Attempts:
    """Add the jobs of a stage that are missing to `tasks`, by track."""
    store = dataset.stage(stage)
    held, versions = store.held(), store.versions()
    missing = [job for job in jobs if track_store.name(job.track, job.fingerprint) not in held]
    for job in missing:
        earlier, older = tasks.get(job.track, TrackTask({}, {})), versions.get(slug(job.track), ())
        tasks[job.track] = TrackTask({**earlier.jobs, stage: job}, {**earlier.older, stage: older})
    superseded = sum(map(len, versions.values())) - (len(jobs) - len(missing))
    return Attempts({job.track: job.fingerprint for job in jobs}, superseded, held)


def _note(
    dataset: DatasetStore,
    stage: str,
    track: str,
    result: Result | BaseException,
    attempts: Attempts,
    in_quarantine: set[str],
) -> None:
    """Keep the result of one track: it leaves quarantine, or goes there."""
    refusal = _refusal(result) if isinstance(result, BaseException) else result
    if refusal is None:
        attempts.made.append(track)
        attempts.held.add(track_store.name(track, attempts.fingerprints[track]))
        if slug(track) in in_quarantine:
            dataset.quarantine.lift(stage, track)
        return
    attempts.refused.append(QuarantineRow(track, stage, refusal.reason, refusal.measurements))
    dataset.quarantine.put(attempts.refused[-1])
    if refusal.keeps:
        attempts.unsupported.add(track)
    if refusal.picture:
        dataset.quarantine.put_picture(stage, track, refusal.picture)


def _staying(dataset: DatasetStore, stage: str, rows: list[QuarantineRow], unsupported: set[str]) -> dict[str, str]:
    """The fingerprint under which it stays, of each track whose earlier version is not deleted.

    Those that this machine cannot use, and all of a recording whose own record stays for that reason: its files may be
    others than in the record, by which they were refused here.
    """
    stored = dataset.stage(stage).fingerprints()
    unknown = dataset.quarantine.tracks("raw_audio") if stage != "raw_audio" else set()
    stay = {row.track for row in rows if row.track in unsupported or slug(recording_of(row.track)) in unknown}
    return {track: stored[slug(track)] for track in sorted(stay) if slug(track) in stored}


def _refusal(error: BaseException) -> Refusal:
    """The reason in an error of a worker; raises where the store does not answer, or a setting is wrong."""
    if isinstance(error, StoreError | SettingError):
        raise error
    if isinstance(error, OSError) and error.errno in STORE_ERRORS:
        remedy = "make room, or let MIRLITON_STORE name another place; what was made is kept"
        raise MirlitonError("a store that can be written", received=error, remedy=remedy) from error
    if is_killed(error):
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
