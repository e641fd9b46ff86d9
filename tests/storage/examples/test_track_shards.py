"""Shards of tracks by split: tracks of validation that are kept for promotion are in a split of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from storage.examples.track_shards import digests, tracks
from storage.tracks.dataset_store import DatasetStore, open_dataset
from tests.storage.examples.shard_stores import stored_of

SPLITS = ("train", "validation", "validation", "test")


@pytest.fixture
def dataset(tmp_path: Path) -> DatasetStore:
    """Shards of four tracks."""
    found = open_dataset(str(tmp_path), "tiny")
    for number, split in enumerate(SPLITS):
        stored = stored_of(number, 20)
        record = replace(stored.record, split=split)  # type: ignore[type-var]  # a dataclass
        found.shards("cqt").write(f"t{number:02d}", f"{number:016x}", replace(stored, record=record))
    return found


def splits(dataset: DatasetStore, *chosen: str) -> dict[str, str]:
    """The split of each track."""
    return {each.track: each.split for each in tracks(dataset, "cqt", *chosen)}


def test_tracks_kept_for_promotion_do_not_validate(dataset: DatasetStore) -> None:
    assert splits(dataset) == dict(zip(("t00", "t01", "t02", "t03"), SPLITS, strict=True))
    before = digests(tracks(dataset, "cqt", "train", "validation"))
    dataset.promotion.write(["t00", "t02"])  # A track that trains now is none of the promotion split.
    assert splits(dataset) == {"t00": "train", "t01": "validation", "t02": "promotion", "t03": "test"}
    assert splits(dataset, "train", "validation") == {"t00": "train", "t01": "validation"}
    assert splits(dataset, "promotion") == {"t02": "promotion"}
    assert digests(tracks(dataset, "cqt", "train", "validation")) != before
