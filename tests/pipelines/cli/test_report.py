"""``mirliton report``: which report is meant, where its page is, and that a browser opens it."""

# ruff: noqa: F811

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.cli import report as command
from pipelines.cli.report import choose_report
from storage.objects.objects import open_objects
from tests.pipelines.cli.test_commands import Command, mirliton  # noqa: F401

TASK = "piano_transcription"


def put_reports(home: Path, *names: str) -> None:
    for name in names:
        open_objects(str(home / "store")).write(f"reports/{TASK}/{name}/report.json", b"{}")


def let_be_in_use(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    found = SimpleNamespace(reference=SimpleNamespace(architecture=name)) if name else None
    monkeypatch.setattr("assets.inference.champion.model_in_use", lambda _: found)


def test_the_only_report_is_meant_then_that_of_the_champion_and_always_the_named_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_be_in_use(monkeypatch, "lstm")
    put_reports(home, "bilstm")
    assert choose_report(TASK, None) == "bilstm"
    put_reports(home, "lstm")
    assert choose_report(TASK, None) == "lstm"
    assert choose_report(TASK, "bilstm") == "bilstm"


@pytest.mark.parametrize(
    ("written", "in_use", "words", "expected"),
    [
        (
            (),
            "",
            (TASK,),
            "Expected one report, or that of a champion. Received: written: none yet. Remedy: mirliton eva",
        ),
        (("a", "b"), "", (TASK,), "Received: written: a, b. Remedy: name one with --model (written: a, b)."),
        (("a", "b"), "lstm", (TASK,), "Expected a report on lstm. Received: none. Remedy: mirliton evaluate"),
        (("lstm",), "", (TASK, "--model", "lstn"), "a report on lstn. Received: none. Remedy: did you mean lstm? Else"),
        ((), "", ("piano_transcripton",), "did you mean piano_transcription?"),
    ],
)
def test_a_report_that_there_is_not_is_named_with_those_that_there_are(
    mirliton: Command,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    written: tuple[str, ...],
    in_use: str,
    words: tuple[str, ...],
    expected: str,
) -> None:
    let_be_in_use(monkeypatch, in_use)
    put_reports(home, *written)
    assert expected in mirliton("report", *words).error


@pytest.mark.parametrize("has_browser", [True, False])
def test_the_page_is_opened_or_its_path_named(
    mirliton: Command, home: Path, monkeypatch: pytest.MonkeyPatch, has_browser: bool
) -> None:
    opened: list[str] = []

    def open_page(address: str) -> bool:
        opened.append(address)
        return has_browser

    def print_report(task: str, model: str) -> Any:
        assert (task, model) == (TASK, "lstm")
        return SimpleNamespace(page=str(home / "a report.html"))

    put_reports(home, "lstm")
    monkeypatch.setattr(command.webbrowser, "open", open_page)
    monkeypatch.setattr(command, "print_report", print_report)
    assert mirliton("report", TASK).code == 0
    assert opened == []
    result = mirliton("report", TASK, "--open")
    assert opened == [(home / "a report.html").as_uri()]
    assert ("There is no browser on this machine: open " in result.out) == (not has_browser)
