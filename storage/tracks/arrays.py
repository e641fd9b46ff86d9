"""Arrays of one track as a zarr 3 group: packed in memory, so that it is written at once."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from storage.records import JsonObject, Record
from storage.tracks.zarr_objects import Shape, ZarrLayout, array_objects

if TYPE_CHECKING:
    import zarr

    ZarrArray = zarr.Array[Any]

EXAMPLES_PER_ZARR_SHARD = 64
REMEDY = "delete the folder of that track and run the backfill again: it makes what is missing"
"""Of a track of which something is damaged."""
ROWS, CHUNK_BYTES = 512, 2**20
"""A chunk of rows holds the larger of both: every object costs a flush to the disk, or a request."""


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
        holds 512 rows, or as many as make 1 MiB.
    uncompressed : frozenset of str
        Names of arrays whose examples are not compressed, see `storage.tracks.zarr_objects.ZarrLayout`.
    """

    record: Record
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    by_example: bool = False
    uncompressed: frozenset[str] = frozenset()


def pack(stored: Stored) -> dict[str, bytes]:
    """The objects of a zarr group, its ``zarr.json`` last; the same arrays always give the same bytes."""
    objects: dict[str, bytes] = {}
    for name, array in stored.arrays.items():
        layout = by_example(array.shape, name not in stored.uncompressed) if stored.by_example else _rows(array)
        objects |= {f"{name}/{key}": content for key, content in array_objects(array, layout)}
    group = {"attributes": stored.record.to_json(), "zarr_format": 3, "node_type": "group"}
    return {**{key: objects[key] for key in sorted(objects)}, "zarr.json": json.dumps(group, indent=2).encode()}


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
            raise MirlitonError("a complete array", received=received, remedy=REMEDY)
    return arrays


def _chunks_when_complete(array: ZarrArray) -> int:
    """Chunks that zarr counts when no object is missing: a zarr shard counts with all the chunks it has room for."""
    stored = array.shards or array.chunks
    objects = math.prod(math.ceil(size / part) for size, part in zip(array.shape, stored, strict=True))
    return objects * math.prod(part // chunk for part, chunk in zip(stored, array.chunks, strict=True))


def by_example(shape: Shape, compressed: bool) -> ZarrLayout:
    """The layout of an array (n_examples, …) of training examples."""
    sizes = tuple(max(1, size) for size in shape[1:])
    return {"chunks": (1, *sizes), "shards": (EXAMPLES_PER_ZARR_SHARD, *sizes), "compressed": compressed}


def _rows(array: NDArray[Any]) -> ZarrLayout:
    sizes = tuple(max(1, size) for size in array.shape[1:])
    n = max(ROWS, CHUNK_BYTES // (array.itemsize * math.prod(sizes)))
    return {"chunks": (max(1, min(len(array), n)), *sizes)}
