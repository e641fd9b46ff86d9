"""What the command lines of the experiments share: where a table goes, an interrupt, and an error in one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import experiments.label_noise
from experiments import command_line
from experiments.artists.__main__ import parser


def test_a_table_goes_beside_its_results_unless_a_file_is_named(tmp_path: Path) -> None:
    words = command_line.table_parser(experiments.label_noise)
    command_line.publish("a table\n", words.parse_args(["--out", str(tmp_path / "new")]))
    named = words.parse_args(["--out", str(tmp_path), "--markdown", str(tmp_path / "mine.md")])
    command_line.publish("another\n", named)
    assert (tmp_path / "new/label_noise.md").read_text(encoding="utf-8") == "a table\n"
    assert (tmp_path / "mine.md").read_text(encoding="utf-8") == "another\n"
    assert not (tmp_path / "label_noise.md").exists()


@pytest.mark.parametrize(("table", "file_name"), [("folds", "artist_folds.md"), ("unseen", "unseen_artists.md")])
def test_the_tables_of_artists_have_files_of_their_own(tmp_path: Path, table: str, file_name: str) -> None:
    command_line.publish("a table\n", parser().parse_args([table, "folder", "--out", str(tmp_path)]))
    assert [path.name for path in tmp_path.iterdir()] == [file_name]


def test_an_interrupt_ends_what_is_running_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with command_line.interruptible():
        raise KeyboardInterrupt
    assert capsys.readouterr().out == "Interrupted: the same command begins again with what was running.\n"
    with pytest.raises(ZeroDivisionError), command_line.interruptible():
        raise ZeroDivisionError


def test_an_error_that_a_user_can_mend_is_one_sentence(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "experiments.artists", "folds", str(tmp_path / "nowhere"), "--out", str(tmp_path)]
    ended = subprocess.run(words, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ")
    assert "nowhere" in ended.stderr
    assert "Traceback" not in ended.stderr
