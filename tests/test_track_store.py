"""Track stores: addressed by fingerprint, whole or not there, one version of a track at a time."""

from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np
import pytest
import zarr

from mir_models.annotations import Notes
from mir_models.errors import MirlitonError
from mir_models.time_map import TimeMap
from storage import notes
from storage.arrays import Stored
from storage.dataset_store import open_dataset
from storage.fingerprints import slug
from storage.track_store import TrackStore, name

A, B = "a" * 16, "b" * 16


def _stored(track: str, value: float = 1.0) -> Stored:
    return Stored({"track": track}, {"x": np.full((600, 2), value, np.float32)})


@pytest.fixture(params=["folder", "url"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TrackStore:
    address = str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}"
    return open_dataset(address, "tiny").features("cqt")


def test_what_is_kept_is_found_by_its_fingerprint(store: TrackStore) -> None:
    store.write("a/é", A, _stored("a/é"))
    assert store.held() == {f"{slug('a/é')}@{A}"}
    assert store.fingerprints() == {slug("a/é"): A}
    assert store.attributes("a/é", A) == {"track": "a/é"}
    np.testing.assert_array_equal(store.arrays("a/é", A)["x"][...], np.ones((600, 2)))


def test_another_fingerprint_is_never_answered(store: TrackStore) -> None:
    store.write("t", A, _stored("t"))
    for ask in (store.attributes, store.arrays):
        with pytest.raises(MirlitonError, match=r"track 't'.*mirliton backfill"):
            ask("t", B)


def test_an_empty_store_holds_nothing(store: TrackStore) -> None:
    assert (store.held(), store.records(), store.fingerprints(), store.versions()) == (set(), [], {}, {})
    store.keep_only({})


def test_records_are_sorted_by_track_not_by_slug(store: TrackStore) -> None:
    for track in ("é", "b", "a/b", "Z"):
        store.write(track, A, _stored(track))
    assert [record["track"] for record in store.records()] == sorted(["é", "b", "a/b", "Z"])


def test_only_the_wanted_versions_stay(store: TrackStore) -> None:
    for track, fingerprint in (("t", A), ("t", B), ("gone", A)):
        store.write(track, fingerprint, _stored(track))
    store.keep_only({"t": B, "never made": A})
    assert store.held() == {name("t", B)}


def test_a_new_version_takes_the_place_of_the_old(store: TrackStore) -> None:
    store.write("t", A, _stored("t"))
    store.write("t", B, _stored("t", 2), instead_of=store.versions()[slug("t")])
    assert store.versions() == {slug("t"): [name("t", B)]}
    assert len(store.records()) == 1


def test_what_a_killed_writer_left_is_not_held_and_goes(store: TrackStore) -> None:
    half = name("t", A)
    store.objects.write(f"{store.prefix}/{half}/x/c/0/0", b"rows")
    assert (store.held(), store.records(), store.fingerprints()) == (set(), [], {})
    assert store.versions() == {slug("t"): [half]}
    store.keep_only({})
    assert store.versions() == {}


def test_zarr_itself_lists_the_tracks(tmp_path: Path) -> None:
    store = open_dataset(str(tmp_path), "tiny").features("cqt")
    store.write("t", A, _stored("t"))
    group = zarr.open_group(str(tmp_path / "datasets/tiny/features/cqt"), mode="r")
    assert [key for key, _ in group.groups()] == [name("t", A)]


def test_a_deleted_chunk_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    store = open_dataset(str(tmp_path), "tiny").features("cqt")
    store.write("t", A, _stored("t", 0))
    (tmp_path / store.prefix / name("t", A) / "x" / "c.1.0").unlink()
    with pytest.raises(MirlitonError, match="1 of 2 chunks") as error:
        store.arrays("t", A)
    assert name("t", A) in str(error.value)


def test_the_order_of_writing_leaves_no_trace(tmp_path: Path) -> None:
    for folder, order in (("one", "abc"), ("other", "cab")):
        store = open_dataset(str(tmp_path / folder), "tiny").features("cqt")
        for track in order:
            store.write(track, A, _stored(track, ord(track)))
    from conftest import files_below

    assert files_below(tmp_path / "one") == files_below(tmp_path / "other")


def test_notes_come_back_in_audio_time(store: TrackStore) -> None:
    played = Notes([[0.1, 0.5], [0.3, 0.4]], [60, 61], [80, 127])
    kept = {"notes": notes.to_array(played), "time_map": TimeMap.line(0.25, 1.01).knots}
    store.write("t", A, Stored({"track": "t", "lag": 0.25}, kept))
    read, record = notes.read(store, "t", A)
    assert record["lag"] == 0.25
    np.testing.assert_allclose(read.intervals, 1.01 * played.intervals + 0.25)
    np.testing.assert_array_equal(read.pitches, played.pitches)
    np.testing.assert_array_equal(read.velocities, played.velocities)
