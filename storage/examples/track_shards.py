"""The shards of a preset on disk, by track: which there are, their arrays, and their digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.corpora.promotion_split import PROMOTION
from storage.fingerprints import fingerprint, slug
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.records import ShardsRecord
from storage.tracks.track_store import TrackStore

OPTIONS = {"onset_regressed": " --set shards.regressed_onsets=2"}
"""By field, the option of a backfill with which shards are made that have it."""


@dataclass(frozen=True)
class TrackShards:
    """The shards of one track.

    Attributes
    ----------
    dataset, track, work, fingerprint : str
    split : str
        ``"promotion"`` for a track of validation that models are only compared on.
    n_frames, n_shards : int
    kinds : tuple of str
        Label kinds that the track has.
    classes : dict of str to str
        Name by label kind, of those that are one name.
    audio_content : str
        Content hash of the recording.
    store : TrackStore
    content : str
        The fingerprint of what the arrays hold, however they are compressed.
    """

    dataset: str
    track: str
    work: str
    split: str
    fingerprint: str
    n_frames: int
    n_shards: int
    kinds: tuple[str, ...]
    classes: dict[str, str]
    audio_content: str
    store: TrackStore[ShardsRecord]
    content: str

    @property
    def key(self) -> str:
        """Of the zarr group of its arrays in the store of objects."""
        return self.store.key(self.track, self.fingerprint)


def tracks(dataset: DatasetStore, preset: str, *splits: str) -> list[TrackShards]:
    """The tracks of a dataset that have shards of `preset`, in some splits or in all, sorted by id."""
    store = dataset.shards(preset)
    fingerprints, kept_apart = store.fingerprints(), dataset.promotion.read()
    found = [
        TrackShards(
            dataset=dataset.name,
            track=record.track,
            work=record.work,
            split=PROMOTION if record.split == "validation" and record.track in kept_apart else record.split,
            fingerprint=fingerprints[slug(record.track)],
            n_frames=record.n_frames,
            n_shards=record.n_shards,
            kinds=record.kinds,
            classes=record.classes,
            audio_content=record.audio_content,
            store=store,
            content=record.content or fingerprints[slug(record.track)],
        )
        for record in store.records()
    ]
    return [each for each in found if not splits or each.split in splits]


def digests(chosen: Sequence[TrackShards]) -> dict[str, str]:
    """By dataset, a fingerprint of what its shards among the chosen ones hold; what was made of others is stale."""
    names = sorted({each.dataset for each in chosen})
    held = {name: sorted((each.track, each.content) for each in chosen if each.dataset == name) for name in names}
    return {name: fingerprint(rows) for name, rows in held.items()}
