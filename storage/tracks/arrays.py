"""Arrays of one track as a zarr 3 group: packed in memory, so that it is written at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from storage.records import JsonObject, Record

if TYPE_CHECKING:
    import zarr

    ZarrArray = zarr.Array[Any]

EXAMPLES_PER_ZARR_SHARD = 64


@dataclass(frozen=True)
class Stored:
    """What a stage stores of one track.

    Attributes
    ----------
    record : Record
        The attributes of the zarr group.
    arrays : mapping of str to array
        By name.
    by_example : bool
        The first axis counts training examples: one example per chunk, up to 64 in one zarr shard. Otherwise a chunk
        holds 512 rows.
    """

    record: Record
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    by_example: bool = False


_FLAT: dict[str, Any] = {"chunk_key_encoding": {"name": "default", "separator": "."}}
"""Chunks in one folder instead of nested ones: every folder costs a flush to the disk."""


def pack(stored: Stored) -> dict[str, bytes]:
    """The objects of a zarr group, its ``zarr.json`` last; the same arrays always give the same bytes."""
    import zarr
    from zarr.codecs import ZstdCodec
    from zarr.storage import MemoryStore

    objects: dict[str, Any] = {}
    codecs: dict[str, Any] = {"compressors": ZstdCodec(level=3, checksum=True), "config": {"write_empty_chunks": True}}
    group = zarr.create_group(store=MemoryStore(objects), attributes=stored.record.to_json())
    for name, array in sorted(stored.arrays.items()):
        layout: dict[str, Any] = _by_example(array) if stored.by_example else {"chunks": _rows(array)}
        group.create_array(name, shape=array.shape, dtype=array.dtype, **layout, **codecs, **_FLAT)[...] = array
    metadata = objects.pop("zarr.json")
    packed = {key: objects[key].to_bytes() for key in sorted(objects)}
    return {**packed, "zarr.json": metadata.to_bytes()}


@dataclass(frozen=True)
class GroupMetadata(Record):
    """What mirliton reads of the ``zarr.json`` of a group: its attributes, a record."""

    attributes: dict[str, Any]


def read_attributes(zarr_json: bytes, *, where: str, remedy: str) -> JsonObject:
    """The attributes in the ``zarr.json`` of a group, as JSON values; errors as of `Record.from_bytes`."""
    return GroupMetadata.from_bytes(zarr_json, where=where, remedy=remedy).attributes


def complete_arrays(group: zarr.Group) -> dict[str, ZarrArray]:
    """The arrays of an open group by name, none with an object missing (zarr would read it as zeros).

    Raises
    ------
    MirlitonError
        When an object of an array is lost.
    """
    arrays = dict(group.arrays())
    for name, array in arrays.items():
        if (found := array.nchunks_initialized) != (expected := _chunks_when_complete(array)):
            received = f"{found} of {expected} chunks in {group.store_path}/{name}"
            remedy = "delete that folder and run the backfill again: it makes what is missing"
            raise MirlitonError("a complete array", received=received, remedy=remedy)
    return arrays


def _chunks_when_complete(array: ZarrArray) -> int:
    """Chunks that zarr counts when no object is missing: a zarr shard counts with all the chunks it has room for."""
    stored = array.shards or array.chunks
    objects = math.prod(math.ceil(size / part) for size, part in zip(array.shape, stored, strict=True))
    return objects * math.prod(part // chunk for part, chunk in zip(stored, array.chunks, strict=True))


def _rows(array: NDArray[Any]) -> tuple[int, ...]:
    return (max(1, min(len(array), 512)), *(max(1, size) for size in array.shape[1:]))


def _by_example(array: NDArray[Any]) -> dict[str, tuple[int, ...]]:
    shape = tuple(max(1, size) for size in array.shape[1:])
    return {"chunks": (1, *shape), "shards": (EXAMPLES_PER_ZARR_SHARD, *shape)}
