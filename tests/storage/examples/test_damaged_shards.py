"""Shards that were damaged, lost, or written by an earlier version or with other codecs are never misread."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.codecs import BloscCodec, ZstdCodec

from mir_models.errors import MirlitonError
from storage.examples.indexed import ShardExamples
from storage.examples.stored_fields import StoredField, ZarrField
from storage.examples.track_shards import TrackShards, tracks
from storage.tracks.arrays import pack
from storage.tracks.dataset_store import DatasetStore, open_dataset
from tests.storage.examples.shard_stores import stored_of, written_tracks

FIELDS = ("features", "onset", "mask", "start")
NAMES = ["features/c.0.0.0", "onset/c.0.0.0"]


def gathered(chosen: list[TrackShards]) -> dict[str, np.ndarray]:
    examples = ShardExamples(chosen, FIELDS)
    return examples.gather(np.arange(len(examples)))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from(["none", "targets", "all"]), st.data())
def test_a_flipped_bit_is_an_error_that_names_the_track_or_changes_nothing(
    name: str, compression: str, data: st.DataObject
) -> None:
    chosen = written_tracks(f"memory://{uuid.uuid4().hex}", [700], compression)
    expected = gathered(chosen)
    objects, key = chosen[0].store.objects, f"{chosen[0].key}/{name}"
    content = bytearray(objects.read(key) or b"")
    n_used = len(content) - 62 * 16 - 4  # The places of examples that there are not.
    bit = data.draw(st.integers(0, 8 * n_used - 1))
    content[bit // 8] ^= 1 << bit % 8
    objects.write(key, bytes(content))
    found, message = result_or_message(chosen)
    assert message is None or ("t00" in message and "run the backfill again" in message)
    if found is not None:  # A bit of a zstd frame that means nothing.
        assert name.startswith("onset") or compression == "all"
        for field, array in expected.items():
            np.testing.assert_array_equal(found[field], array)


def result_or_message(chosen: list[TrackShards]) -> tuple[dict[str, np.ndarray] | None, str | None]:
    """All examples, or the error's message."""
    try:
        return gathered(chosen), None
    except MirlitonError as error:
        return None, str(error)


@pytest.mark.parametrize("compression", ["none", "targets", "all"])
@pytest.mark.parametrize("kept", [0, 1, 900, -1, -500])
@pytest.mark.parametrize("name", NAMES)
def test_an_object_that_was_cut_is_an_error(tmp_path: Path, name: str, kept: int, compression: str) -> None:
    chosen = written_tracks(str(tmp_path), [700], compression)
    path = tmp_path / chosen[0].key / name
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(MirlitonError, match=r"whole arrays in .*t00.*Received: .*Remedy: delete the folder"):
        ShardExamples(chosen, FIELDS).stored  # noqa: B018


@pytest.mark.parametrize("address", ["folder", "url"])
@pytest.mark.parametrize("name", NAMES)
def test_a_lost_object_is_an_error_when_examples_are_opened_and_when_they_are_read(
    tmp_path: Path, address: str, name: str
) -> None:
    store = str(tmp_path) if address == "folder" else f"memory://{uuid.uuid4().hex}"
    chosen = written_tracks(store, [700, 40])
    earlier = ShardExamples(chosen, FIELDS)
    earlier.gather(np.arange(3))
    chosen[0].store.objects.delete(f"{chosen[0].key}/{name}")
    with pytest.raises(MirlitonError, match=r"whole arrays in .*t00.*an object is missing"):
        ShardExamples(chosen, FIELDS).stored  # noqa: B018
    with pytest.raises(MirlitonError, match=r"whole arrays in .*t00.*an object is missing"):
        earlier.gather(np.arange(3))
    assert earlier.gather(np.array([2]))["features"].shape == (1, 512, 3)


@pytest.mark.parametrize("metadata", [b"{", b"[]", b'{"node_type": "group"}'])
def test_damaged_metadata_are_an_error_that_names_the_track(tmp_path: Path, metadata: bytes) -> None:
    chosen = written_tracks(str(tmp_path), [700])
    (tmp_path / chosen[0].key / "onset" / "zarr.json").write_bytes(metadata)
    with pytest.raises(MirlitonError, match=r"whole arrays in .*t00.*onset"):
        ShardExamples(chosen, FIELDS).stored  # noqa: B018


def rewritten(dataset: DatasetStore, folder: Path, **layout: Any) -> list[TrackShards]:
    """The tracks of a dataset with their arrays written by zarr in another layout."""
    for track in (found := tracks(dataset, "cqt")):
        group: Any = zarr.open_group(str(folder / track.key), mode="a")
        for name, array in [(name, each[...]) for name, each in group.arrays()]:
            shape = array.shape[1:]
            shutil.rmtree(folder / track.key / name)
            options = {
                "chunks": (1, *shape),
                "config": {"write_empty_chunks": True},
                **{key: make(shape) for key, make in layout.items()},
            }
            group.create_array(name, shape=array.shape, dtype=array.dtype, **options)[...] = array
    return found


def test_the_layout_of_0_2_0_is_read_at_its_offsets(tmp_path: Path) -> None:
    expected = gathered(written_tracks(str(tmp_path), [700, 1500]))
    of_0_2_0 = {
        "shards": lambda shape: (64, *shape),
        "compressors": lambda _: ZstdCodec(level=3, checksum=True),
        "chunk_key_encoding": lambda _: {"name": "default", "separator": "."},
    }
    chosen = rewritten(open_dataset(str(tmp_path), "tiny"), tmp_path, **of_0_2_0)
    examples = ShardExamples(chosen, FIELDS)
    assert {type(each) for fields in examples.stored.fields.values() for each in fields} == {StoredField}
    for name, array in gathered(chosen).items():
        np.testing.assert_array_equal(array, expected[name])
    for path, content in pack(stored_of(0, 700, "all")).items():
        if "/c." in path:
            assert (tmp_path / chosen[0].key / path).read_bytes() == content


@pytest.mark.parametrize(
    "layout",
    [
        {},
        {"shards": lambda shape: (64, *shape), "compressors": lambda _: BloscCodec()},
        {"shards": lambda shape: (2, *shape)},
        {"chunks": lambda shape: (3, *shape)},
    ],
)
def test_other_layouts_are_read_by_zarr(tmp_path: Path, layout: dict[str, Any]) -> None:
    expected = gathered(written_tracks(str(tmp_path), [700, 1500]))
    chosen = rewritten(open_dataset(str(tmp_path), "tiny"), tmp_path, **layout)
    examples = ShardExamples(chosen, FIELDS)
    assert {type(each) for fields in examples.stored.fields.values() for each in fields} == {ZarrField}
    for name, array in gathered(chosen).items():
        np.testing.assert_array_equal(array, expected[name])
    indices, first, last = np.array([4, 0]), np.array([5, 0]), np.array([9, 512])
    rows = examples.rows(indices, first, last)["features"]
    np.testing.assert_array_equal(rows[:4], expected["features"][4][5:9])
    shutil.rmtree(tmp_path / chosen[0].key / "onset" / "c")
    with pytest.raises(MirlitonError, match="a complete array"):
        ShardExamples(chosen, FIELDS).stored  # noqa: B018


def test_zarr_reads_what_is_stored(tmp_path: Path) -> None:
    chosen = written_tracks(str(tmp_path), [1500], "targets", "none", "all")
    group: Any = zarr.open_group(str(tmp_path / chosen[0].key), mode="r")
    for name, array in gathered(chosen).items():
        np.testing.assert_array_equal(group[name][...], array)
