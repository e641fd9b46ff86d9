"""Arrays of a track: packed alike whenever they are alike, and never read with a hole in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.arrays import EXAMPLES_PER_ZARR_SHARD, Stored, attributes, pack, whole
from storage.objects import FolderObjects


def _opened(root: Path, stored: Stored) -> Any:
    place = FolderObjects(str(root))
    place.write_tree("t", pack(stored))
    return zarr.open_group(place.zarr_store("t"), mode="r")


def _pattern(n: int, dtype: str = "float32") -> np.ndarray:
    return (np.arange(n * 15) % 100).reshape(n, 5, 3).astype(dtype)


@settings(max_examples=25, deadline=None)
@given(
    n=st.sampled_from([0, 1, 63, 64, 65, 130, 511, 512, 513, 1100]),
    by_example=st.booleans(),
    dtype=st.sampled_from(["float32", "float64", "uint8", "int64", "bool"]),
    fill=st.sampled_from([None, 0, 1]),
)
def test_what_is_packed_is_read(n: int, by_example: bool, dtype: str, fill: int | None) -> None:
    from zarr.storage import MemoryStore

    array = _pattern(n, dtype) if fill is None else np.full((n, 5, 3), fill, dtype)
    packed = pack(Stored({"track": "t"}, {"x": array}, by_example))
    buffers = {key: zarr.core.buffer.default_buffer_prototype().buffer.from_bytes(b) for key, b in packed.items()}
    read = whole(zarr.open_group(MemoryStore(buffers), mode="r"))["x"]
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read[...], array)


@pytest.mark.parametrize("by_example", [False, True])
def test_equal_arrays_have_equal_bytes_and_other_arrays_others(by_example: bool) -> None:
    first, second = (
        pack(Stored({"a": 1, "b": 2}, {"y": _pattern(130), "x": _pattern(70)}, by_example)) for _ in range(2)
    )
    assert first == second
    other = _pattern(130)
    other[-1, -1, -1] += 1
    assert pack(Stored({"a": 1, "b": 2}, {"y": other, "x": _pattern(70)}, by_example)) != first


def test_the_object_that_makes_it_visible_comes_last() -> None:
    assert list(pack(Stored({}, {"a": _pattern(3), "zz": _pattern(3)})))[-1] == "zarr.json"


def test_attributes_are_found_without_opening_the_group() -> None:
    about = {"track": "é", "lag": -0.1, "nested": {"x": [1, None]}}
    assert attributes(pack(Stored(about))["zarr.json"]) == about


def test_an_example_is_a_chunk_and_64_are_a_zarr_shard(tmp_path: Path) -> None:
    group = _opened(tmp_path, Stored({}, {"x": _pattern(130)}, by_example=True))
    assert (group["x"].chunks, group["x"].shards) == ((1, 5, 3), (EXAMPLES_PER_ZARR_SHARD, 5, 3))
    assert len(list((tmp_path / "t/x").glob("c.*"))) == 3


@pytest.mark.parametrize("by_example", [False, True])
@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("n", [40, 64, 1100])
def test_a_deleted_object_is_noticed(tmp_path: Path, by_example: bool, zeros: bool, n: int) -> None:
    array = np.zeros((n, 5, 3), np.float32) if zeros else _pattern(n)
    group = _opened(tmp_path, Stored({}, {"x": array}, by_example))
    assert whole(group)["x"].shape == array.shape
    chunks = sorted(path for path in (tmp_path / "t/x").glob("c.*"))
    chunks[-1].unlink()
    with pytest.raises(MirlitonError, match="run the backfill again") as error:
        whole(group)
    assert "t/x" in str(error.value)


@pytest.mark.parametrize("by_example", [False, True])
@pytest.mark.parametrize("harm", ["cut", "flipped"])
def test_a_damaged_object_is_never_read_as_something_else(tmp_path: Path, by_example: bool, harm: str) -> None:
    group = _opened(tmp_path, Stored({}, {"x": _pattern(100)}, by_example))
    chunk = next(path for path in (tmp_path / "t/x").glob("c.*"))
    content = bytearray(chunk.read_bytes())
    content[len(content) // 3] ^= 0xFF
    chunk.write_bytes(content[: len(content) // 2] if harm == "cut" else content)
    with pytest.raises((RuntimeError, ValueError)):
        whole(group)["x"][...]
