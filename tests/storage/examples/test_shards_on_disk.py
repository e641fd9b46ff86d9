"""Examples: every index gives its own shard of its own track, fields that are missing are named, records are read."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.examples.cached import CachedExamples
from storage.examples.indexed import ShardExamples
from storage.examples.track_shards import TrackShards, digests, tracks
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.records import FeatureSettings, ShardsRecord


class Arrays:
    """Instead of a track store: the shards of each track in memory, and how often they were read."""

    def __init__(self, n_shards: dict[str, int]) -> None:
        self.n_shards = n_shards
        self.reads: list[tuple[str, str]] = []

    def arrays(self, track: str, fingerprint: str) -> dict[str, Any]:
        self.reads.append((track, fingerprint))
        n, number = self.n_shards[track], list(self.n_shards).index(track)
        start = 512 * np.arange(n)
        features = 100_000 * number + start[:, None] + np.arange(4)
        return {"features": features.astype(np.float32), "start": start, "mask": np.ones((n, 4), np.uint8)}


def shards(n_shards: list[int]) -> tuple[list[TrackShards], Arrays]:
    """Tracks "t0", "t1", … of so many shards; features count frames from 100,000 x the track's number."""
    store = Arrays({f"t{i}": n for i, n in enumerate(n_shards)})
    return [track_shards(f"t{i}", n_shards=n, store=store) for i, n in enumerate(n_shards)], store


def track_shards(track: str, **changes: Any) -> TrackShards:
    values = {
        "dataset": "tiny",
        "track": track,
        "work": track,
        "split": "train",
        "fingerprint": f"f-{track}",
        "n_frames": 0,
        "n_shards": 1,
        "kinds": ("notes",),
        "classes": {},
        "audio_content": "a",
        "store": None,
    }
    return TrackShards(**values | changes)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_every_index_gives_its_own_track_and_start(n_shards: list[int]) -> None:
    chosen, _ = shards(n_shards)
    examples = ShardExamples(chosen, ("features", "start"))
    places = [(track, 512 * row) for track, n in enumerate(n_shards) for row in range(n)]
    assert len(examples) == len(places)
    found = [examples[index] for index in range(len(examples))]
    assert [(int(each["features"][0]) // 100_000, int(each["start"])) for each in found] == places
    assert [each["features"].tolist() for each in found] == [
        [100_000 * track + start + i for i in range(4)] for track, start in places
    ]


def test_iteration_gives_every_example_once() -> None:
    chosen, _ = shards([2, 1, 3])
    assert [int(each["features"][0]) for each in ShardExamples(chosen, ("features",))] == [
        0, 512, 100_000, 200_000, 200_512, 201_024,
    ]  # fmt: skip


@pytest.mark.parametrize("index", [-1, -6, 6, 7])
def test_an_index_out_of_range_is_refused(index: int) -> None:
    examples = ShardExamples(shards([2, 1, 3])[0], ("features",))
    with pytest.raises(IndexError, match=rf"^an example from 0 to 5. Received: {index}$"):
        examples[index]


def test_an_example_has_the_given_fields() -> None:
    chosen, _ = shards([2])
    example = ShardExamples(chosen, ("mask", "features"))[1]
    assert list(example) == ["mask", "features"]
    assert isinstance(example["features"], np.ndarray)
    assert example["features"].dtype == np.float32
    assert example["mask"].tolist() == [1, 1, 1, 1]


def test_examples_of_each_track_and_in_all() -> None:
    assert ShardExamples(shards([2, 0, 3])[0], ("features",)).per_track == [2, 0, 3]
    assert len(ShardExamples(shards([2, 0, 3])[0], ("features",))) == 5
    assert type(len(ShardExamples(shards([2])[0], ()))) is int
    assert len(ShardExamples([], ("features",))) == 0
    with pytest.raises(IndexError):
        ShardExamples([], ("features",))[0]


def test_the_arrays_of_a_track_are_opened_once_under_its_fingerprint() -> None:
    chosen, store = shards([2, 1])
    examples = ShardExamples(chosen, ("features", "mask"))
    for index in (0, 1, 2, 0, 1, 2):
        examples[index]
    assert store.reads == [("t0", "f-t0"), ("t1", "f-t1")]


def test_an_array_is_the_one_of_that_name() -> None:
    (track,), _ = shards([2])
    assert track.array("start").tolist() == [0, 512]
    assert track.array("mask").shape == (2, 4)


@pytest.mark.parametrize(
    ("field", "option"), [("velocity", ""), ("onset_regressed", " --set shards.regressed_onsets=2")]
)
def test_a_field_that_shards_lack_is_named_with_the_way_to_it(field: str, option: str) -> None:
    examples = ShardExamples(shards([1, 1])[0], ("features", field))
    with pytest.raises(MirlitonError) as error:
        examples[1]
    assert str(error.value) == (
        f"Expected shards of tiny with {field}, on which the network is trained. "
        "Received: features, mask, start of t1. "
        f"Remedy: make them again with it: mirliton backfill tiny{option}."
    )


# CachedExamples -----------------------------------------------------------------------------------------------------


class Counted:
    """Examples of 400 bytes, and which were read."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.read: list[int] = []

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        self.read.append(index)
        return {"features": np.full(75, index, np.float32), "mask": np.full(100, index, np.uint8)}


@pytest.mark.parametrize(("room", "kept"), [(1200, [0, 1, 2]), (1199, [0, 1]), (400, [0]), (399, []), (0, [])])
def test_examples_are_kept_while_all_their_arrays_have_room(room: int, kept: list[int]) -> None:
    examples = Counted(3)
    cached = CachedExamples(examples, room)  # type: ignore[arg-type]
    assert len(cached) == 3
    for _ in range(2):
        for index in range(3):
            example = cached[index]
            assert (example["features"] == index).all()
            assert (example["mask"] == index).all()
    assert sorted(cached.kept) == kept
    assert examples.read == [0, 1, 2, *(index for index in range(3) if index not in kept)]
    for index in kept:
        assert cached[index] is cached.kept[index]


def test_what_is_kept_belongs_to_one_sequence() -> None:
    one, other = CachedExamples(Counted(2), 1000), CachedExamples(Counted(2), 1000)  # type: ignore[arg-type]
    one[0]
    assert list(one.kept) == [0]
    assert list(other.kept) == []


# tracks of a store --------------------------------------------------------------------------------------------------


def stored(folder: Path) -> DatasetStore:
    """A dataset of three tracks, with two, one and three shards."""
    dataset = open_dataset(str(folder), "tiny")
    rows = [("b", "train", 2, "n", {}), ("a", "test", 1, None, {"genre": "rock"}), ("c", "validation", 3, "n", {})]
    for number, (track, split, n, notes, classes) in enumerate(rows):
        record = ShardsRecord(
            track=track,
            work=f"work of {track}",
            split=split,
            audio_content=f"sound of {track}",
            classes=classes,
            notes_content=notes,
            feature=FeatureSettings("cqt", 1, {}),
            n_frames=512 * n - 5,
            n_shards=n,
            seconds=10.0,
        )
        arrays = {"features": np.full((n, 512, 1), number, np.float32), "start": 512 * np.arange(n)}
        dataset.shards("cqt").write(track, f"{number:016x}", Stored(record, arrays, by_example=True))
    return dataset


def test_the_tracks_of_a_dataset_come_with_their_records(tmp_path: Path) -> None:
    dataset = stored(tmp_path)
    a, b, c = tracks(dataset, "cqt")
    assert a == TrackShards(
        dataset="tiny",
        track="a",
        work="work of a",
        split="test",
        fingerprint="0000000000000001",
        n_frames=507,
        n_shards=1,
        kinds=("genre",),
        classes={"genre": "rock"},
        audio_content="sound of a",
        store=dataset.shards("cqt"),
    )
    assert (b.track, b.split, b.n_frames, b.n_shards, b.kinds, b.classes) == ("b", "train", 1019, 2, ("notes",), {})
    assert (c.track, c.split, c.fingerprint, c.audio_content) == ("c", "validation", "0000000000000002", "sound of c")


@pytest.mark.parametrize(
    ("splits", "names"),
    [((), "abc"), (("train",), "b"), (("train", "test"), "ab"), (("validation",), "c"), (("nothing",), "")],
)
def test_the_tracks_of_some_splits(tmp_path: Path, splits: tuple[str, ...], names: str) -> None:
    assert [each.track for each in tracks(stored(tmp_path), "cqt", *splits)] == list(names)


def test_a_preset_without_shards_has_no_tracks(tmp_path: Path) -> None:
    assert tracks(stored(tmp_path), "mel") == []


def test_shards_on_disk_are_read_at_their_index(tmp_path: Path) -> None:
    examples = ShardExamples(tracks(stored(tmp_path), "cqt"), ("features", "start"))
    found = [examples[index] for index in range(len(examples))]
    assert [(int(each["features"][0, 0]), int(each["start"])) for each in found] == [
        (1, 0), (0, 0), (0, 512), (2, 0), (2, 512), (2, 1024),
    ]  # fmt: skip
    assert found[0]["features"].shape == (512, 1)


def digest(*rows: tuple[str, str]) -> str:
    text = json.dumps([rows], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_the_digest_of_a_dataset_is_that_of_its_tracks_in_order() -> None:
    chosen = [
        track_shards("b", fingerprint="2"),
        track_shards("a", fingerprint="3"),
        track_shards("a", dataset="other", fingerprint="1"),
    ]
    assert digests(chosen) == {"other": digest(("a", "1")), "tiny": digest(("a", "3"), ("b", "2"))}
    assert list(digests(chosen)) == ["other", "tiny"]
    assert digests(chosen[::-1]) == digests(chosen)
    assert digests([]) == {}
    changed = [track_shards("b", fingerprint="9"), *chosen[1:]]
    assert digests(changed)["tiny"] != digests(chosen)["tiny"]
    assert digests(changed)["other"] == digests(chosen)["other"]


@pytest.mark.parametrize(
    ("notes", "classes", "expected"),
    [
        ("0123", {}, ("notes",)),
        (None, {}, ()),
        (None, {"genre": "rock", "artist": "x"}, ("artist", "genre")),
        ("0123", {"genre": "rock", "album": "x"}, ("notes", "album", "genre")),
    ],
)
def test_the_label_kinds_of_a_record(notes: str | None, classes: dict[str, str], expected: tuple[str, ...]) -> None:
    feature = FeatureSettings("cqt", 1, {})
    record = ShardsRecord(
        track="a",
        work="w",
        split="train",
        audio_content="0",
        notes_content=notes,
        feature=feature,
        n_frames=1,
        n_shards=1,
        seconds=1,
    )
    assert replace(record, classes=classes).kinds == expected
    older = {key: value for key, value in record.to_json().items() if key != "classes"}
    assert ShardsRecord.from_json(older, where="of version 0.1").kinds == (("notes",) if notes else ())


def test_examples_do_not_change() -> None:
    (track,), _ = shards([1])
    for each, name in ((track, "track"), (ShardExamples([track], ()), "fields"), (CachedExamples([], 0), "room")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(each, name, "other")
