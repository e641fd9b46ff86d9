"""Stores of many tracks: what is written is what the product reads, and a row has all that was measured."""

from __future__ import annotations

from pathlib import Path

from benchmarks import many_tracks
from storage.objects.objects import open_objects
from storage.tracks.bundles import Bundle
from storage.tracks.records import RawAudioRecord
from storage.tracks.track_store import TrackStore


def test_tracks_are_read_as_if_the_store_had_written_them(tmp_path: Path) -> None:
    store = TrackStore(open_objects(str(tmp_path)), "raw_audio", "raw_audio of many", RawAudioRecord)
    many_tracks.write_tracks(store, tmp_path / "raw_audio", 3)
    store.update_table([])
    assert [record.track for record in store.records()] == ["folder/track", "folder/track000001", "folder/track000002"]
    assert {record.content for record in store.records()} == {many_tracks.RECORD.content}


def test_tables_and_landmarks_are_measured(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    listing, making, reading, n_bytes, _ = many_tracks.tables(5, str(tmp_path / "a"))
    assert min(listing, making, reading) > 0
    assert 5 * 500 < n_bytes < 5 * 1000
    assert many_tracks.write_landmarks(4, str(tmp_path)) == ()
    assert len(Bundle(open_objects(str(tmp_path)), many_tracks.BUNDLE).read()) == 4
    n_bytes, _, comparing, _ = many_tracks.landmarks(4, str(tmp_path))
    assert n_bytes > 4 * many_tracks.LANDMARKS_PER_TRACK * 8 * 0.9
    assert comparing > 0


def test_a_row_has_as_many_cells_as_the_head() -> None:
    row = many_tracks.Row(50000, 0.38, 3.95, 3.67, 34_600_000, 267.0, 241_600_000, 0.63, 5.38, 1239.0)
    found = many_tracks.line(row)
    assert found.count("|") == many_tracks.HEAD.count("|")
    assert found == "| 50,000 | 0.38 | 3.95 | 3.67 | 34.6 | 267 | 241.6 | 0.63 | 5.38 | 1239 |"
