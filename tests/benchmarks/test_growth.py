"""Growth: the corpus that is written, and the count of tracks made since a time."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks import growth, history
from storage.media import midi


def test_a_track_has_sixteen_notes_at_their_onsets_and_no_two_seeds_are_alike(tmp_path: Path) -> None:
    growth.write_track(tmp_path / "000" / "a", 0)
    growth.write_track(tmp_path / "000" / "b", 1)
    (y, sr), (other, _) = (soundfile.read(tmp_path / "000" / f"{name}.wav") for name in "ab")
    assert (sr, len(y)) == (growth.SR, round(growth.SECONDS * growth.SR))
    notes = midi.read(tmp_path / "000" / "a.mid").notes
    assert len(notes) == 16
    first = np.flatnonzero(np.abs(y) > 1e-3)[0] / sr
    assert abs(first - notes.onset_times[0]) < 0.01
    assert not np.array_equal(y, other)


def test_tracks_made_since_a_time_are_counted(tmp_path: Path) -> None:
    for name, seconds in (("a@1", 100), ("b@2", 200), ("c@3", 300), ("table.json", 300)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (seconds, seconds))
    assert growth.made_since(tmp_path, 150) == 2


@pytest.mark.parametrize("n", [100, 10_000])
def test_every_row_is_held_against_the_goals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    monkeypatch.setenv(history.PATH_VARIABLE, str(tmp_path / "history.jsonl"))
    growth.append_figures(n, 12.0, 41.0, 500, 2.5, 8.5, 1)
    figures = [(each.figure.name.rsplit(", ", 1)[1], each.figure.goal) for each in history.entries()]
    assert figures == [("per track", "≤ 40"), ("nothing to do", "≤ 3"), ("one more", "≤ 8"), ("peak memory", "")]
