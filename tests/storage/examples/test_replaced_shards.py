"""Shards that a backfill replaces while they are read: an error that says so, and that the training resumes."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from mir_models.errors import MirlitonError
from storage.examples.indexed import ShardExamples
from storage.examples.track_shards import TrackShards, tracks
from storage.tracks.dataset_store import open_dataset
from tests.storage.examples.shard_stores import stored_of, written_tracks

FIELDS = ("features", "onset", "mask", "start")
REPLACED = (
    r"^Expected the shards datasets/tiny/shards/cqt/t00.*@0+\. "
    r"Received: none there: a backfill replaced them meanwhile\. "
    r"Remedy: start the training again: it resumes where it was\.$"
)


def replace(chosen: list[TrackShards]) -> None:
    """Write the first track in another layout, in the place of the earlier one."""
    store = open_dataset(chosen[0].store.objects.address, "tiny").shards("cqt")
    earlier = chosen[0].key.rpartition("/")[2]
    store.write("t00", "f" * 16, stored_of(0, 700, "all"), instead_of=[earlier])


@pytest.mark.parametrize("address", ["folder", "url"])
def test_the_error_of_replaced_shards_names_the_backfill(tmp_path: Path, address: str) -> None:
    chosen = written_tracks(str(tmp_path) if address == "folder" else f"memory://{uuid.uuid4().hex}", [700, 40])
    reading, opened_late = ShardExamples(chosen, FIELDS), ShardExamples(chosen, FIELDS)
    expected = reading.gather(np.arange(3))
    replace(chosen)
    with pytest.raises(MirlitonError, match=REPLACED):
        reading.gather(np.arange(3))
    with pytest.raises(MirlitonError, match=REPLACED):
        opened_late.stored  # noqa: B018
    again = ShardExamples(tracks(open_dataset(chosen[0].store.objects.address, "tiny"), "cqt"), FIELDS)
    for name, array in again.gather(np.arange(3)).items():
        np.testing.assert_array_equal(array, expected[name])


def test_what_zarr_reads_is_no_zeros_when_it_was_replaced(tmp_path: Path) -> None:
    chosen = written_tracks(str(tmp_path), [700])
    group: Any = zarr.open_group(str(tmp_path / chosen[0].key), mode="a")
    for name, array in [(name, each[...]) for name, each in group.arrays()]:
        shutil.rmtree(tmp_path / chosen[0].key / name)
        options: dict[str, Any] = {"chunks": (1, *array.shape[1:]), "config": {"write_empty_chunks": True}}
        group.create_array(name, shape=array.shape, dtype=array.dtype, **options)[...] = array
    examples = ShardExamples(chosen, FIELDS)
    examples.gather(np.arange(2))
    replace(chosen)
    with pytest.raises(MirlitonError, match=REPLACED):
        examples.gather(np.arange(2))
