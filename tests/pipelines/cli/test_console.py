"""The width of what is printed: the terminal's, and in a pipe or a file none."""

from __future__ import annotations

import io

import pytest
from rich.table import Table

from pipelines.cli.console import UncutConsole

CELLS = ("word " * 60).strip()


def printed(console: UncutConsole) -> list[str]:
    """The lines of a table with one long cell, and of a long sentence."""
    file = console.file = io.StringIO()
    table = Table("name", "cell")
    table.add_row("a", CELLS)
    console.print(table, CELLS, sep="\n")
    return file.getvalue().splitlines()


def test_a_table_in_a_pipe_is_as_wide_as_its_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    lines = printed(UncutConsole(highlight=False))
    assert [line for line in lines if CELLS in line] == [f"│ a    │ {CELLS} │", CELLS]
    assert all(len(line) <= len(CELLS) + 13 for line in lines)


def test_a_table_in_a_terminal_is_as_wide_as_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    lines = printed(UncutConsole(highlight=False, force_terminal=True, color_system=None))
    assert max(map(len, lines)) == 60
    assert " ".join(" ".join(lines).replace("│", " ").split()).count("word") == 120, "nothing is cut off"
