"""Examples: every index gives its own shard of its own track, fields that are missing are named, records are read."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.examples.indexed import ShardExamples
from storage.examples.track_shards import TrackShards, digests, tracks
from storage.objects.objects import RemoteObjects
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.records import FeatureSettings, ShardsRecord
from tests.storage.examples.shard_stores import N_BINS, frames_of, stored_of, written_tracks

FIELDS = ("features", "onset", "mask", "start")


def memory() -> str:
    """The address of a store in memory."""
    return f"memory://{uuid.uuid4().hex}"


def shards(lengths: list[int], fields: tuple[str, ...] = FIELDS) -> ShardExamples:
    """The shards of tracks of so many frames, in memory."""
    return ShardExamples(written_tracks(memory(), lengths), fields)


def expected_shard(track: int, n_frames: int, start: int) -> dict[str, np.ndarray]:
    """The fields of the shard that begins at frame `start` of a track."""
    inside = np.arange(start, start + 512) < n_frames
    frames = frames_of(track, start + 512)
    return {
        "features": np.where(inside[:, None], frames["features"][start:], -1),
        "onset": np.where(inside[:, None], frames["onset"][start:], 0),
        "mask": inside.astype(np.uint8),
        "start": np.int64(start),
    }


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
        "content": f"c-{track}",
    }
    return TrackShards(**values | changes)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, 1600), min_size=1, max_size=4),
    st.lists(st.sampled_from(["none", "targets", "all"]), min_size=1, max_size=3),
    st.data(),
)
def test_examples_are_gathered_in_any_order_whatever_they_are_stored_as(
    lengths: list[int], kinds: list[str], data: st.DataObject
) -> None:
    examples = ShardExamples(written_tracks(memory(), lengths, *kinds), FIELDS)
    places = [(track, 512 * row) for track, n in enumerate(lengths) for row in range(-(-n // 512))]
    assert len(examples) == len(places)
    chosen = data.draw(st.lists(st.integers(0, len(places) - 1), max_size=6))
    gathered = examples.gather(np.array(chosen, dtype=np.int64))
    assert list(gathered) == list(FIELDS)
    for at, index in enumerate(chosen):
        expected = expected_shard(places[index][0], lengths[places[index][0]], places[index][1])
        for name, array in expected.items():
            assert gathered[name][at].dtype == array.dtype
            np.testing.assert_array_equal(gathered[name][at], array)
            np.testing.assert_array_equal(examples[index][name], array)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 1600), min_size=1, max_size=3), st.sampled_from(["none", "targets", "all"]), st.data())
def test_frames_of_shards_are_read_one_after_the_other(lengths: list[int], kind: str, data: st.DataObject) -> None:
    examples = ShardExamples(written_tracks(memory(), lengths, kind), FIELDS)
    piece = st.tuples(st.integers(0, len(examples) - 1), st.integers(0, 512), st.integers(0, 512))
    pieces = [(index, min(a, b), max(a, b)) for index, a, b in data.draw(st.lists(piece, min_size=1, max_size=5))]
    indices, first, last = np.array(pieces, dtype=np.int64).T
    rows, whole = examples.rows(indices, first, last), examples.gather(indices)
    assert set(rows) == {"features", "onset", "mask"}
    for name, array in rows.items():
        cut = [whole[name][at][a:b] for at, (_, a, b) in enumerate(pieces)]
        np.testing.assert_array_equal(array, np.concatenate(cut))
        assert array.dtype == whole[name].dtype


def test_starts_and_lengths_follow_from_the_records_without_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = shards([700, 512, 1])
    monkeypatch.setattr(RemoteObjects, "read_ranges", None)
    assert examples.starts.tolist() == [0, 512, 0, 0]
    assert examples.lengths.tolist() == [512, 188, 512, 1]
    assert (examples.starts.dtype, examples.lengths.dtype) == (np.int64, np.int64)
    fields = ShardExamples(examples.tracks, ("mask", "start"))
    assert len(ShardExamples([], FIELDS).starts) == len(ShardExamples([], FIELDS).lengths) == 0
    assert fields.per_track == [2, 1, 1]


def test_what_is_gathered_is_memory_of_its_own() -> None:
    examples = shards([600])
    once = examples.gather(np.array([0, 0, 1]))
    for array in once.values():
        array[...] = 9
    assert (examples.gather(np.array([0]))["features"] != 9).any()
    assert not np.shares_memory(once["features"][0], once["features"][1])


def test_float16_features_are_given_as_float32_and_targets_bit_by_bit(tmp_path: Path) -> None:
    lengths = [700, 900]
    half = ShardExamples(written_tracks(str(tmp_path / "half"), lengths, "targets float16"), FIELDS)
    full = ShardExamples(written_tracks(str(tmp_path / "full"), lengths, "targets"), FIELDS)
    mixed = ShardExamples(written_tracks(str(tmp_path / "mixed"), lengths, "all float16", "none"), FIELDS)
    indices = np.arange(4)
    expected = full.gather(indices)
    for examples in (half, mixed):
        found = examples.gather(indices)
        assert found["features"].dtype == np.float32
        for name in ("onset", "mask", "start"):
            np.testing.assert_array_equal(found[name], expected[name])
    rounded = expected["features"].astype(np.float16).astype(np.float32)
    np.testing.assert_array_equal(half.gather(indices)["features"], rounded)
    np.testing.assert_array_equal(mixed.gather(indices)["features"][2:], expected["features"][2:])


def test_iteration_gives_every_example_once() -> None:
    assert [int(each["features"][0, 0]) for each in shards([1000, 500, 1500])] == [
        0, 512, 10_000, 20_000, 20_512, 21_024,
    ]  # fmt: skip


@pytest.mark.parametrize("index", [-1, -6, 6, 7])
def test_an_index_out_of_range_is_refused(index: int) -> None:
    examples = shards([1000, 500, 1500])
    with pytest.raises(IndexError, match=rf"^an example from 0 to 5. Received: {index}$"):
        examples[index]


def test_an_example_has_the_given_fields() -> None:
    example = shards([600], ("mask", "features"))[1]
    assert list(example) == ["mask", "features"]
    assert (example["features"].shape, example["features"].dtype) == ((512, N_BINS), np.float32)
    assert example["mask"].sum() == 88


def test_examples_of_each_track_and_in_all() -> None:
    assert shards([1000, 0, 1500], ("features",)).per_track == [2, 0, 3]
    assert len(shards([1000, 0, 1500], ("features",))) == 5
    assert [int(each["features"][0, 0]) for each in shards([400, 0, 100], ("features",))] == [0, 20_000]
    assert type(len(shards([1000], ()))) is int
    assert len(ShardExamples([], ("features",))) == 0
    with pytest.raises(IndexError):
        ShardExamples([], ("features",))[0]


@pytest.mark.parametrize(
    ("field", "option"), [("velocity", ""), ("onset_regressed", " --set shards.regressed_onsets=2")]
)
def test_a_field_that_shards_lack_is_named_with_the_way_to_it(field: str, option: str) -> None:
    with pytest.raises(MirlitonError) as error:
        shards([1, 1], ("features", field)).stored  # noqa: B018
    assert str(error.value) == (
        f"Expected shards of tiny with {field}, on which the network is trained. "
        "Received: features, mask, onset, start of t00. "
        f"Remedy: make them again with it: mirliton backfill tiny{option}."
    )


def test_examples_of_several_shapes_are_refused() -> None:
    chosen = written_tracks(memory(), [600, 600])
    other = stored_of(1, 600)
    wide = replace(other, arrays={**other.arrays, "features": np.zeros((2, 512, 5), np.float32)})
    chosen[1].store.write("t01", f"{1:016x}", wide)
    with pytest.raises(MirlitonError, match=r"features of one shape.*\(512, 5\) of t01.*backfill the datasets"):
        ShardExamples(chosen, ("features",)).gather(np.array([0]))


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
        content="0000000000000001",
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
        track_shards("b", content="2"),
        track_shards("a", content="3"),
        track_shards("a", dataset="other", content="1"),
    ]
    assert digests(chosen) == {"other": digest(("a", "1")), "tiny": digest(("a", "3"), ("b", "2"))}
    assert list(digests(chosen)) == ["other", "tiny"]
    assert digests(chosen[::-1]) == digests(chosen)
    assert digests([]) == {}
    changed = [track_shards("b", content="9"), *chosen[1:]]
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
    track = track_shards("t")
    for each, name in ((track, "track"), (ShardExamples([track], ()), "fields")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(each, name, "other")
