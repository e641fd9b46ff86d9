"""Track stores: addressed by fingerprint, complete or not there, one version of a track at a time."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import zarr

from mir_models.errors import MirlitonError
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap
from storage.fingerprints import slug
from storage.tracks import note_arrays, track_store
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import open_dataset
from storage.tracks.records import LabelsRecord, TrackRecord
from storage.tracks.track_store import TrackStore, name
from tests.storage.journal import Journal
from tests.storage.json_record import JsonRecord

A, B = "a" * 16, "b" * 16


@dataclass(frozen=True)
class Sample(TrackRecord):
    """A record of a track."""

    OPTIONAL: ClassVar = frozenset({"at", "n"})

    at: str | None = None
    n: int | None = None


def _stored(track: str, value: float = 1.0) -> Stored:
    return Stored(Sample(track), {"x": np.full((600, 2), value, np.float32)})


@pytest.fixture(params=["folder", "url"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TrackStore[Sample]:
    address = str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}"
    return samples(address)


def samples(address: str) -> TrackStore[Sample]:
    """The features of a dataset, with records of their own."""
    store = open_dataset(address, "tiny").features("cqt")
    return TrackStore(store.objects, store.prefix, store.stage, Sample)


def test_what_is_kept_is_found_by_its_fingerprint(store: TrackStore[Sample]) -> None:
    store.write("a/é", A, _stored("a/é"))
    assert store.held() == {f"{slug('a/é')}@{A}"}
    assert store.fingerprints() == {slug("a/é"): A}
    assert store.record("a/é", A) == Sample("a/é")
    np.testing.assert_array_equal(store.arrays("a/é", A)["x"][...], np.ones((600, 2)))


def test_another_fingerprint_finds_nothing(store: TrackStore[Sample]) -> None:
    store.write("t", A, _stored("t"))
    for read in (store.record, store.arrays):
        with pytest.raises(MirlitonError, match=r"track 't'.*mirliton backfill"):
            read("t", B)


def test_an_empty_store_holds_nothing(store: TrackStore[Sample]) -> None:
    assert (store.held(), store.records(), store.fingerprints(), store.versions()) == (set(), [], {}, {})
    store.keep_only({})


def test_records_are_sorted_by_track_not_by_slug(store: TrackStore[Sample]) -> None:
    for track in ("é", "b", "a/b", "Z"):
        store.write(track, A, _stored(track))
    assert [record.track for record in store.records()] == sorted(["é", "b", "a/b", "Z"])


def test_only_the_given_versions_stay(store: TrackStore[Sample]) -> None:
    for track, fingerprint in (("t", A), ("t", B), ("gone", A)):
        store.write(track, fingerprint, _stored(track))
    store.keep_only({"t": B, "never made": A})
    assert store.held() == {name("t", B)}


def test_a_new_version_replaces_the_old(store: TrackStore[Sample]) -> None:
    store.write("t", A, _stored("t"))
    store.write("t", B, _stored("t", 2), instead_of=store.versions()[slug("t")])
    assert store.versions() == {slug("t"): [name("t", B)]}
    assert len(store.records()) == 1


def test_what_a_killed_writer_left_is_not_held_and_goes(store: TrackStore[Sample]) -> None:
    half = name("t", A)
    store.objects.write(f"{store.prefix}/{half}/x/c/0/0", b"rows")
    assert (store.held(), store.records(), store.fingerprints()) == (set(), [], {})
    assert store.versions() == {slug("t"): [half]}
    store.keep_only({})
    assert store.versions() == {}


def test_zarr_itself_lists_the_tracks(tmp_path: Path) -> None:
    store = samples(str(tmp_path))
    store.write("t", A, _stored("t"))
    group = zarr.open_group(str(tmp_path / "datasets/tiny/features/cqt"), mode="r")
    assert [key for key, _ in group.groups()] == [name("t", A)]


def test_a_deleted_chunk_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    store = samples(str(tmp_path))
    store.write("t", A, Stored(Sample("t"), {"x": np.zeros((600, 1000), np.float32)}))
    (tmp_path / store.prefix / name("t", A) / "x" / "c.1.0").unlink()
    with pytest.raises(MirlitonError, match="1 of 2 chunks") as error:
        store.arrays("t", A)
    assert name("t", A) in str(error.value)


def test_the_order_of_writing_leaves_no_trace(tmp_path: Path) -> None:
    for folder, order in (("one", "abc"), ("other", "cab")):
        store = samples(str(tmp_path / folder))
        for track in order:
            store.write(track, A, _stored(track, ord(track)))
    from tests.conftest import files_below

    assert files_below(tmp_path / "one") == files_below(tmp_path / "other")


def test_notes_come_back_in_audio_time(store: TrackStore[Sample]) -> None:
    played = Notes([[0.1, 0.5], [0.3, 0.4]], [60, 61], [80, 127])
    kept = {"notes": note_arrays.to_array(played), "time_map": TimeMap.line(0.25, 1.01).knots}
    labels = TrackStore(store.objects, store.prefix, store.stage, LabelsRecord)
    labels.write("t", A, Stored(LabelsRecord(track="t", audio_content="", content="", lag=0.25), kept))
    read, record = note_arrays.read(labels, "t", A)
    assert record.lag == 0.25
    np.testing.assert_allclose(read.intervals, 1.01 * played.intervals + 0.25)
    np.testing.assert_array_equal(read.pitches, played.pitches)
    np.testing.assert_array_equal(read.velocities, played.velocities)


def _reads(store: TrackStore[Sample], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keys that are read from now on."""
    read, keys = store.objects.read, []

    def noted(key: str) -> bytes | None:
        keys.append(key)
        return read(key)

    monkeypatch.setattr(store.objects, "read", noted)
    return keys


def _table(store: TrackStore[Sample]) -> Any:
    content = store.objects.read("datasets/tiny/features/cqt.records.json")
    return None if content is None else json.loads(content)


def test_a_name_is_slug_and_fingerprint() -> None:
    assert name("a/é", A) == f"{slug('a/é')}@{A}"


def test_stores_are_values(store: TrackStore[Sample]) -> None:
    assert len({TrackStore(store.objects, prefix, "x", Sample) for prefix in "aab"}) == 2


def test_what_was_never_kept_is_refused_with_the_remedy(store: TrackStore[Sample]) -> None:
    with pytest.raises(MirlitonError) as error:
        store.record("t", A)
    assert str(error.value) == (
        "Expected features/cqt of tiny of track 't'. Received: nothing stored. "
        "Remedy: materialise features/cqt of tiny of this dataset first (mirliton backfill)."
    )


def test_old_versions_go_before_the_new_one_is_written_and_the_group_is_made_once(store: TrackStore[Sample]) -> None:
    journal = Journal(store.objects)
    store = TrackStore(journal, store.prefix, store.stage, Sample)
    store.write("t", A, _stored("t"))
    store.write("u", A, _stored("u"), instead_of=[])
    store.write("t", B, _stored("t"), instead_of=[name("t", A), "t~killed@0"])
    at = store.prefix
    assert journal.changes == [
        ("write", f"{at}/zarr.json"), ("tree", f"{at}/{name('t', A)}"), ("tree", f"{at}/{name('u', A)}"),
        ("delete", f"{at}/{name('t', A)}"), ("delete", f"{at}/t~killed@0"), ("tree", f"{at}/{name('t', B)}"),
    ]  # fmt: skip
    group = journal.read(f"{at}/zarr.json")
    assert group == b'{\n  "attributes": {},\n  "zarr_format": 3,\n  "node_type": "group"\n}'


def test_what_a_version_replaces_is_always_named(store: TrackStore[Sample]) -> None:
    with pytest.raises(TypeError, match="positional"):
        store.write("t", A, _stored("t"), [])  # type: ignore[misc]


@pytest.mark.parametrize("lives", [0, 1, 2])
def test_a_killed_writer_leaves_no_version_that_could_be_taken_for_complete(
    store: TrackStore[Sample], lives: int
) -> None:
    store.write("t", A, _stored("t"))
    dying = TrackStore(Journal(store.objects, lives=lives), store.prefix, store.stage, Sample)
    if lives < 2:
        with pytest.raises(KeyboardInterrupt):
            dying.write("t", B, _stored("t", 2), instead_of=[name("t", A)])
    else:
        dying.write("t", B, _stored("t", 2), instead_of=[name("t", A)])
    assert store.held() == [{name("t", A)}, set(), {name("t", B)}][lives]


def test_only_names_with_a_fingerprint_are_tracks(store: TrackStore[Sample]) -> None:
    store.write("t", A, _stored("t"))
    store.objects.write_tree(f"{store.prefix}/something else", {"zarr.json": b"{}"})
    assert store.held() == {name("t", A)}
    assert store.versions() == {slug("t"): [name("t", A)]}
    store.keep_only({})
    assert store.objects.names(store.prefix) == ["something else", "zarr.json"]


def test_versions_of_a_track_stand_together(store: TrackStore[Sample]) -> None:
    for track, fingerprint in (("t", B), ("u", A), ("t", A)):
        store.write(track, fingerprint, _stored(track))
    assert store.versions() == {slug("t"): [name("t", A), name("t", B)], slug("u"): [name("u", A)]}
    assert store.fingerprints() == {slug("t"): B, slug("u"): A}, "the last in order of names"


def test_what_is_kept_is_not_touched_and_the_rest_goes_in_order(store: TrackStore[Sample]) -> None:
    for track in "cab":
        store.write(track, A, _stored(track))
        store.write(track, B, _stored(track))
    journal = Journal(store.objects)
    TrackStore(journal, store.prefix, store.stage, Sample).keep_only({"a": A, "b": B, "never made": A})
    gone = sorted([name("a", B), name("b", A), name("c", A), name("c", B)])
    assert journal.changes == [("delete", f"{store.prefix}/{each}") for each in gone]


def test_the_table_holds_the_attributes_by_name(store: TrackStore[Sample]) -> None:
    assert _table(store) is None
    for track, at in (("é", "é"), ("b", "0.5")):
        store.write(track, A, Stored(Sample(track, at)))
    store.update_table(["é", "b"])
    rows = {name("b", A): {"track": "b", "at": "0.5"}, name("é", A): {"track": "é", "at": "é"}}
    assert _table(store) == rows
    assert store.named_records() == {name("b", A): Sample("b", "0.5"), name("é", A): Sample("é", "é")}
    content = store.objects.read("datasets/tiny/features/cqt.records.json")
    assert content == (
        f'{{"{name("b", A)}":{{"at":"0.5","track":"b"}},"{name("é", A)}":{{"at":"é","track":"é"}}}}'.encode()
    )


def test_what_the_table_has_is_not_read_from_the_tracks(
    store: TrackStore[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    for track in "ab":
        store.write(track, A, _stored(track))
    store.update_table("ab")
    store.write("c", A, _stored("c"))
    keys = _reads(store, monkeypatch)
    assert store.records() == [Sample("a"), Sample("b"), Sample("c")]
    assert keys == ["datasets/tiny/features/cqt.records.json", f"{store.prefix}/{name('c', A)}/zarr.json"]


def test_fresh_tracks_are_read_anew_and_others_are_not(
    store: TrackStore[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    for track in "ab":
        store.write(track, A, Stored(Sample(track, n=1)))
    store.update_table("ab")
    for track in "ab":
        store.write(track, A, Stored(Sample(track, n=2)))
    keys = _reads(store, monkeypatch)
    store.update_table("b")
    assert keys == ["datasets/tiny/features/cqt.records.json", f"{store.prefix}/{name('b', A)}/zarr.json"]
    assert [record.n for record in store.records()] == [1, 2]


def test_the_table_follows_what_is_there(store: TrackStore[Sample]) -> None:
    for track in "ab":
        store.write(track, A, _stored(track))
    store.update_table("ab")
    store.keep_only({"b": A})
    assert store.records() == [Sample("b")], "a row of the table is no track"
    store.update_table([])
    assert _table(store) == {name("b", A): {"track": "b"}}
    store.keep_only({})
    store.update_table([])
    assert _table(store) == {}


def test_a_table_that_is_right_is_not_written_and_a_lost_one_is(store: TrackStore[Sample]) -> None:
    store.write("a", A, _stored("a"))
    store.update_table("a")
    journal = Journal(store.objects)
    noted = TrackStore(journal, store.prefix, store.stage, Sample)
    noted.update_table("a")
    noted.update_table([])
    assert journal.changes == []
    store.objects.delete("datasets/tiny/features/cqt.records.json")
    assert noted.records() == [Sample("a")]
    noted.update_table([])
    assert journal.changes == [("write", "datasets/tiny/features/cqt.records.json")]


def test_a_track_that_another_run_deletes_meanwhile_has_no_record(
    store: TrackStore[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("a", A, _stored("a"))
    monkeypatch.setattr(store.objects, "trees", lambda prefix: [name("a", A), name("gone", A)])
    assert store.named_records() == {name("a", A): Sample("a")}


def test_a_record_of_another_kind_is_named_with_file_key_and_remedy(store: TrackStore[Sample]) -> None:
    store.write("a", A, Stored(JsonRecord({"track": "a", "n": "many"})))
    for read in (lambda: store.record("a", A), store.records):
        with pytest.raises(MirlitonError) as error:
            read()
        assert str(error.value) == (
            f"Expected n of type int | null in {store.objects.address}/{store.prefix}/{name('a', A)}/zarr.json. "
            "Received: one of type str. "
            "Remedy: delete the folder of that track and run the backfill again: it makes what is missing."
        )


def test_a_row_of_the_table_without_a_key_is_named(store: TrackStore[Sample]) -> None:
    store.write("a", A, _stored("a"))
    store.objects.write("datasets/tiny/features/cqt.records.json", json.dumps({name("a", A): {"n": 1}}).encode())
    with pytest.raises(MirlitonError) as error:
        store.records()
    assert str(error.value) == (
        f"Expected the key track in {store.objects.address}/datasets/tiny/features/cqt.records.json, in the row of "
        f"{name('a', A)}. Received: none. Remedy: delete that file: it is made again from the tracks."
    )
    assert store.record("a", A) == Sample("a")


@pytest.mark.parametrize(("content", "expected"), [(b'{"a@', "JSON"), (b"", "JSON"), (b"[]", "a JSON object")])
def test_a_damaged_table_is_named_and_made_again_once_deleted(
    store: TrackStore[Sample], content: bytes, expected: str
) -> None:
    store.write("a", A, _stored("a"))
    key = f"{store.prefix}.records.json"
    store.objects.write(key, content)
    with pytest.raises(MirlitonError) as error:
        store.records()
    assert error.value.expected == f"{expected} in {store.objects.address}/{key}"
    assert error.value.remedy == "delete that file: it is made again from the tracks"
    store.objects.delete(key)
    assert store.records() == [Sample("a")]
    store.update_table([])
    assert _table(store) == {name("a", A): {"track": "a"}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b'{"attributes": {"tra', "JSON"), (b'{"node_type": "group"}', "the key attributes")],
)
def test_a_damaged_record_of_a_track_is_named(store: TrackStore[Sample], content: bytes, expected: str) -> None:
    store.write("a", A, _stored("a"))
    key = f"{store.prefix}/{name('a', A)}/zarr.json"
    store.objects.write(key, content)
    for read in (lambda: store.record("a", A), store.records):
        with pytest.raises(MirlitonError) as error:
            read()
        assert error.value.expected == f"{expected} in {store.objects.address}/{key}"
        assert (
            error.value.remedy == "delete the folder of that track and run the backfill again: it makes what is missing"
        )


def test_a_stored_name_ends_with_its_fingerprint() -> None:
    assert track_store.fingerprint_of(track_store.name("a@b", "0123456789abcdef")) == "0123456789abcdef"
    assert track_store.fingerprint_of("a@b~0@f") == "f"
