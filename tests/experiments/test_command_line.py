"""What the command lines of the benchmarks share: where a table goes, an interrupt, and an error in one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import experiments.artists.folds
from experiments import command_line


def test_a_table_goes_beside_its_results_unless_a_file_is_named(tmp_path: Path) -> None:
    words = command_line.of_table(experiments.artists.folds)
    command_line.publish("a table\n", experiments.artists.folds, words.parse_args(["--out", str(tmp_path / "new")]))
    named = words.parse_args(["--out", str(tmp_path), "--markdown", str(tmp_path / "mine.md")])
    command_line.publish("another\n", experiments.artists.folds, named)
    assert (tmp_path / "new/artist_folds.md").read_text(encoding="utf-8") == "a table\n"
    assert (tmp_path / "mine.md").read_text(encoding="utf-8") == "another\n"
    assert not (tmp_path / "artist_folds.md").exists()


def test_an_interrupt_ends_what_is_running_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with command_line.interruptible():
        raise KeyboardInterrupt
    assert capsys.readouterr().out == "Interrupted: the same command begins again with what was running.\n"
    with pytest.raises(ZeroDivisionError), command_line.interruptible():
        raise ZeroDivisionError


def test_what_a_user_can_mend_is_one_sentence(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "experiments.artists.folds", str(tmp_path / "nowhere"), "--out", str(tmp_path)]
    told = subprocess.run(words, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert told.returncode == 1
    assert told.stderr.startswith("error: ")
    assert "nowhere" in told.stderr
    assert "Traceback" not in told.stderr
