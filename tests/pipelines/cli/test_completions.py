"""What the shell completes, asked for as bash asks, and the version."""

# ruff: noqa: F811

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError
from pipelines.cli.completions import complete_dataset, complete_track
from storage.corpora.catalogue import open_catalogue
from storage.corpora.registrations import LOADERS, Registration
from tests.pipelines.cli.test_commands import Command, mirliton  # noqa: F401


def completed(mirliton: Command, monkeypatch: pytest.MonkeyPatch, line: str) -> list[str]:
    """What bash is given for the last word of a line."""
    monkeypatch.setenv("_MIRLITON_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
    result = mirliton()
    assert (result.code, result.err) == (0, "")
    return result.out.split()


def test_names_of_what_there_is_are_completed(mirliton: Command, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("evenings", "event", "maps"):
        open_catalogue().add(Registration(name, "demo", "nowhere"))
    of_task = [name for name, each in ARCHITECTURES.entries().items() if each.TASK == "genre_recognition"]
    for line, expected in {
        "mirliton back": ["backfill"],
        "mirliton backfill eve": ["evenings", "event"],
        "mirliton train piano_transcription --model bil --dataset ma": ["maps"],
        "mirliton add x --loader ": LOADERS.names(),
        "mirliton add x --split off": ["official"],
        "mirliton evaluate piano_tr": ["piano_transcription"],
        "mirliton train genre_recognition --model ": sorted(of_task),
        "mirliton train piano_transcription --model lstm --set training.epo": ["training.epochs="],
        "mirliton plan evenings --feature cqt_8": ["cqt_84"],
        "mirliton probe x --label gen": ["genre"],
        "mirliton evaluate genre_recognition --str": ["--strict"],
        "mirliton doctor --js": ["--json"],
        "mirliton inspect evenings a": [],
        "mirliton inspect nope a": [],
    }.items():
        assert completed(mirliton, monkeypatch, line) == expected, line


def test_a_store_that_does_not_answer_completes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Context:
        params = {"dataset": "mine"}  # noqa: RUF012

    def failing(*_: object) -> None:
        raise MirlitonError("a store", received="none", remedy="start it")

    open_catalogue().add(Registration("mine", "demo", "nowhere"))
    monkeypatch.setattr("storage.tracks.dataset_store.open_dataset", failing)
    assert complete_track(Context(), "a") == []  # type: ignore[arg-type]


def test_a_server_that_is_down_completes_no_dataset(
    home: Path, bucket_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIRLITON_STORE", bucket_address)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("pipelines.cli.completions.PATIENCE_S", 0.1)
    assert complete_dataset("m") == []


def test_the_script_for_bash_can_be_read_by_it(mirliton: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shellingham.detect_shell", lambda *_: ("bash", "/bin/bash"))  # Whatever runs the tests.
    script = mirliton("--show-completion").out
    assert "_MIRLITON_COMPLETE=complete_bash" in script
    subprocess.run(["bash", "-n"], input=script, text=True, check=True, timeout=60)


def test_the_version_is_that_of_the_distribution(mirliton: Command) -> None:
    result = mirliton("--version")
    assert (result.code, result.out, result.err) == (0, f"mirliton {version('mirliton')}\n", "")
