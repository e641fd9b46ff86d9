"""``--json``: one document on standard output, of the type that is documented, and nothing else."""

# ruff: noqa: F811

from __future__ import annotations

import inspect
import json
import math
import os
import pkgutil
import subprocess
import sys
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from mir_models.errors import MirlitonError
from pipelines.cli import documents, json_output, main
from pipelines.cli.console import console
from pipelines.cli.documents import DOCUMENTS
from pipelines.cli.documents.datasets import AddDocument, DatasetDocument, DatasetsDocument, RemoveDocument
from pipelines.cli.documents.machine import DoctorDocument
from pipelines.cli.documents.preparation import AssetCounts, BackfillDocument
from pipelines.cli.documents.recordings import RecordingsDocument
from pipelines.cli.json_output import OPTION, document_alone, emit, encoded, with_json
from pipelines.runs import RunFailed, RunResult
from storage.corpora.catalogue import open_catalogue
from storage.corpora.registrations import Registration
from tests.pipelines.cli.test_commands import CHECKOUT, Command, corpus, mirliton  # noqa: F401

PAGE = CHECKOUT / "docs" / "command-line.md"


@dataclass(frozen=True)
class Figures:
    """A document with values that JSON does not have."""

    values: list[float]
    name: str
    count: Any


def read(output: str, kind: type) -> Any:
    """The one document in an output, checked key by key."""
    values = json.loads(output)
    assert set(values) == {each.name for each in fields(kind)}
    return msgspec.convert(values, kind)


def test_every_dataset_is_a_row(mirliton: Command, corpus: Path) -> None:
    assert read(mirliton("datasets", "--json").out, DatasetsDocument).datasets == []
    added = read(mirliton("add", "mine", "--loader", "folder", "--root", corpus, "--json").out, AddDocument)
    assert (added.name, added.tracks, added.root) == ("mine", 2, str(corpus))
    assert (added.left_out, added.changed) == ({}, [])
    (row,) = read(mirliton("datasets", "--json").out, DatasetsDocument).datasets
    assert (row.name, row.loader, row.tracks, row.hours) == ("mine", "folder", 0, 0.0)
    assert row.splits == {"train": 0, "validation": 0, "test": 0}


def test_the_summary_of_a_dataset_is_a_document(mirliton: Command, corpus: Path) -> None:
    mirliton("add", "mine", "--loader", "folder", "--root", corpus)
    summary = read(mirliton("datasets", "mine", "--json").out, DatasetDocument)
    assert summary.on_disk.kinds == ["notes"]
    assert summary.on_disk.new == ["a", "b"]
    assert (summary.splits, summary.stages, summary.older_version) == ([], [], False)
    (corpus / "a.wav").unlink()
    (corpus / "b.wav").unlink()
    away = read(mirliton("datasets", "mine", "--json").out, DatasetDocument)
    assert away.on_disk is None
    assert str(corpus) in away.not_listed_because


def test_a_change_of_a_registration_and_its_removal_are_documents(mirliton: Command, corpus: Path) -> None:
    mirliton("add", "mine", "--loader", "folder", "--root", corpus)
    again = mirliton("add", "mine", "--loader", "folder", "--root", corpus, "--split-seed", "3", "--json")
    assert read(again.out, AddDocument).changed == ["split_seed was 0, is now 3"]
    removed = read(mirliton("remove", "mine", "--json").out, RemoveDocument)
    assert (removed.name, removed.stores_deleted, removed.stale) == ("mine", False, [])


def test_doctor_prints_its_document_and_ends_with_1_where_something_is_amiss(
    mirliton: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.cli import doctor

    assert read(mirliton("doctor", "--json").out, DoctorDocument).ok
    monkeypatch.setattr(doctor, "PIPELINE", ("keras", "no-such-library"))
    result = mirliton("doctor", "--json")
    document = read(result.out, DoctorDocument)
    assert (result.code, document.ok) == (1, False)
    (bad,) = [each.finding for each in document.findings if not each.ok]
    assert bad.startswith("no-such-library is not installed")


def test_an_error_leaves_standard_output_empty(mirliton: Command) -> None:
    result = mirliton("datasets", "nope", "--json")
    assert result.out == ""
    assert result.error.startswith("Expected a registered dataset. Received: 'nope'")
    assert not console.quiet


def test_standard_output_is_not_for_notes_and_a_document(mirliton: Command) -> None:
    error = mirliton("transcribe", "-", "--format", "csv", "--json").error
    assert error.startswith("Expected one thing on standard output. Received: the notes, and --json")


def test_whatever_else_writes_to_standard_output_is_on_standard_error() -> None:
    program = (
        "import os, sys\n"
        "from pipelines.cli.console import console\n"
        "from pipelines.cli.json_output import document_alone, emit\n"
        "with document_alone():\n"
        "    print('python'); os.write(1, b'descriptor\\n'); console.print('for people')\n"
        "    emit({'a': 1})\n"
        "print('after')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == '{\n "a": 1\n}\nafter\n'
    assert sorted(ended.stderr.split()) == ["descriptor", "python"]


def test_a_document_comes_out_before_the_error_that_follows_it(capfd: pytest.CaptureFixture[str]) -> None:
    def failing() -> None:
        with document_alone():
            emit({"score": 0.1})
            raise MirlitonError("more", received="less", remedy="train")

    with pytest.raises(MirlitonError):
        failing()
    assert json.loads(capfd.readouterr().out) == {"score": 0.1}
    assert not json_output.is_requested()


def test_nothing_is_emitted_where_it_is_not_requested(capfd: pytest.CaptureFixture[str]) -> None:
    emit({"a": 1})
    with document_alone():
        pass
    assert capfd.readouterr().out == ""


def test_what_json_lacks_is_null_or_escaped() -> None:
    name = os.fsdecode(b"caf\xe9")
    text = encoded(Figures([1.5, math.nan, math.inf], name, np.int64(3)))
    assert text.isascii()
    assert json.loads(text) == {"values": [1.5, None, None], "name": name, "count": 3}


def test_the_option_comes_beside_those_of_the_command() -> None:
    def command(name: str, *, often: int = 1) -> None:
        emit([name] * often)

    app = typer.Typer()
    app.command()(with_json(command))
    assert [*inspect.signature(with_json(command)).parameters] == ["name", "often", OPTION.name]
    assert json.loads(CliRunner().invoke(app, ["a", "--often", "2", "--json"]).stdout) == ["a", "a"]
    assert CliRunner().invoke(app, ["a"]).stdout == ""


def test_commands_that_report_something_have_documents() -> None:
    assert set(main.COMMANDS) - set(DOCUMENTS) <= {"ui", "listen"}
    assert set(DOCUMENTS) <= set(main.COMMANDS)


KINDS = [
    kind
    for module in pkgutil.iter_modules(documents.__path__, f"{documents.__name__}.")
    for kind in vars(import_module(module.name)).values()
    if is_dataclass(kind) and kind.__module__ == module.name
]


@pytest.mark.parametrize("kind", KINDS, ids=[kind.__name__ for kind in KINDS])
def test_every_document_is_described_key_by_key(kind: type) -> None:
    sections = PAGE.read_text(encoding="utf-8").split("\n### ")
    (section,) = [each for each in sections if each.startswith(f"{kind.__name__}\n")]
    _, _, rows = section.partition("```text\n")
    described = [row.split()[0] for row in rows.partition("\n```")[0].splitlines()]
    assert described == [each.name for each in fields(kind)]
    assert all(f"`mirliton {command}`" in section for command, kinds in DOCUMENTS.items() if kind in kinds)


def test_every_command_is_described() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{name}` | {text} |" in page for name, text in main.COMMANDS.items())


class _FailingTranscriber:
    """Transcribes everything but what is called bad."""

    concurrent = False

    def transcribe(self, recording: Path, *, warn: Any, over: Any) -> list[str]:
        warn("quiet")
        if recording.stem == "bad":
            raise MirlitonError("a recording", received="none", remedy="record it")
        return ["a note"]

    def encoded(self, *_: object) -> bytes:
        return b"MThd"


def test_every_recording_is_a_row_also_where_one_fails(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.inference.transcriber.load_shipped_transcriber", lambda *_, **__: _FailingTranscriber())
    paths = [tmp_path / name for name in ("a.wav", "bad.wav")]
    for path in paths:
        path.touch()
    result = mirliton("transcribe", *paths, "", "-o", tmp_path / "out", "--json")
    found = read(result.out, RecordingsDocument)
    assert (result.code, found.failed, found.of) == (1, 2, 3)
    empty, good, bad = found.recordings
    assert (empty.recording, empty.files) == ("", [])
    assert "a path" in empty.errors[0]
    assert (good.files, good.summary, good.errors) == ([str(tmp_path / "out" / "a.mid")], "1 notes", [])
    assert (good.warnings, bad.warnings, bad.files) == (["quiet"], ["quiet"], [])
    assert bad.errors == [f"{paths[1]}: Expected a recording. Received: none. Remedy: record it."]


def test_a_backfill_reports_every_dataset_also_where_one_fails(
    mirliton: Command, home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: Any, partition: str, **__: Any) -> RunResult:
        if partition == "bad":
            raise RunFailed("its files are away")
        metadata = {"raw_audio": {"tracks": 2, "made": 1, "up_to_date": 1, "notices": ("b has no notes",)}}
        return RunResult("1", metadata, [])

    monkeypatch.setattr("pipelines.runs.materialise", run)
    for name in ("good", "bad"):
        open_catalogue().add(Registration(name, "folder", str(corpus)))
    result = mirliton("backfill", "bad", "good", "--json")
    bad, good = read(result.out, BackfillDocument).datasets
    assert result.error == "bad: its files are away"
    assert (bad.name, bad.error, bad.assets) == ("bad", "its files are away", {})
    assert (good.run, good.error, good.notices) == ("1", "", ["b has no notes"])
    assert good.assets == {"raw_audio": AssetCounts(tracks=2, made=1, up_to_date=1, quarantined=0)}
