"""The arrays of tracks, opened together to be read example by example."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from storage.examples.stored_fields import Piece, StoredField, ZarrField, lost, open_fields, read_pieces
from storage.examples.track_shards import OPTIONS, TrackShards
from storage.objects.objects import Objects

DTYPES: dict[str, Any] = {"features": np.float32, "mask": np.uint8}
"""Types that fields are given in, whatever they are stored in; all others as they are stored."""


@dataclass(frozen=True)
class TrackFields:
    """Fields of tracks, by field and track.

    Attributes
    ----------
    objects : Objects or None
        The store of all tracks; None without any.
    fields : dict of str to list
        By name, the array of each track.
    """

    objects: Objects | None
    fields: dict[str, list[StoredField | ZarrField]]

    @classmethod
    def of(cls, tracks: Sequence[TrackShards], names: Sequence[str]) -> TrackFields:
        """The arrays of these names of all tracks.

        Raises
        ------
        MirlitonError
            When a track was made without one of them, when arrays are of several shapes, an object is lost, or a
            backfill has replaced the shards.
        """
        if not tracks:
            return cls(None, {name: [] for name in names})
        objects = tracks[0].store.objects
        arrays = iter(open_fields(objects, [f"{track.key}/{name}" for name in names for track in tracks]))
        fields = {name: [_existing(next(arrays), name, track) for track in tracks] for name in names}
        for name, found in fields.items():
            _check_alike(name, found, tracks)
        return cls(objects, fields)

    @property
    def names(self) -> list[str]:
        """Names of the fields."""
        return list(self.fields)

    def field(self, name: str, track: int) -> StoredField | ZarrField:
        """A field of the track at an index."""
        return self.fields[name][track]

    def empty(self, name: str, n_frames: int) -> NDArray[Any]:
        """Room for frames of a field, (n_frames, …)."""
        first = self.fields[name][0]
        return np.empty((n_frames, *first.shape[1:]), dtype=DTYPES.get(name, first.dtype))

    def read(self, pieces: Iterable[Piece]) -> None:
        """See `storage.examples.stored_fields.read_pieces`."""
        if self.objects is not None:
            read_pieces(self.objects, list(pieces))


def _existing(found: StoredField | ZarrField | None, name: str, track: TrackShards) -> StoredField | ZarrField:
    if found is None:
        if not (names := track.store.objects.names(track.key)):
            raise lost(track.store.objects, f"{track.key}/{name}")
        shown = ", ".join(each for each in names if each != "zarr.json")
        raise MirlitonError(
            f"shards of {track.dataset} with {name}, on which the network is trained",
            received=f"{shown} of {track.track}",
            remedy=f"make them again with it: mirliton backfill {track.dataset}{OPTIONS.get(name, '')}",
        )
    return found


def _check_alike(name: str, found: Sequence[StoredField | ZarrField], tracks: Sequence[TrackShards]) -> None:
    """Refuse examples that cannot be stacked."""
    for each, track in zip(found, tracks, strict=True):
        if (each.shape, name in DTYPES or each.dtype) != (found[0].shape, name in DTYPES or found[0].dtype):
            received = f"{each.dtype} {each.shape} of {track.track}, {found[0].dtype} {found[0].shape} of others"
            remedy = "backfill the datasets with the same settings"
            raise MirlitonError(f"{name} of one shape", received=received, remedy=remedy)
