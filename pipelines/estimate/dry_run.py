"""A dry run of a backfill: which tracks each asset would make.

Every asset runs on the store as it is, but nothing is written, and the workers only note which tracks they are handed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.estimate.execution import execute
from pipelines.job_runs import RunFailed, failure_reason
from storage.corpora.listing import Listing, TrackFiles, file_stamps, recording_of
from storage.corpora.registrations import Registration
from storage.corpora.splits import Assignment
from storage.fingerprints import slug
from storage.objects.objects import Objects
from storage.objects.scratch import OverlayObjects
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.records import RawAudioRecord
from storage.tracks.track_work import Refusal
from storage.workers.dask_workers import Workers


@dataclass(frozen=True)
class DryRun:
    """What a backfill would make.

    Attributes
    ----------
    listing : Listing
        The corpus as it lies on disk now.
    splits : Assignment
        The splits that the backfill would keep.
    missing : dict of str to set of str
        By asset, in the order of the work, the ids of the tracks that are to be made.
    retried : set of str
        Ids of tracks in quarantine: every backfill tries them again, and they are not counted as missing.
    """

    listing: Listing
    splits: Assignment
    missing: dict[str, set[str]]
    retried: set[str]

    @property
    def tracks(self) -> list[TrackFiles]:
        """The tracks that are missing anywhere, sorted by id."""
        missing = set[str]().union(*self.missing.values())
        return [track for track in self.listing.tracks if track.id in missing]


@dataclass
class RecordingWorkers(Workers):
    """Workers that do nothing; `tracks` are the ids of the tracks that they were handed, None before any call."""

    tracks: set[str] | None = field(default=None)

    def map(
        self, work: Callable[[Any], Any], items: Mapping[str, Any], *, store: Objects | None = None, reads: Any = ()
    ) -> Iterator[tuple[str, Any, Any]]:
        """Note the tracks; none is made."""
        self.tracks = (self.tracks or set()) | items.keys()
        refusal = Refusal("not made: this is a dry run")
        yield from ((track, dict.fromkeys(task.jobs, refusal), None) for track, task in items.items())


def dry_run(registration: Registration, dataset: DatasetStore, presets: Sequence[str]) -> DryRun:
    """Find which tracks of a dataset each asset up to the shards of some presets would make.

    A new or changed recording is missing everywhere; one of which only the split or the classes have changed is missing
    where they are kept. Variants count as the recordings that they are made of.
    """
    listing = registration.listing().with_stored({record.track for record in dataset.raw_audio.records()})
    store = DatasetStore(OverlayObjects(dataset.objects), dataset.name)
    varied = ["variants"] if registration.variants else []
    features, shards = ([f"{kind}/{each}" for each in presets] for kind in ("features", "shards"))
    keys = ["raw_audio", *varied, *features, "labels", *shards]
    listed = {track.id: track for track in listing.tracks if track.id not in listing.refused}
    handed = {key: {*map(recording_of, _handed(key, registration, store))} & listed.keys() for key in keys}
    refused = {key: _in_quarantine(dataset, key, listed) for key in keys}
    missing = {"raw_audio": handed["raw_audio"] - refused["raw_audio"]}
    rows = {record.track: record for record in dataset.raw_audio.records()}
    for key in keys[1:]:
        sources = [f"features/{key.removeprefix('shards/')}", "labels"] if key in shards else varied * (key in features)
        anew = {id for id in missing["raw_audio"] if not _stays(key, rows.get(id), listed[id], listing)}
        never = set().union(*(refused[each] for each in ("raw_audio", *sources, key)))
        missing[key] = handed[key].union(anew, *(missing[each] for each in sources)) - never
    splits = store.splits.read(registration.rule(listing), registration.split_seed)
    return DryRun(listing, splits, missing, set().union(*refused.values()))


def _handed(key: str, registration: Registration, dataset: DatasetStore) -> set[str]:
    """The tracks that one asset hands to the workers, without what those before it would have changed."""
    import dagster as dg

    workers = RecordingWorkers()
    with dg.DagsterInstance.ephemeral() as instance:
        result = execute(
            [key],
            instance,
            name=registration.name,
            registration=lambda name: registration,
            dataset=lambda name: dataset,
            workers=workers,
        )
    if workers.tracks is None:
        raise RunFailed(failure_reason(result))
    return workers.tracks


def _in_quarantine(dataset: DatasetStore, stage: str, tracks: dict[str, TrackFiles]) -> set[str]:
    """Those of some tracks that are in quarantine of a stage."""
    slugs = dataset.quarantine.tracks(stage)
    return {track for track in tracks if slug(track) in slugs} if slugs else set()


def _stays(key: str, row: RawAudioRecord | None, track: TrackFiles, listing: Listing) -> bool:
    """Whether an asset stays what it is of a track that has another row in the track table."""
    if row is None or key.startswith("shards/"):
        return False
    same = (file_stamps(track), track.start, track.end) == (row.stamp, row.start, row.end)
    if key.startswith("features/"):
        return same
    stored = {(each.exact, each.pedal) for each in row.labels.values()}
    promised = {(listing.promises.labels_exact, listing.promises.pedal)}
    return same and row.classes == track.classes and stored <= promised
