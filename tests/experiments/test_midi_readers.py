"""The comparison of readers of MIDI files: what counts as equal, and what mirliton reads of the small files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.midi_readers.__main__ import case_table, describe, files_table
from experiments.midi_readers.cases import CASES
from experiments.midi_readers.readers import is_equal, read
from tests.conftest import write_track

ONSETS = np.array([1.0, 0.0, 0.0])


@pytest.mark.parametrize("case", CASES)
def test_mirliton_reads_every_small_file(case: str, tmp_path: Path) -> None:
    (tmp_path / "x.mid").write_bytes(CASES[case])
    assert not isinstance(read("mirliton", tmp_path / "x.mid"), str)


def test_the_order_of_notes_does_not_matter_and_a_millisecond_does() -> None:
    rows = np.array([[0.0, 1.0, 60], [0.0, 2.0, 62]])
    assert is_equal(rows, rows[::-1] + 0.0005 * ONSETS)
    assert not is_equal(rows, rows + 0.002 * ONSETS)
    assert not is_equal(rows, rows[:1])
    assert not is_equal("ValueError: x", "ValueError: x")


def test_the_tables_name_what_each_reader_reads(tmp_path: Path) -> None:
    for seed in range(2):
        write_track(tmp_path / str(seed), seed)
    (tmp_path / "2.mid").write_bytes(CASES["8 sharps"])
    lines = files_table(sorted(tmp_path.glob("*.mid")), ["mirliton", "pretty_midi"]).splitlines()
    assert lines[2].startswith("| mirliton | 3 of 3 | 121 | 3 of 3 |")
    assert lines[3].partition(" | ")[2].startswith("2 of 3 | ")
    assert "| 8 sharps | 60: 0–0.5 | refused |" in case_table(["mirliton", "pretty_midi"])


def test_notes_are_described_by_key_and_time() -> None:
    assert describe(np.array([[0.5, 1.0 / 3, 60]])) == "60: 0.5–0.33"
    assert (describe(np.zeros((0, 3))), describe("EOFError: ")) == ("no note", "refused")
