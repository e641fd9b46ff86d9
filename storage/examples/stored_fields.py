"""Fields of the training examples of tracks, read chunk by chunk at the offsets in the indices of their zarr shards.

The store is a valid zarr store; but zarr takes milliseconds for a random example where its bytes take microseconds to
copy. Each checksum is looked at each time. What was written with other codecs is read by zarr.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from storage.objects.objects import Objects
from storage.objects.ranges import Range
from storage.tracks.arrays import EXAMPLES_PER_ZARR_SHARD, REMEDY, by_example
from storage.tracks.zarr_objects import ZarrLayout, chunk_key, metadata

if TYPE_CHECKING:
    from storage.tracks.arrays import ZarrArray

AGAIN = "start the training again: it resumes where it was"
"""What to do where a backfill has put other shards in the place of those that are read."""
CRC_BYTES = 4
INDEX_BYTES = 16 * EXAMPLES_PER_ZARR_SHARD + CRC_BYTES
"""Offset and size, each of 8 bytes, of every example that a zarr shard has room for, and a checksum."""


@dataclass(frozen=True)
class StoredField:
    """A field of the examples of a track whose chunks are read at their offsets.

    Attributes
    ----------
    key : str
        Of the array in the store of objects.
    shape : tuple of int
        Of one example.
    dtype : numpy.dtype
    compressed : bool
        By zstd, whose frames have a checksum; otherwise CRC32C follows the bytes.
    spans : (n_examples, 2) int64
        Of each example in its object: first byte, and the byte after the last.
    """

    key: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    compressed: bool
    spans: NDArray[np.int64]

    def range(self, row: int) -> Range:
        """Where the chunk of an example lies."""
        start, stop = self.spans[row].tolist()
        return Range(f"{self.key}/{_object_key(row // EXAMPLES_PER_ZARR_SHARD, len(self.shape))}", start, stop)

    def decode(self, chunk: bytes, frames: slice, out: NDArray[Any]) -> None:
        """Write some frames of an example, of which `chunk` was read, to `out`; refuses a damaged chunk."""
        try:
            content = self._inflated(chunk) if self.compressed else _checked(chunk)
            out[...] = np.frombuffer(content, self.dtype).reshape(self.shape)[frames]
        except (RuntimeError, ValueError) as error:
            raise damaged(self.key, str(error)) from error

    def _inflated(self, chunk: bytes) -> bytes:
        from numcodecs.zstd import decompress

        return decompress(chunk)  # type: ignore[no-any-return]  # numcodecs has no types


@dataclass(frozen=True)
class ZarrField:
    """A field of the examples of a track that zarr reads.

    Attributes
    ----------
    key : str
    array : zarr.Array
    """

    key: str
    array: ZarrArray

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example."""
        return tuple(self.array.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the array."""
        return np.dtype(self.array.dtype)

    def read(self, objects: Objects, row: int, frames: slice, out: NDArray[Any]) -> None:
        """Write some frames of an example to `out`; refuses what is lost and what is damaged."""
        try:
            out[...] = np.asarray(self.array[row])[frames]
        except (RuntimeError, ValueError) as error:
            raise damaged(self.key, str(error)) from error
        if objects.read(f"{self.key}/zarr.json") is None:  # zarr gives zeros for an object that is lost.
            raise lost(objects, self.key)


class Piece(NamedTuple):
    """Some frames of an example, and the array that they are written to."""

    field: StoredField | ZarrField
    row: int
    frames: slice
    out: NDArray[Any]


def read_pieces(objects: Objects, pieces: Sequence[Piece]) -> None:
    """Read pieces of examples from a store, behind a URL all at once.

    Raises
    ------
    MirlitonError
        When an object is lost, cut or damaged, or a backfill has replaced the shards: names the track.
    """
    stored = [(piece, piece.field) for piece in pieces if isinstance(piece.field, StoredField)]
    chunks = objects.read_ranges([field.range(piece.row) for piece, field in stored])
    for (piece, field), chunk in zip(stored, chunks, strict=True):
        if chunk is None:
            raise lost(objects, field.key)
        field.decode(chunk, piece.frames, piece.out)
    for piece in pieces:
        if isinstance(piece.field, ZarrField):
            piece.field.read(objects, piece.row, piece.frames, piece.out)


def open_fields(objects: Objects, keys: Sequence[str]) -> list[StoredField | ZarrField | None]:
    """The arrays at some keys of a store; None where there is none.

    Raises
    ------
    MirlitonError
        When an object of an array is lost or cut, or its index is damaged: names the track.
    """
    contents = list(objects.read_ranges([Range(f"{key}/zarr.json") for key in keys]))
    values = [None if content is None else _parsed(key, content) for key, content in zip(keys, contents, strict=True)]
    layouts = [None if each is None else _layout(each) for each in values]
    counts = [_n_objects(each) if layout else 0 for each, layout in zip(values, layouts, strict=True)]
    tails = objects.read_ranges(list(_tails(keys, values, counts)))
    fields: list[StoredField | ZarrField | None] = []
    for key, each, layout, n in zip(keys, values, layouts, counts, strict=True):
        spans = [_spans(objects, key, next(tails)) for _ in range(n)]
        fields.append(None if each is None else _field(objects, key, each, layout, spans))
    return fields


def damaged(key: str, received: str) -> MirlitonError:
    """The error of an array that cannot be read."""
    return MirlitonError(f"whole arrays in {key}", received=received, remedy=REMEDY)


def lost(objects: Objects, key: str) -> MirlitonError:
    """The error of an array of which an object is not there: it is lost, or the shards of the track were replaced."""
    track = key.rpartition("/")[0]
    if objects.read(f"{track}/zarr.json") is not None:
        return damaged(key, "an object is missing")
    return MirlitonError(f"the shards {track}", received="none there: a backfill replaced them meanwhile", remedy=AGAIN)


def _field(
    objects: Objects, key: str, values: dict[str, Any], layout: ZarrLayout | None, spans: list[NDArray[np.int64]]
) -> StoredField | ZarrField:
    if layout is None:
        return ZarrField(key, _zarr_array(objects, key))
    rows = np.concatenate([*spans, np.empty((0, 2), np.int64)])[: values["shape"][0]]
    if (rows < 0).any():
        raise damaged(key, "an index without all examples")
    dtype = np.dtype(values["data_type"]).newbyteorder("<")
    return StoredField(key, tuple(values["shape"][1:]), dtype, layout["compressed"], rows)


def _zarr_array(objects: Objects, key: str) -> ZarrArray:
    import zarr

    from storage.tracks.arrays import complete_arrays

    track, name = key.rsplit("/", 1)
    return complete_arrays(zarr.open_group(objects.zarr_store(track), mode="r"))[name]


def _parsed(key: str, content: bytes) -> dict[str, Any]:
    try:
        values = json.loads(content)
    except ValueError as error:
        raise damaged(key, f"no JSON: {error}") from error
    if not isinstance(values, dict) or values.get("node_type") != "array":
        raise damaged(key, "no metadata of an array")
    return values


def _layout(values: dict[str, Any]) -> ZarrLayout | None:
    """The layout of an array if it is one of those that `storage.tracks.arrays.by_example` gives."""
    try:
        shape, dtype = tuple(values["shape"]), np.dtype(values["data_type"])
        layouts = [by_example(shape, compressed) for compressed in (False, True)]
        return next((each for each in layouts if _is_like(values, metadata(dtype, shape, each))), None)
    except (KeyError, TypeError):
        return None


def _is_like(values: dict[str, Any], known: dict[str, Any]) -> bool:
    return all(values[key] == known[key] for key in ("shape", "chunk_grid", "chunk_key_encoding", "codecs"))


def _n_objects(values: dict[str, Any] | None) -> int:
    return -(-values["shape"][0] // EXAMPLES_PER_ZARR_SHARD) if values else 0


def _tails(keys: Sequence[str], values: Sequence[dict[str, Any] | None], counts: Sequence[int]) -> Iterable[Range]:
    """Where the indices of all objects lie."""
    for key, each, n in zip(keys, values, counts, strict=True):
        if each is not None:
            yield from (Range(f"{key}/{_object_key(i, len(each['shape']) - 1)}", -INDEX_BYTES) for i in range(n))


@lru_cache
def _object_key(number: int, n_axes: int) -> str:
    """The key of a zarr shard of examples of so many axes."""
    return chunk_key((number, *[0] * n_axes))


def _spans(objects: Objects, key: str, tail: bytes | None) -> NDArray[np.int64]:
    """(64, 2) first byte of each example in an object and the byte after its last; -1 where it has none."""
    if tail is None:
        raise lost(objects, key)
    try:
        places = np.frombuffer(_checked(tail), "<i8").reshape(EXAMPLES_PER_ZARR_SHARD, 2)
    except ValueError as error:
        raise damaged(key, str(error)) from error
    return np.where(places < 0, -1, np.cumsum(places, axis=1))


def _checked(content: bytes) -> memoryview:
    """Bytes without the CRC32C that follows them."""
    body = memoryview(content)[:-CRC_BYTES]
    if google_crc32c.value(np.frombuffer(body, np.uint8)) != int.from_bytes(content[-CRC_BYTES:], "little"):
        raise ValueError("a checksum that does not match: bytes were lost or changed")
    return body
