"""Quarantine: who is in it and why, across stages and names of every kind."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.fingerprints import slug
from storage.tracks.dataset_store import open_dataset
from storage.tracks.quarantine import Quarantine, QuarantineRow
from tests.storage.track_records import alignment_measurements

MEASUREMENTS = alignment_measurements(measured_lag=None, tempo_ratio=None)


@pytest.fixture(params=["folder", "url"])
def quarantine(request: pytest.FixtureRequest, tmp_path: Path) -> Quarantine:
    return open_dataset(str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}", "x").quarantine


def test_rows_come_back_sorted_by_stage_and_track(quarantine: Quarantine) -> None:
    rows = [
        QuarantineRow("é/b", "labels", "Warum? „Darum“"),
        QuarantineRow("a", "raw_audio", "x"),
        QuarantineRow("a", "labels", "y"),
    ]
    for row in rows:
        quarantine.put(row)
    assert quarantine.rows() == [rows[2], rows[0], rows[1]]
    assert quarantine.rows("raw_audio") == [rows[1]]
    assert quarantine.tracks("labels") == {slug("a"), slug("é/b")}


def test_an_empty_quarantine_has_no_rows(quarantine: Quarantine) -> None:
    assert (quarantine.rows(), quarantine.rows("labels"), quarantine.tracks("labels")) == ([], [], set())
    quarantine.lift("labels", "a")


def test_a_second_reason_replaces_the_first(quarantine: Quarantine) -> None:
    quarantine.put(QuarantineRow("a", "labels", "first"))
    quarantine.put(QuarantineRow("a", "labels", "second"))
    assert quarantine.rows() == [QuarantineRow("a", "labels", "second")]


def test_lifting_takes_one_track_of_one_stage_with_its_picture(quarantine: Quarantine) -> None:
    for stage in ("labels", "features/cqt"):
        for track in ("a", "b"):
            quarantine.put(QuarantineRow(track, stage, "x"))
            quarantine.put_picture(stage, track, b"png")
    quarantine.lift("features/cqt", "a")
    assert [(row.stage, row.track) for row in quarantine.rows()] == [
        ("features/cqt", "b"), ("labels", "a"), ("labels", "b")
    ]  # fmt: skip
    assert quarantine.picture("features/cqt", "a") is None
    assert quarantine.picture("features/cqt", "b") == quarantine.picture("labels", "a") == b"png"


def test_all_but_some_are_lifted(quarantine: Quarantine) -> None:
    for track in ("a", "ä", "b"):
        quarantine.put(QuarantineRow(track, "labels", "x"))
        quarantine.put(QuarantineRow(track, "raw_audio", "x"))
    quarantine.put_picture("labels", "a", b"png")
    quarantine.lift_all_but("labels", {"ä", "of another day"})
    assert [row.track for row in quarantine.rows("labels")] == ["ä"]
    assert quarantine.picture("labels", "a") is None
    assert len(quarantine.rows("raw_audio")) == 3


def test_a_row_is_one_object_that_people_can_read(quarantine: Quarantine) -> None:
    quarantine.put(QuarantineRow("é/b", "features/cqt", "Warum?"))
    content = quarantine.objects.read(f"datasets/x/quarantine/features-cqt/{slug('é/b')}.json")
    assert content == '{\n "track": "é/b",\n "stage": "features/cqt",\n "reason": "Warum?"\n}'.encode()
    assert quarantine.objects.names("datasets/x") == ["quarantine"]


def test_what_was_measured_is_kept_with_its_row(quarantine: Quarantine) -> None:
    row = QuarantineRow("a", "labels", "x", MEASUREMENTS)
    quarantine.put(row)
    assert quarantine.rows() == [row]
    content = quarantine.objects.read(f"datasets/x/quarantine/labels/{slug('a')}.json")
    assert json.loads(content or b"")["figures"] == MEASUREMENTS.to_json()
    assert hash(row) == hash(QuarantineRow("a", "labels", "x")), "measurements are compared, not hashed"
    assert row != QuarantineRow("a", "labels", "x")


def test_quarantines_and_rows_are_values(quarantine: Quarantine) -> None:
    assert len({Quarantine(quarantine.objects, prefix) for prefix in "aab"}) == 2
    assert len({QuarantineRow(track, "labels", "x") for track in "aab"}) == 2


def test_an_empty_reason_and_track_are_kept(quarantine: Quarantine) -> None:
    quarantine.put(QuarantineRow("", "labels", ""))
    assert quarantine.rows() == [QuarantineRow("", "labels", "")]


def test_pictures_lie_beside_the_rows_not_among_them(quarantine: Quarantine) -> None:
    quarantine.put(QuarantineRow("a", "features/cqt", "x"))
    quarantine.put_picture("features/cqt", "a", b"png")
    key = f"datasets/x/quarantine-pictures/features-cqt/{slug('a')}.png"
    assert quarantine.objects.read(key) == quarantine.picture("features/cqt", "a") == b"png"
    assert quarantine.picture("features/cqt", "b") is None
    assert quarantine.tracks("features/cqt") == {slug("a")}
    assert len(quarantine.rows()) == 1


def test_rows_of_several_stages_are_sorted_in_any_order_of_stages(quarantine: Quarantine) -> None:
    for stage in ("raw_audio", "labels", "features/cqt"):
        for track in ("b", "Z", "ä"):
            quarantine.put(QuarantineRow(track, stage, "x"))
    found = [(row.stage, row.track) for row in quarantine.rows("raw_audio", "features/cqt")]
    assert found == [(stage, track) for stage in ("features/cqt", "raw_audio") for track in ("Z", "b", "ä")]


def test_what_is_no_row_is_not_read(quarantine: Quarantine, monkeypatch: pytest.MonkeyPatch) -> None:
    quarantine.put(QuarantineRow("a", "labels", "x"))
    quarantine.objects.write("datasets/x/quarantine/labels/notes of a person.txt", b"not JSON")
    assert quarantine.rows() == [QuarantineRow("a", "labels", "x")]
    monkeypatch.setattr(quarantine.objects, "read", lambda key: None)
    assert quarantine.rows() == [], "a row that another run lifted meanwhile"


def test_nothing_else_is_lifted(quarantine: Quarantine) -> None:
    for track in ("a", "b"):
        quarantine.put(QuarantineRow(track, "labels", "x"))
    quarantine.lift_all_but("labels", {"a", "b"})
    quarantine.lift_all_but("raw_audio", set())
    assert [row.track for row in quarantine.rows()] == ["a", "b"]
    quarantine.lift_all_but("labels", set())
    assert quarantine.rows() == []


@pytest.mark.parametrize("content", [b"", b'{"track": "a", "sta'])
def test_a_cut_row_is_named_with_its_remedy(quarantine: Quarantine, content: bytes) -> None:
    quarantine.objects.write("datasets/x/quarantine/labels/a.json", content)
    with pytest.raises(MirlitonError) as error:
        quarantine.rows()
    assert error.value.expected == "JSON in datasets/x/quarantine/labels/a.json"
    assert error.value.remedy == "delete that file: the next backfill writes it"
