"""Reports on disk: a page, its numbers and what lies beside it, replaced all at once."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from mir_models.errors import MirlitonError
from storage.objects.objects import Objects, open_objects
from storage.reports.evaluations import WARNING, ReportStore, midi_name
from storage.reports.record import ReportRecord, TransferRecord
from storage.reports.report_folder import ReportFolder
from storage.reports.transfers import TransferStore
from tests.storage.journal import Journal
from tests.stored_records import report_record

PREFIX = "reports/piano_transcription/convolutional"
PAGE = f"<body>{WARNING}{WARNING}<h1>Étude</h1></body>"


@pytest.fixture(params=["folder", "url"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    return open_objects(str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store")


@pytest.fixture
def report(objects: Objects) -> ReportStore:
    return ReportStore(objects, "piano_transcription", "convolutional")


TRANSFER = TransferRecord(
    fingerprint="f",
    date="2026-01-31",
    model={"task": "t", "architecture": "x_vector", "fingerprint": "m", "datasets": ["d"]},
    layer="embedding",
    layers=["conv", "embedding"],
    label="genre",
    datasets=["e"],
    classes={"a": 5, "b": 6},
    left_out={"c": 1},
    group="artist",
    n_groups=11,
    seeds=2,
    rows=[{"system": "x_vector, trained", "probe": "kNN", "accuracy": 0.75}],
)
TRANSFER_KEYS = [
    *("fingerprint", "date", "model", "layer", "layers", "label", "datasets", "classes", "left_out", "group"),
    *("n_groups", "seeds", "rows"),
]


def _write(report: ReportStore, page: str, **changes: Any) -> None:
    report.write(page, report_record(**changes), midis={}, figures={}, sounds={})


def _page(report: ReportFolder) -> str:
    return (report.objects.read(f"{report.prefix}/report.html") or b"").decode()


def test_a_report_lies_at_its_task_and_architecture(report: ReportStore) -> None:
    assert report.prefix == PREFIX
    assert report.page == f"{report.objects.address}/{PREFIX}/report.html"


def test_reports_are_values(objects: Objects) -> None:
    assert len({ReportStore(objects, "t", architecture) for architecture in "aab"}) == 2
    assert len({TransferStore(objects, "genre", "x_vector", layer) for layer in "aab"}) == 2


def test_a_report_of_nothing_in_particular_lies_nowhere(objects: Objects) -> None:
    with pytest.raises(TypeError, match="prefix"):
        ReportFolder(objects)  # type: ignore[abstract]  # What is refused.


def test_everything_of_a_report_is_found_under_its_name(report: ReportStore) -> None:
    record = report_record(evaluation={"f1": 0.5, "work": "é"})
    midis, figures, sounds = {"bach/étude": b"MThd"}, {"rolls": b"\x89PNG"}, {"audio/x.ogg": b"OggS"}
    report.write(PAGE, record, midis=midis, figures=figures, sounds=sounds)
    assert report.read() == record
    assert report.picture("rolls") == b"\x89PNG"
    assert report.picture("midi") is None
    assert _page(report) == PAGE
    assert report.objects.read(f"{PREFIX}/audio/x.ogg") == b"OggS"
    assert report.objects.read(f"{PREFIX}/{midi_name('bach/étude')}") == b"MThd"
    assert report.objects.names(PREFIX) == ["audio", "figures", "midi", "report.html", "report.json"]


def test_a_tracks_midi_is_named_by_its_slug() -> None:
    # b5fdd1aea2 are the first ten digits of `printf 'bach/étude' | sha256sum`.
    assert midi_name("bach/étude") == "midi/bach_etude~b5fdd1aea2.mid"


def test_numbers_are_json_for_people_without_nan(report: ReportStore) -> None:
    _write(report, PAGE, evaluation={"z": [0.25], "a": "é"})
    content = report.objects.read(f"{PREFIX}/report.json")
    assert (
        content
        == (
            '{\n "task": "piano_transcription",\n "architecture": "convolutional",\n "date": "2026-01-31",\n'
            ' "fingerprint": "f",\n "model": "m",\n "labels": "",\n "preset": "",\n "shards": {},\n'
            ' "evaluation": {\n  "z": [\n   0.25\n  ],\n  "a": "é"\n },\n'
            ' "quarantine": [],\n "parameters": {},\n "links": {}\n}'
        ).encode()
    )
    with pytest.raises(ValueError, match="JSON compliant"):
        _write(report, "another", evaluation={"f1": float("nan")})
    assert _page(report) == PAGE, "a report that cannot be written replaces nothing"


def test_a_new_report_leaves_nothing_of_the_old(report: ReportStore) -> None:
    report.write(PAGE, report_record(), midis={"a": b"a"}, figures={"x": b"x"}, sounds={"audio/a.ogg": b"a"})
    report.write("new", report_record(date="later"), midis={"b": b"b"}, figures={}, sounds={})
    assert report.objects.names(PREFIX) == ["midi", "report.html", "report.json"]
    assert report.objects.names(f"{PREFIX}/midi") == [Path(midi_name("b")).name]
    assert (_page(report), report.read(), report.picture("x")) == ("new", report_record(date="later"), None)


def test_a_report_is_one_tree_its_numbers_last(objects: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    trees: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(objects, "write_tree", lambda prefix, contents: trees.append((prefix, list(contents))))
    store = ReportStore(objects, "t", "a")
    store.write("page", report_record(), midis={"x": b""}, figures={"f": b""}, sounds={"audio/x.ogg": b""})
    assert trees == [("reports/t/a", [midi_name("x"), "figures/f.png", "audio/x.ogg", "report.html", "report.json"])]


def test_no_report_has_no_numbers(report: ReportStore) -> None:
    assert report.read() is None


def test_a_warning_comes_changes_and_goes(report: ReportStore) -> None:
    _write(report, PAGE)
    report.set_warning('made of 2 <older> shards & "more"')
    assert _page(report) == (
        f'<body>{WARNING}<p class="warning">made of 2 &lt;older&gt; shards &amp; &quot;more&quot;</p>{WARNING}'
        "<h1>Étude</h1></body>"
    )
    report.set_warning("another")
    assert _page(report) == f'<body>{WARNING}<p class="warning">another</p>{WARNING}<h1>Étude</h1></body>'
    report.set_warning("")
    assert _page(report) == PAGE
    assert report.read() == report_record()


def test_a_page_of_an_earlier_version_has_no_place_for_a_standing(report: ReportStore) -> None:
    _write(report, PAGE)
    report.set_standing("in use")
    assert _page(report) == PAGE


def test_a_page_with_that_warning_is_not_written_again(objects: Objects) -> None:
    journal = Journal(objects)
    report = ReportStore(journal, "piano_transcription", "convolutional")
    _write(report, PAGE)
    report.set_warning("")
    report.set_warning("old")
    report.set_warning("old")
    assert journal.changes == [("tree", PREFIX), ("write", f"{PREFIX}/report.html")]


def test_tables_of_transfer_lie_by_label_network_and_layer(objects: Objects) -> None:
    table = TransferStore(objects, "genre", "x_vector", "embedding")
    assert table.prefix == "transfer/genre/x_vector-embedding"
    assert table.page == f"{objects.address}/transfer/genre/x_vector-embedding/report.html"
    table.replace("page", TRANSFER, {"figures/c.png": b"c"})
    assert table.read() == TRANSFER
    assert objects.read(f"{table.prefix}/figures/c.png") == b"c"
    assert TransferStore(objects, "genre", "x_vector", "pooled").read() is None
    assert json.loads(objects.read(f"{table.prefix}/report.json") or b"") == TRANSFER.to_json()
    assert list(TRANSFER.to_json()) == TRANSFER_KEYS


def test_a_damaged_report_names_file_key_and_remedy(report: ReportStore) -> None:
    values = {**report_record().to_json(), "date": None}
    report.objects.write(f"{PREFIX}/report.json", json.dumps(values).encode())
    with pytest.raises(MirlitonError) as error:
        report.read()
    assert error.value.expected == f"date of type str in {report.objects.address}/{PREFIX}/report.json"
    assert (error.value.received, error.value.remedy) == (
        "one of type null",
        "delete the file and make the report again",
    )


def test_a_cut_report_names_file_and_remedy(report: ReportStore) -> None:
    report.objects.write(f"{PREFIX}/report.json", b'{"task": ')
    with pytest.raises(MirlitonError) as error:
        report.read()
    assert str(error.value) == (
        f"Expected JSON in {report.objects.address}/{PREFIX}/report.json. Received: Expecting value: line 1 column 10 "
        "(char 9). Remedy: delete the file and make the report again."
    )


REPORT_OF_NOTES = Path(__file__).parents[2] / "assets" / "report_of_notes.json"
"""A report of version 0.2.0, cut to one track, one key and two tolerances."""
CLASS_ROW = {"track": "a", "wanted": "rock", "answered": "jazz", "right": False, "probability": 0.75, "n_windows": 3}
CLASSES = {
    "accuracy": 0.5,
    "macro_f1": 1,
    "accuracy_interval": None,
    "classes": ["jazz", "rock"],
    "confusion": [[1, 0], [1, 0]],
    "tracks": [CLASS_ROW],
    "baselines": {"majority": {"accuracy": 0.5, "accuracy_interval": [0.25, 0.75]}},
    "of_a_later_version": {"x": 1},
}


def test_a_report_of_an_earlier_version_is_read_and_written_unchanged() -> None:
    content = REPORT_OF_NOTES.read_bytes()
    record = ReportRecord.from_bytes(content, where="report.json")
    assert json.dumps(record.to_json(), indent=1, ensure_ascii=False) + "\n" == content.decode()
    assert record.evaluation["baselines"].keys() == {"silence", "energy"}


def test_a_report_of_classes_is_read_and_written_unchanged_whatever_it_lacks_or_has_more() -> None:
    mistakes = [{**CLASS_ROW, "recording": "audio/mistake-1.ogg", "missing": ""}]
    values = report_record().to_json() | {"evaluation": CLASSES, "mistakes": mistakes}
    record = ReportRecord.from_json(values, where="report.json")
    assert (record.evaluation, record.mistakes) == (CLASSES, mistakes)
    assert record.to_json() == values


@pytest.mark.parametrize(
    ("changes", "expected", "received"),
    [
        ({"evaluation": {"micro": {"f1": "0.5"}}}, "evaluation.micro.f1 of type float", "one of type str"),
        ({"evaluation": {"tracks": 3}}, "evaluation.tracks of type array", "one of type int"),
        ({"evaluation": {"note_onset": None}}, "evaluation.note_onset of type object", "one of type null"),
        ({"evaluation": {**CLASSES, "classes": [1]}}, "evaluation.classes[0] of type str", "one of type int"),
        ({"evaluation": {**CLASSES, "accuracy": None}}, "evaluation.accuracy of type float", "one of type null"),
        ({"mistakes": [{"track": 3}]}, "mistakes[0].track of type str", "one of type int"),
    ],
)
def test_a_score_of_another_type_is_named(changes: dict[str, Any], expected: str, received: str) -> None:
    with pytest.raises(MirlitonError) as error:
        ReportRecord.from_json(report_record().to_json() | changes, where="report.json", remedy="evaluate again")
    assert (error.value.expected, error.value.received) == (f"{expected} in report.json", received)
    assert error.value.remedy == "evaluate again"


def test_a_score_of_a_transfer_of_another_type_is_named() -> None:
    values = TRANSFER.to_json() | {"rows": [{"accuracy": "high"}]}
    with pytest.raises(
        MirlitonError, match=r"Expected rows\[0\]\.accuracy of type float in x\. Received: one of type str"
    ):
        TransferRecord.from_json(values, where="x")
