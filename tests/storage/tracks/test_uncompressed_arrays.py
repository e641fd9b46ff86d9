"""Arrays whose examples are not compressed: zarr reads them, the bytes are zarr's own, and damage is noticed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.codecs import Crc32cCodec, ZstdCodec
from zarr.storage import MemoryStore

from storage.tracks.arrays import EXAMPLES_PER_ZARR_SHARD, Stored, by_example, pack
from storage.tracks.zarr_objects import array_objects
from tests.storage.json_record import JsonRecord


def memory_store(packed: dict[str, bytes]) -> MemoryStore:
    buffer = zarr.core.buffer.default_buffer_prototype().buffer
    return MemoryStore({key: buffer.from_bytes(content) for key, content in packed.items()})


def written_by_zarr(array: np.ndarray, compressed: bool) -> dict[str, bytes]:
    objects: dict[str, Any] = {}
    sizes = array.shape[1:]
    stored = zarr.create_array(
        store=MemoryStore(objects),
        shape=array.shape,
        dtype=array.dtype,
        chunks=(1, *sizes),
        shards=(EXAMPLES_PER_ZARR_SHARD, *sizes),
        compressors=ZstdCodec(level=3, checksum=True) if compressed else Crc32cCodec(),
        chunk_key_encoding={"name": "default", "separator": "."},
        config={"write_empty_chunks": True},
    )
    stored[...] = array
    return {key: content.to_bytes() for key, content in objects.items()}


@settings(max_examples=20, deadline=None)
@given(
    n=st.sampled_from([1, 63, 64, 65, 130]),
    dtype=st.sampled_from(["float32", "float16", "uint8", "int64"]),
    compressed=st.booleans(),
    seed=st.integers(0, 9),
)
def test_the_bytes_are_those_that_zarr_writes(n: int, dtype: str, compressed: bool, seed: int) -> None:
    array = (np.random.default_rng(seed).integers(0, 3, (n, 5, 2)) * (seed > 0)).astype(dtype)
    found = dict(array_objects(array, by_example(array.shape, compressed)))
    expected = written_by_zarr(array, compressed)
    assert found.keys() == expected.keys()
    assert json.loads(found.pop("zarr.json")) == json.loads(expected.pop("zarr.json"))
    assert found == expected


def test_only_the_named_arrays_are_left_uncompressed_and_zarr_reads_all() -> None:
    arrays = {"features": np.random.default_rng(0).random((70, 8, 3), np.float32), "frame": np.ones((70, 8), np.uint8)}
    packed = pack(Stored(JsonRecord({}), arrays, by_example=True, uncompressed=frozenset({"features"})))
    inner = {
        name: json.loads(packed[f"{name}/zarr.json"])["codecs"][0]["configuration"]["codecs"][-1]["name"]
        for name in arrays
    }
    assert inner == {"features": "crc32c", "frame": "zstd"}
    group: Any = zarr.open_group(memory_store(packed), mode="r")
    for name, array in arrays.items():
        np.testing.assert_array_equal(group[name][...], array)
        np.testing.assert_array_equal(group[name][65], array[65])


@pytest.mark.parametrize("at", [0, 100, -1])
def test_zarr_itself_notices_a_changed_byte_of_an_uncompressed_example(at: int) -> None:
    packed = pack(Stored(JsonRecord({}), {"x": np.ones((2, 50, 2))}, True, frozenset({"x"})))
    content = bytearray(packed["x/c.0.0.0"])
    content[at if at >= 0 else 2 * 804 - 1] ^= 1
    group: Any = zarr.open_group(memory_store({**packed, "x/c.0.0.0": bytes(content)}), mode="r")
    with pytest.raises(ValueError, match="checksum"):
        group["x"][...]
