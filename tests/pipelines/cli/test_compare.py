"""The command ``compare``: table, page and document, and what is wrong in one sentence."""

# ruff: noqa: F811

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage.corpora.catalogue import open_catalogue
from storage.corpora.registrations import Registration
from storage.objects.objects import open_objects
from storage.reports.comparisons import ComparisonStore
from storage.reports.evaluations import ReportStore
from tests.assets.evaluation.compared_reports import class_report, network_report
from tests.assets.evaluation.test_pages import EVIL, Reader, policy
from tests.pipelines.cli.test_commands import Command, mirliton  # noqa: F401

TASK = "piano_transcription"


@pytest.fixture
def stored(home: Path) -> Path:
    """A store with the reports of three networks, one of which is on other data."""
    objects = open_objects(str(home / "store"))
    others = network_report("bilstm", 0.7, datasets=["theirs"])
    for each in (network_report("lstm", 0.8), network_report("lstm_fast", 0.6), others):
        ReportStore(objects, TASK, each.architecture).replace("<html></html>", each, {})
    ReportStore(objects, "genre_recognition", "crnn").replace("<html></html>", class_report("crnn", "xxyy"), {})
    return home / "store"


@pytest.mark.usefixtures("stored")
def test_the_table_has_paired_intervals_and_states_what_is_not_compared(mirliton: Command) -> None:
    result = mirliton("compare", TASK)
    assert result.code == 0
    assert "mine, test split, 3 tracks" in result.out
    assert "lstm *" in result.out
    assert "0.600 [" in result.out
    assert "-0.200 [-0.200, -0.200]" in result.out
    assert "energy (baseline)" in result.out
    assert "bilstm is not compared: datasets: theirs instead of mine" in result.out + result.err


def test_the_document_and_the_page_have_the_same_numbers(mirliton: Command, stored: Path) -> None:
    found = json.loads(mirliton("compare", TASK, "--against", "lstm_fast", "--json").out)
    assert (found["reference"], found["tracks"], found["datasets"]) == ("lstm_fast", 3, ["mine"])
    assert [row["system"] for row in found["systems"]] == ["lstm", "lstm_fast", "energy"]
    score = found["systems"][0]["scores"]["note_onset_f1"]
    assert score["difference_interval"] == pytest.approx([0.2, 0.2])
    assert score["verdict"] == "better"
    assert found["left_out"] == {"bilstm": "datasets: theirs instead of mine"}
    page = Path(found["page"])
    assert page == stored / "comparisons" / TASK / "report.html"
    shown = Reader(page.read_text(encoding="utf-8"))
    assert "+0.200 [0.200, 0.200] better" in shown.text
    hrefs = {each["href"] for each in shown.of("a")}
    assert hrefs == {f"../../reports/{TASK}/lstm/report.html", f"../../reports/{TASK}/lstm_fast/report.html"}
    assert all((page.parent / each).is_file() for each in hrefs)
    assert "script-src" not in policy(shown)
    table = ComparisonStore(open_objects(str(stored)), TASK).read()
    assert table is not None
    assert table.reference == "lstm_fast"


@pytest.mark.usefixtures("stored")
def test_a_classification_is_compared_by_accuracy(mirliton: Command) -> None:
    found = json.loads(mirliton("compare", "genre_recognition", "--json").out)
    assert [row["system"] for row in found["systems"]] == ["crnn", "majority"]
    assert found["systems"][1]["scores"]["accuracy"]["verdict"] in {"worse", "undecided"}


def test_names_are_escaped_on_the_page(home: Path, mirliton: Command) -> None:
    report = network_report("lstm", 0.8, datasets=[EVIL])
    ReportStore(open_objects(str(home / "store")), TASK, "lstm").replace("<html></html>", report, {})
    assert mirliton("compare", TASK).code == 0
    html = (home / "store" / "comparisons" / TASK / "report.html").read_text(encoding="utf-8")
    assert "<script" not in html
    assert EVIL in Reader(html).text


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("compare", "piano_transcripton"), ("piano_transcripton", "did you mean piano_transcription")),
        (("compare", "note_transfer"), ("note_transfer",)),
        (("compare", TASK, "--against", "lstm_fas"), ("a network that was evaluated", "did you mean lstm_fast")),
        (("compare", TASK, "--dataset", "nobodys"), ("nobodys",)),
        (("compare", TASK, "--peer", "theirs"), ("--peer NAME=FOLDER", "theirs")),
        (("compare", TASK, "--peer", "x=a", "--peer", "x=b"), ("x twice",)),
        (("compare", TASK, "--peer", "lstm=folder"), ("names of peers that no system has", "lstm")),
        (("compare", "genre_recognition", "--peer", "x=folder"), ("leave --peer out",)),
    ],
)
def test_what_is_wrong_is_one_sentence(mirliton: Command, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    result = mirliton(*arguments)
    assert result.code == 1
    assert result.err.startswith("error: ")
    assert "Traceback" not in result.err
    for word in words:
        assert word.lower() in result.err.lower()


@pytest.mark.usefixtures("stored")
def test_a_dataset_without_reports_names_those_that_there_are(mirliton: Command, tmp_path: Path) -> None:
    open_catalogue().add(Registration("new", "folder", str(tmp_path)))
    result = mirliton("compare", TASK, "--dataset", "new")
    assert result.code == 1
    assert "reports on new" in result.err
    assert "reports on mine; theirs" in result.err


def test_without_a_report_the_remedy_is_to_evaluate(home: Path, mirliton: Command) -> None:
    result = mirliton("compare", TASK)
    assert result.code == 1
    assert "mirliton evaluate" in result.err
