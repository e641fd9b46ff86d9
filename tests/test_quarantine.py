"""Quarantine: who is in it and why, across stages and names of every kind."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from storage.dataset_store import open_dataset
from storage.fingerprints import slug
from storage.quarantine import Quarantine, Row


@pytest.fixture(params=["folder", "url"])
def quarantine(request: pytest.FixtureRequest, tmp_path: Path) -> Quarantine:
    return open_dataset(str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}", "x").quarantine


def test_rows_come_back_sorted_by_stage_and_track(quarantine: Quarantine) -> None:
    rows = [Row("é/b", "labels", "Warum? „Darum“"), Row("a", "raw_audio", "x"), Row("a", "labels", "y")]
    for row in rows:
        quarantine.put(row)
    assert quarantine.rows() == [rows[2], rows[0], rows[1]]
    assert quarantine.rows("raw_audio") == [rows[1]]
    assert quarantine.tracks("labels") == {slug("a"), slug("é/b")}


def test_an_empty_quarantine_has_no_rows(quarantine: Quarantine) -> None:
    assert (quarantine.rows(), quarantine.rows("labels"), quarantine.tracks("labels")) == ([], [], set())
    quarantine.lift("labels", "a")


def test_a_second_reason_replaces_the_first(quarantine: Quarantine) -> None:
    quarantine.put(Row("a", "labels", "first"))
    quarantine.put(Row("a", "labels", "second"))
    assert quarantine.rows() == [Row("a", "labels", "second")]


def test_lifting_takes_one_track_of_one_stage_with_its_picture(quarantine: Quarantine) -> None:
    for stage in ("labels", "features/cqt"):
        for track in ("a", "b"):
            quarantine.put(Row(track, stage, "x"))
            quarantine.put_picture(stage, track, b"png")
    quarantine.lift("features/cqt", "a")
    assert [(row.stage, row.track) for row in quarantine.rows()] == [
        ("features/cqt", "b"), ("labels", "a"), ("labels", "b")
    ]  # fmt: skip
    assert quarantine.picture("features/cqt", "a") is None
    assert quarantine.picture("features/cqt", "b") == quarantine.picture("labels", "a") == b"png"


def test_all_but_some_are_lifted(quarantine: Quarantine) -> None:
    for track in ("a", "ä", "b"):
        quarantine.put(Row(track, "labels", "x"))
        quarantine.put(Row(track, "raw_audio", "x"))
    quarantine.put_picture("labels", "a", b"png")
    quarantine.lift_all_but("labels", {"ä", "of another day"})
    assert [row.track for row in quarantine.rows("labels")] == ["ä"]
    assert quarantine.picture("labels", "a") is None
    assert len(quarantine.rows("raw_audio")) == 3
