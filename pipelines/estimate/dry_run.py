"""A backfill that makes nothing: what it would make is asked of the assets themselves.

Every asset runs on the store as it is, but nothing is written, and the workers only note which tracks they are handed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from storage.corpora.listing import Listing, TrackFiles, recording_of, stamp
from storage.corpora.registrations import Registration
from storage.corpora.splits import Assignment
from storage.fingerprints import slug
from storage.objects.scratch import Untouched
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.stages import Refusal
from storage.workers.dask_workers import Workers


@dataclass(frozen=True)
class Outlook:
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
        wanted = set[str]().union(*self.missing.values())
        return [track for track in self.listing.tracks if track.id in wanted]


@dataclass
class Noting(Workers):
    """Workers that do nothing; `asked` are the ids of the tracks that they were handed, None before any call."""

    asked: set[str] | None = field(default=None)

    def map(self, work: Callable[[Any], Any], items: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
        """Note the tracks."""
        self.asked = (self.asked or set()) | items.keys()
        yield from ((track, Refusal("not made: this is a rehearsal"), None) for track in items)


def outlook(registration: Registration, dataset: DatasetStore, presets: list[str]) -> Outlook:
    """Ask every asset up to the shards of some presets what it has to make of a dataset.

    A new or changed recording is missing everywhere; one of which only the split or the classes have changed is missing
    where they are kept. Variants count as the recordings that they are made of.
    """
    listing = registration.listing()
    store = DatasetStore(Untouched(dataset.objects), dataset.name)
    varied = ["variants"] if registration.variants else []
    heard, cut = ([f"{kind}/{each}" for each in presets] for kind in ("features", "shards"))
    keys = ["raw_audio", *varied, *heard, "labels", *cut]
    listed = {track.id: track for track in listing.tracks if track.id not in listing.refused}
    asked = {key: {*map(recording_of, _asked(key, registration, store))} & listed.keys() for key in keys}
    refused = {key: _in_quarantine(dataset, key, listed) for key in keys}
    missing = {"raw_audio": asked["raw_audio"] - refused["raw_audio"]}
    rows = {record["track"]: record for record in dataset.raw_audio.records()}
    for key in keys[1:]:
        sources = [f"features/{key.removeprefix('shards/')}", "labels"] if key in cut else varied * (key in heard)
        anew = {id for id in missing["raw_audio"] if not _stays(key, rows.get(id), listed[id], listing)}
        never = set().union(*(refused[each] for each in ("raw_audio", *sources, key)))
        missing[key] = asked[key].union(anew, *(missing[each] for each in sources)) - never
    splits = store.splits.read(registration.rule(listing), registration.split_seed)
    return Outlook(listing, splits, missing, set().union(*refused.values()))


def _asked(key: str, registration: Registration, dataset: DatasetStore) -> set[str]:
    """The tracks that one asset hands to the workers, without what those before it would have changed."""
    import dagster as dg

    from pipelines.estimate.miniature import execute
    from pipelines.runs import RunFailed, reason

    workers = Noting()
    with dg.DagsterInstance.ephemeral() as instance:
        result = execute([key], instance, lambda name: registration, lambda name: dataset, registration.name, workers)
    if workers.asked is None:
        raise RunFailed(reason(result))
    return workers.asked


def _in_quarantine(dataset: DatasetStore, stage: str, tracks: dict[str, TrackFiles]) -> set[str]:
    slugs = dataset.quarantine.tracks(stage)
    return {track for track in tracks if slug(track) in slugs} if slugs else set()


def _stays(key: str, row: dict[str, Any] | None, track: TrackFiles, listing: Listing) -> bool:
    """Whether an asset stays what it is of a track that has another row in the track table."""
    if row is None or key.startswith("shards/"):
        return False
    now = {"stamp": stamp(track), "start": track.start, "end": track.end}
    same = now == {each: row[each] for each in now}
    if key.startswith("features/"):
        return same
    said = {(each["exact"], each["pedal"]) for each in row["labels"].values()}
    promised = {(listing.promises.labels_exact, listing.promises.pedal)}
    return same and row["classes"] == track.classes and said <= promised
