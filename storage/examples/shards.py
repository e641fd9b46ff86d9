"""Shards on disk as training examples: indexable, sorted by (dataset, track, start), read when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from storage.fingerprints import fingerprint, slug
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.track_store import TrackStore

SETTINGS = {"onset_regressed": " --set shards.regressed_onsets=2"}
"""By field, the option with which shards are made that have it."""


@dataclass(frozen=True)
class TrackShards:
    """The shards of one track.

    Attributes
    ----------
    dataset, track, work, split, fingerprint : str
    n_frames, n_shards : int
    kinds : tuple of str
        Label kinds that the track has.
    classes : dict of str to str
        Name by label kind, of those that are one name.
    audio : str
        Content hash of the recording.
    store : TrackStore
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
    audio: str
    store: TrackStore

    @cached_property
    def arrays(self) -> dict[str, Any]:
        """The zarr arrays: ``features``, the rolls, ``mask``, ``start``; opened once."""
        return self.store.arrays(self.track, self.fingerprint)

    def array(self, field: str) -> Any:
        """One of the arrays; refuses a field that these shards were made without."""
        if field not in self.arrays:
            shown = ", ".join(sorted(self.arrays))
            raise MirlitonError(
                f"shards of {self.dataset} with {field}, which the network learns from",
                received=f"{shown} of {self.track}",
                remedy=f"make them again with it: mirliton backfill {self.dataset}{SETTINGS.get(field, '')}",
            )
        return self.arrays[field]


@dataclass(frozen=True)
class Examples(Sequence[dict[str, NDArray[Any]]]):
    """The shards of some tracks, one after the other; `fields` are the arrays an example has."""

    tracks: list[TrackShards]
    fields: tuple[str, ...]

    @property
    def per_track(self) -> list[int]:
        """Examples of each track."""
        return [track.n_shards for track in self.tracks]

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.cumsum(self.per_track)

    def __len__(self) -> int:
        return int(self._ends[-1]) if self.tracks else 0

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"an example from 0 to {len(self) - 1}. Received: {index}")
        which = int(np.searchsorted(self._ends, index, side="right"))
        track = self.tracks[which]
        row = index - int(self._ends[which]) + track.n_shards
        return {field: np.asarray(track.array(field)[row]) for field in self.fields}


@dataclass(frozen=True)
class Remembered(Sequence[dict[str, NDArray[Any]]]):
    """Examples that are kept in memory once they were read, as long as there is room.

    Reading one costs about as much as learning from it, and every epoch asks for all of them.

    Attributes
    ----------
    examples : sequence of mappings
    room : int
        Bytes that may be kept.
    """

    examples: Sequence[dict[str, NDArray[Any]]]
    room: int
    kept: dict[int, dict[str, NDArray[Any]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: Any) -> Any:
        if index in self.kept:
            return self.kept[index]
        example = self.examples[index]
        size = sum(array.nbytes for array in example.values())
        if (len(self.kept) + 1) * size <= self.room:
            self.kept[index] = example
        return example


def tracks(dataset: DatasetStore, preset: str, *splits: str) -> list[TrackShards]:
    """The tracks of a dataset that have shards of `preset`, in some splits or in all, sorted by id."""
    store = dataset.shards(preset)
    fingerprints = store.fingerprints()
    return [
        TrackShards(
            dataset=dataset.name,
            track=record["track"],
            work=record["work"],
            split=record["split"],
            fingerprint=fingerprints[slug(record["track"])],
            n_frames=record["n_frames"],
            n_shards=record["n_shards"],
            kinds=kinds(record),
            classes=record.get("classes", {}),
            audio=record["audio"],
            store=store,
        )
        for record in store.records()
        if not splits or record["split"] in splits
    ]


def digests(chosen: Sequence[TrackShards]) -> dict[str, str]:
    """By dataset, a fingerprint of its shards among the chosen ones: another one, and what used them is stale."""
    names = sorted({each.dataset for each in chosen})
    held = {name: sorted((each.track, each.fingerprint) for each in chosen if each.dataset == name) for name in names}
    return {name: fingerprint(rows) for name, rows in held.items()}


def kinds(record: dict[str, Any]) -> tuple[str, ...]:
    """The label kinds of a track's shards."""
    return (*(["notes"] if record["notes"] else []), *sorted(record.get("classes", {})))
