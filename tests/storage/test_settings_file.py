"""mirliton.env: values of any kind come back, the environment wins, wrong lines are named."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.settings_file import NAME, load_settings, quoted, read_settings


@given(st.text(st.characters(exclude_characters="\r\0", codec="utf-8")))
def test_a_quoted_value_comes_back(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / NAME).write_text(f"# a comment\nA={quoted(value)}\nB=plain\n", encoding="utf-8")
    assert read_settings(folder) == {"A": value, "B": "plain"}


def test_a_shell_reads_the_file_as_well(tmp_path: Path) -> None:
    value = "postgresql+psycopg2://me@host:5432/team?options=-csearch_path%3Ddagster&x=$HOME #1"
    (tmp_path / NAME).write_text(f"A={quoted(value)}\n")
    script = f'set -a; . {tmp_path / NAME}; printf %s "$A"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == value


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME).write_text("MIRLITON_STORE=s3://team/store\nMIRLITON_OTHER='$HOME'\n")
    monkeypatch.setenv("MIRLITON_STORE", "mine")
    monkeypatch.setenv("MIRLITON_OTHER", "to be forgotten")
    monkeypatch.delenv("MIRLITON_OTHER")
    assert load_settings(tmp_path) == ["MIRLITON_OTHER"]
    assert (os.environ["MIRLITON_STORE"], os.environ["MIRLITON_OTHER"]) == ("mine", "$HOME")


def test_no_file_no_settings(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == []


@pytest.mark.parametrize("line", ["MIRLITON_STORE", "A='not closed", "= x"])
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / NAME).write_text(f"A=1\n{line}\n")
    with pytest.raises(MirlitonError, match=f"Expected NAME=value in line 2 of {tmp_path / NAME}"):
        read_settings(tmp_path)
