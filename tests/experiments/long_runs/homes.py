"""The home of a run whose ``mirliton.py`` is a few lines, for tests."""

from __future__ import annotations

import json
from pathlib import Path

from experiments.long_runs.home import HomeRecord, RunHome

DEFINITION = """
description = "Nothing."
network = "lstm"
feature = "cqt_84"
epochs = 4

[[datasets]]
name = "music"
loader = "folder"
root = "{corpora}/music"
"""


def run_home(folder: Path, program: str = "", definition: str = DEFINITION) -> RunHome:
    """A home whose code is a program, which the words of a command are given to."""
    home = RunHome(folder)
    home.code.mkdir(parents=True)
    (home.code / "mirliton.py").write_text(program, encoding="utf-8")
    (folder / "run.toml").write_text(definition, encoding="utf-8")
    record = HomeRecord(run="nothing", commit="0123456789abcdef+", corpora=str(folder), made="2026-01-31T00:00:00+0000")
    (folder / "run.json").write_text(json.dumps(record.to_json()), encoding="utf-8")
    return home
