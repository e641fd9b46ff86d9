"""Objects of zarr arrays: zarr's own bytes, and the same values back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.codecs import ZstdCodec
from zarr.storage import MemoryStore

from storage.tracks.zarr_objects import DamagedArrayError, ZarrLayout, array_objects, read_array

DTYPES = ["float16", "float32", "float64", "uint8", "uint32", "int64", "bool"]


def by_zarr(array: np.ndarray, layout: ZarrLayout) -> dict[str, bytes]:
    """What zarr itself writes of an array."""
    objects: dict[str, Any] = {}
    zarr.create_array(
        store=MemoryStore(objects),
        shape=array.shape,
        dtype=array.dtype,
        **layout,
        compressors=ZstdCodec(level=3, checksum=True),
        chunk_key_encoding={"name": "default", "separator": "."},
        config={"write_empty_chunks": True},
    )[...] = array
    return {key: content.to_bytes() for key, content in objects.items()}


def _array(shape: tuple[int, ...], dtype: str, *, zeros: bool) -> np.ndarray:
    return np.zeros(shape, dtype) if zeros else np.random.default_rng(0).integers(0, 100, shape).astype(dtype)


@settings(max_examples=40, deadline=None)
@given(
    shape=st.lists(st.integers(0, 9), min_size=1, max_size=3).map(tuple),
    chunk=st.integers(1, 5),
    dtype=st.sampled_from(DTYPES),
    zeros=st.booleans(),
)
def test_an_array_has_the_bytes_of_zarr_and_is_read_back(
    shape: tuple[int, ...], chunk: int, dtype: str, zeros: bool
) -> None:
    array = _array(shape, dtype, zeros=zeros)
    layout: ZarrLayout = {"chunks": tuple(max(1, min(chunk, size)) for size in shape)}
    objects = dict(array_objects(array, layout))
    assert objects == by_zarr(array, layout)
    read = read_array(objects.get)
    assert read is not None
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


def test_an_array_in_any_order_of_memory_is_the_same() -> None:
    array = _array((7, 5), "float32", zeros=False)
    layout: ZarrLayout = {"chunks": (3, 5)}
    expected = dict(array_objects(array, layout))
    assert dict(array_objects(np.asfortranarray(array), layout)) == expected
    assert dict(array_objects(np.repeat(array, 2, axis=0)[::2], layout)) == expected


def test_the_object_that_makes_it_visible_comes_last() -> None:
    keys = [key for key, _ in array_objects(np.ones((4, 2)), {"chunks": (2, 2)})]
    assert keys == ["c.0.0", "c.1.0", "zarr.json"]


def test_a_lost_object_is_counted() -> None:
    objects = dict(array_objects(np.ones((10, 2)), {"chunks": (2, 2)}))
    del objects["c.3.0"]
    with pytest.raises(DamagedArrayError, match="4 of 5 chunks"):
        read_array(objects.get)


@pytest.mark.parametrize("harm", ["cut", "flipped"])
def test_a_damaged_object_is_an_error(harm: str) -> None:
    objects = dict(array_objects(_array((50, 2), "float64", zeros=False), {"chunks": (50, 2)}))
    content = bytearray(objects["c.0.0"])
    content[len(content) // 2] ^= 0xFF
    objects["c.0.0"] = bytes(content[: len(content) // 2] if harm == "cut" else content)
    with pytest.raises(DamagedArrayError, match="RuntimeError: "):
        read_array(objects.get)


def test_other_arrays_are_left_to_zarr() -> None:
    array = np.arange(6.0)
    objects: dict[str, Any] = {}
    zarr.create_array(store=MemoryStore(objects), shape=array.shape, chunks=(3,), dtype=array.dtype)[...] = array
    assert read_array(lambda key: objects[key].to_bytes()) is None
