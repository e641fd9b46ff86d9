"""The objects of zarr 3 arrays, written at once and read whole, for the many small arrays of short tracks.

They are those that zarr writes, byte for byte: their metadata are zarr's own for an array of the same kind, with
another shape. zarr itself takes ten times as long for them, most of it in its event loop.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

LEVEL = 3
"""Of zstd."""
SEPARATOR = "."
"""Chunks lie in one folder instead of nested ones: every folder costs a flush to the disk."""
Shape = tuple[int, ...]
_NOT_THERE = 2**64 - 1
"""Offset and size, in the index of a zarr shard, of a chunk that it does not hold."""


class ZarrLayout(TypedDict, total=False):
    """How an array is cut: shape of a chunk, and of a zarr shard where several chunks are one object.

    The chunks of a zarr shard are compressed by zstd or, where `compressed` is False, followed by their CRC32C.
    """

    chunks: Shape
    shards: Shape
    compressed: bool


def array_objects(array: NDArray[Any], layout: ZarrLayout) -> Iterator[tuple[str, bytes]]:
    """Key and bytes of the objects of an array, ``zarr.json`` last; every chunk is written, also of zeros.

    Parameters
    ----------
    array : (n, …) array
    layout : ZarrLayout
        A zarr shard has whole chunks, and several of them along the first axis only.
    """
    stored = layout.get("shards", layout["chunks"])
    for index in np.ndindex(*_grid(array.shape, stored)):
        rows = array[tuple(slice(at * size, (at + 1) * size) for at, size in zip(index, stored, strict=True))]
        yield chunk_key(index), _shard(rows, layout) if "shards" in layout else _compressed(rows, layout["chunks"])
    yield "zarr.json", json.dumps(metadata(array.dtype, array.shape, layout), indent=2).encode()


def metadata(dtype: np.dtype[Any], shape: Shape, layout: ZarrLayout) -> dict[str, Any]:
    """The ``zarr.json`` of an array."""
    compressed = layout.get("compressed", True)
    values: dict[str, Any] = json.loads(_template(dtype.str, len(shape), "shards" in layout, compressed))
    values["shape"] = list(shape)
    values["chunk_grid"]["configuration"]["chunk_shape"] = list(layout.get("shards", layout["chunks"]))
    if "shards" in layout:
        values["codecs"][0]["configuration"]["chunk_shape"] = list(layout["chunks"])
    return values


def chunk_key(index: Shape) -> str:
    """The key of the object at an index of the grid."""
    return SEPARATOR.join(["c", *map(str, index)])


def read_array(read: Callable[[str], bytes | None]) -> NDArray[Any] | None:
    """The whole array whose objects `read` gives by key; None where it is not one that this module reads.

    It reads arrays that are not sharded, as `array_objects` writes them.

    Raises
    ------
    DamagedArrayError
        When an object is lost, cut or damaged.
    """
    try:
        return _read_array(read)
    except (RuntimeError, ValueError) as error:  # Of the codec; of what it gives, and of JSON.
        raise DamagedArrayError(f"{type(error).__name__}: {error}") from error


def _read_array(read: Callable[[str], bytes | None]) -> NDArray[Any] | None:
    content = read("zarr.json")
    if content is None:
        raise DamagedArrayError("no zarr.json")
    values = json.loads(content)
    if not _is_readable(values):
        return None
    shape, chunks = tuple(values["shape"]), tuple(values["chunk_grid"]["configuration"]["chunk_shape"])
    array = np.zeros(shape, dtype=np.dtype(values["data_type"]).newbyteorder("<"))
    for index in (grid := list(np.ndindex(*_grid(shape, chunks)))):
        content = read(chunk_key(index))
        if content is None:
            n_found = sum(read(chunk_key(each)) is not None for each in grid)
            raise DamagedArrayError(f"{n_found} of {len(grid)} chunks")
        part = tuple(slice(at * size, (at + 1) * size) for at, size in zip(index, chunks, strict=True))
        chunk = np.frombuffer(_codec().decode(content), dtype=array.dtype).reshape(chunks)
        array[part] = chunk[tuple(slice(size) for size in array[part].shape)]
    return array


class DamagedArrayError(Exception):
    """An array cannot be read, whose objects are lost, cut or damaged; the message says which."""


def _is_readable(values: dict[str, Any]) -> bool:
    """Whether metadata are those that `array_objects` writes of an array that is not sharded."""
    try:
        chunks = values["chunk_grid"]["configuration"]["chunk_shape"]
        return metadata(np.dtype(values["data_type"]), values["shape"], {"chunks": chunks}) == values
    except (KeyError, TypeError):
        return False


def _grid(shape: Shape, stored: Shape) -> Shape:
    return tuple(math.ceil(size / part) for size, part in zip(shape, stored, strict=True))


def _chunk(rows: NDArray[Any], shape: Shape) -> NDArray[Any]:
    """A chunk; one at the edge of the array is filled with zeros."""
    if rows.shape != shape:
        rows = np.pad(rows, [(0, size - len_) for size, len_ in zip(shape, rows.shape, strict=True)])
    return np.ascontiguousarray(rows, rows.dtype.newbyteorder("<"))


def _compressed(rows: NDArray[Any], shape: Shape) -> bytes:
    return bytes(_codec().encode(_chunk(rows, shape)))


def _checksummed(rows: NDArray[Any], shape: Shape) -> bytes:
    return with_crc32c(_chunk(rows, shape).tobytes())


def _shard(rows: NDArray[Any], layout: ZarrLayout) -> bytes:
    """A zarr shard: its chunks, the offset and the size of each, and the checksum of these."""
    encode = _compressed if layout.get("compressed", True) else _checksummed
    step = layout["chunks"][0]
    chunks = [encode(rows[at : at + step], layout["chunks"]) for at in range(0, len(rows), step)]
    index = np.full((layout["shards"][0] // step, 2), _NOT_THERE, dtype="<u8")
    sizes = np.array([len(each) for each in chunks], dtype="<u8")
    index[: len(chunks)] = np.c_[np.cumsum(sizes) - sizes, sizes]
    return b"".join([*chunks, with_crc32c(index.tobytes())])


def with_crc32c(content: bytes) -> bytes:
    """Bytes followed by their checksum, as zarr's codec ``crc32c`` writes them."""
    import google_crc32c

    return content + google_crc32c.value(content).to_bytes(4, "little")


@cache
def _codec() -> Any:
    from numcodecs.zstd import Zstd

    return Zstd(LEVEL, checksum=True)


@cache
def _template(dtype: str, n_axes: int, sharded: bool, compressed: bool) -> bytes:
    """What zarr writes about an array of this kind whose sizes are 1."""
    import zarr
    from zarr.codecs import Crc32cCodec, ZstdCodec
    from zarr.storage import MemoryStore

    objects: dict[str, Any] = {}
    ones: Any = (1,) * n_axes
    zarr.create_array(
        store=MemoryStore(objects),
        shape=ones,
        dtype=np.dtype(dtype),
        chunks=ones,
        shards=ones if sharded else None,
        compressors=ZstdCodec(level=LEVEL, checksum=True) if compressed else Crc32cCodec(),
        chunk_key_encoding={"name": "default", "separator": SEPARATOR},
        config={"write_empty_chunks": True},
    )
    return bytes(objects["zarr.json"].to_bytes())
