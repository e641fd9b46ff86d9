"""Arrays of a track: packed alike whenever they are alike, and never read with a hole in them."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.objects.objects import FolderObjects
from storage.tracks.arrays import EXAMPLES_PER_ZARR_SHARD, Stored, complete_arrays, pack, read_attributes
from tests.storage.json_record import JsonRecord


def _opened(root: Path, stored: Stored) -> Any:
    objects = FolderObjects(str(root))
    objects.write_tree("t", pack(stored))
    return zarr.open_group(objects.zarr_store("t"), mode="r")


def _attributes(packed: dict[str, bytes]) -> dict[str, Any]:
    return read_attributes(packed["zarr.json"], where="t/zarr.json", remedy="delete it")


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
    packed = pack(Stored(JsonRecord({"track": "t"}), {"x": array}, by_example))
    buffers = {key: zarr.core.buffer.default_buffer_prototype().buffer.from_bytes(b) for key, b in packed.items()}
    read = complete_arrays(zarr.open_group(MemoryStore(buffers), mode="r"))["x"]
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read[...], array)


@pytest.mark.parametrize("by_example", [False, True])
def test_equal_arrays_have_equal_bytes_and_other_arrays_others(by_example: bool) -> None:
    first, second = (
        pack(Stored(JsonRecord({"a": 1, "b": 2}), {"y": _pattern(130), "x": _pattern(70)}, by_example))
        for _ in range(2)
    )
    assert first == second
    other = _pattern(130)
    other[-1, -1, -1] += 1
    assert pack(Stored(JsonRecord({"a": 1, "b": 2}), {"y": other, "x": _pattern(70)}, by_example)) != first


def test_the_object_that_makes_it_visible_comes_last() -> None:
    assert list(pack(Stored(JsonRecord({}), {"a": _pattern(3), "zz": _pattern(3)})))[-1] == "zarr.json"


def test_attributes_are_found_without_opening_the_group() -> None:
    about = {"track": "é", "lag": -0.1, "nested": {"x": [1, None]}}
    assert _attributes(pack(Stored(JsonRecord(about)))) == about


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"attributes": {', "JSON in t/zarr.json"),
        (b"{}", "the key attributes in t/zarr.json"),
        (b'{"attributes": 3}', "attributes of type object in t/zarr.json"),
    ],
)
def test_attributes_of_a_damaged_group_are_refused(content: bytes, expected: str) -> None:
    with pytest.raises(MirlitonError) as error:
        read_attributes(content, where="t/zarr.json", remedy="delete it")
    assert (error.value.expected, error.value.remedy) == (expected, "delete it")


def test_an_example_is_a_chunk_and_64_are_a_zarr_shard(tmp_path: Path) -> None:
    group = _opened(tmp_path, Stored(JsonRecord({}), {"x": _pattern(130)}, by_example=True))
    assert (group["x"].chunks, group["x"].shards) == ((1, 5, 3), (EXAMPLES_PER_ZARR_SHARD, 5, 3))
    assert len(list((tmp_path / "t/x").glob("c.*"))) == 3


@pytest.mark.parametrize("by_example", [False, True])
@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("n", [40, 64, 1100])
def test_a_deleted_object_is_noticed(tmp_path: Path, by_example: bool, zeros: bool, n: int) -> None:
    array = np.zeros((n, 5, 3), np.float32) if zeros else _pattern(n)
    group = _opened(tmp_path, Stored(JsonRecord({}), {"x": array}, by_example))
    assert complete_arrays(group)["x"].shape == array.shape
    chunks = sorted(path for path in (tmp_path / "t/x").glob("c.*"))
    chunks[-1].unlink()
    with pytest.raises(MirlitonError, match="run the backfill again") as error:
        complete_arrays(group)
    assert "t/x" in str(error.value)


@pytest.mark.parametrize("by_example", [False, True])
@pytest.mark.parametrize("harm", ["cut", "flipped"])
def test_a_damaged_object_is_never_read_as_something_else(tmp_path: Path, by_example: bool, harm: str) -> None:
    group = _opened(tmp_path, Stored(JsonRecord({}), {"x": _pattern(100)}, by_example))
    chunk = next(path for path in (tmp_path / "t/x").glob("c.*"))
    content = bytearray(chunk.read_bytes())
    content[len(content) // 3] ^= 0xFF
    chunk.write_bytes(content[: len(content) // 2] if harm == "cut" else content)
    with pytest.raises((RuntimeError, ValueError)):
        complete_arrays(group)["x"][...]


def _layout(packed: dict[str, bytes], name: str) -> dict[str, Any]:
    return json.loads(packed[f"{name}/zarr.json"])


@pytest.mark.parametrize(
    ("shape", "chunks", "keys"),
    [
        ((1025, 1000), [512, 1000], ["c.0.0", "c.1.0", "c.2.0"]),
        ((1025, 3), [1025, 3], ["c.0.0"]),
        ((262144,), [262144], ["c.0"]),
        ((262145,), [262144], ["c.0", "c.1"]),
        ((7, 2, 4), [7, 2, 4], ["c.0.0.0"]),
        ((0, 4), [1, 4], []),
        ((4, 0), [4, 1], []),
    ],
)
def test_a_chunk_is_512_rows_or_a_mebibyte(shape: tuple[int, ...], chunks: list[int], keys: list[str]) -> None:
    packed = pack(Stored(JsonRecord({}), {"x": np.ones(shape, np.float32)}))
    assert list(packed) == [*(f"x/{key}" for key in keys), "x/zarr.json", "zarr.json"]
    layout = _layout(packed, "x")
    assert (layout["shape"], layout["data_type"]) == (list(shape), "float32")
    assert layout["chunk_grid"]["configuration"]["chunk_shape"] == chunks
    assert layout["chunk_key_encoding"] == {"name": "default", "configuration": {"separator": "."}}


@pytest.mark.parametrize(("n", "n_objects"), [(1, 1), (64, 1), (65, 2), (0, 0)])
def test_examples_are_chunks_in_zarr_shards_of_64(n: int, n_objects: int) -> None:
    packed = pack(Stored(JsonRecord({}), {"x": np.ones((n, 4, 0 if n == 0 else 2), np.float32)}, by_example=True))
    layout = _layout(packed, "x")
    width = 1 if n == 0 else 2
    assert layout["chunk_grid"]["configuration"]["chunk_shape"] == [64, 4, width]
    (sharding,) = layout["codecs"]
    assert (sharding["name"], sharding["configuration"]["chunk_shape"]) == ("sharding_indexed", [1, 4, width])
    assert sharding["configuration"]["codecs"][-1] == {"name": "zstd", "configuration": {"level": 3, "checksum": True}}
    assert [key for key in packed if key.startswith("x/c")] == [f"x/c.{each}.0.0" for each in range(n_objects)]


def test_chunks_are_compressed_with_a_checksum_and_zeros_are_written() -> None:
    packed = pack(Stored(JsonRecord({}), {"x": np.zeros((3, 2))}))
    assert _layout(packed, "x")["codecs"][-1] == {"name": "zstd", "configuration": {"level": 3, "checksum": True}}
    assert "x/c.0.0" in packed


def test_objects_are_sorted_and_the_group_has_the_attributes() -> None:
    stored = Stored(JsonRecord({"track": "t", "lag": 0.5}), {"b": np.ones(2), "a": np.ones(2)})
    packed = pack(stored)
    assert list(packed) == ["a/c.0", "a/zarr.json", "b/c.0", "b/zarr.json", "zarr.json"]
    group = json.loads(packed["zarr.json"])
    assert (group["node_type"], group["zarr_format"]) == ("group", 3)
    assert group["attributes"] == _attributes(packed) == {"track": "t", "lag": 0.5}


def test_arrays_are_empty_and_chunked_by_rows_by_default() -> None:
    assert Stored(JsonRecord({"a": 1})) == Stored(JsonRecord({"a": 1}), {}, False)
    assert list(pack(Stored(JsonRecord({})))) == ["zarr.json"]
    with pytest.raises(FrozenInstanceError):
        Stored(JsonRecord({})).by_example = True  # type: ignore[misc]


@pytest.mark.parametrize(
    ("by_example", "n", "counts"), [(False, 40_000, "2 of 3"), (True, 130, "128 of 192"), (True, 3, "0 of 64")]
)
def test_a_lost_object_is_counted_and_named(tmp_path: Path, by_example: bool, n: int, counts: str) -> None:
    group = _opened(tmp_path, Stored(JsonRecord({}), {"other": _pattern(5), "x": _pattern(n)}, by_example))
    read = complete_arrays(group)
    assert read.keys() == {"other", "x"}
    np.testing.assert_array_equal(read["x"][...], _pattern(n))
    sorted((tmp_path / "t/x").glob("c.*"))[0].unlink()
    with pytest.raises(MirlitonError) as error:
        complete_arrays(group)
    assert str(error.value) == (
        f"Expected a complete array. Received: {counts} chunks in {group.store_path}/x. "
        "Remedy: delete the folder of that track and run the backfill again: it makes what is missing."
    )
