"""The data of a run: what is missing of the corpora shows before anything is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from experiments.long_runs import preparation, processes
from experiments.long_runs.home import RunHome
from experiments.long_runs.processes import Deadline
from mir_models.errors import MirlitonError
from tests.experiments.long_runs.homes import run_home

DEFINITION = """
description = "Nothing."
network = "lstm"
feature = "cqt_84"
epochs = 4
options.renderings = { pianos = "{corpora}/pianos/grand,{corpora}/pianos/upright" }

[[datasets]]
name = "played"
loader = "renderings"
root = "{corpora}/midi"

[[datasets]]
name = "recorded"
loader = "maps"
root = "{corpora}/maps"
"""


@pytest.fixture
def home(tmp_path: Path) -> RunHome:
    """A home whose corpora are whole."""
    for name in ("midi", "maps", "pianos/grand", "pianos/upright"):
        (tmp_path / name).mkdir(parents=True)
    return run_home(tmp_path, definition=DEFINITION)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The first two words of what was run, in order."""
    found: list[list[str]] = []

    def run(home: RunHome, command: Sequence[str], deadline: Deadline) -> None:
        found.append(list(command[:2]))

    monkeypatch.setattr(processes, "run", run)
    return found


def test_every_dataset_is_registered_before_one_is_made(home: RunHome, commands: list[list[str]]) -> None:
    preparation.prepare(home, Deadline(0))
    registered = [["add", "recorded"], ["add", "played"]]
    assert commands == [*registered, ["backfill", "played"], ["backfill", "recorded"]]
    assert home.is_prepared()


def test_all_folders_that_are_missing_are_named_at_once(home: RunHome, commands: list[list[str]]) -> None:
    (home.folder / "maps").rmdir()
    (home.folder / "pianos" / "upright").rmdir()
    missing = f"no folder {home.folder}/pianos/upright, {home.folder}/maps"
    with pytest.raises(MirlitonError, match=rf"the corpora of this run\. Received: {missing}\. Remedy: put them there"):
        preparation.prepare(home, Deadline(0))
    assert commands == []
