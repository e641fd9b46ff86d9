"""Larger corpora: costs in proportion to what was measured, and what is shared by all tracks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import history, larger_corpora, many_tracks
from benchmarks.history import Figure
from benchmarks.larger_corpora import Corpus, Cost, PerTrack, Prices
from mir_models.errors import MirlitonError

MIB = 2**20


def cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def test_costs_grow_with_the_hours_of_recordings_and_the_number_of_clips() -> None:
    corpora = [Corpus("long", 10, 200.0, clips=False), Corpus("clips", 1000, 8.0, clips=True)]
    hour, clip = Cost(72.0, 5e8, 400.0), Cost(3.6, 1e6, 100.0)
    rows = cells(larger_corpora.cost_table(corpora, hour, clip, 36.0, Prices(0.5, 0.02, 5.0)))
    assert rows[0] == ["long", "10", "200", "4.0", "2.0 h", "0.1 h", "2.0 h", "100", "0.1", "2.00", "2.00", "0.40"]
    assert rows[1] == ["clips", "1,000", "8", "1.0", "0.5 h", "0.0 h", "", "1", "0.1", "0.50", "0.02", "0.50"]


def test_what_is_shared_grows_with_tracks_and_landmarks_with_hours() -> None:
    track = PerTrack(listing=1e-5, reading=1e-4, table_memory=5e3, landmarks_memory=2e4, comparing=1e-4)
    (row,) = cells(larger_corpora.table_of_shared([Corpus("long", 10**6, 50_000.0, clips=False)], track))
    assert row == ["long", "10.0", "100.0", "5.0", "120.0", "600.0"]


def test_the_latest_figures_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "h.jsonl"
    monkeypatch.setenv(history.PATH_VARIABLE, str(path))
    for seconds in (999.0, 50.0):
        details = {"hours": 20.0, "n_tracks": 300, "n_bytes": 10**10, "n_files": 6000, "cores": 2}
        history.append(Figure("corpus_8gb/backfill", seconds, "s", details=details))
        history.append(Figure("corpus_8gb/epoch", 2 * seconds, "s", details=details))
    history.append(Figure("preparation/table", 30.0, "s", details={**details, "n_tracks": 100, "cores": 1}))
    for n in (10, 1000):
        many_tracks.keep(many_tracks.Row(n, 0.1, 1.0, 0.5, 700, 10.0, 5000, 0.1, 2.0, 20.0))
    found = history.latest(history.entries())
    assert larger_corpora.by_hour(found) == Cost(5.0, 5e8, 300.0)
    assert larger_corpora.epoch_by_hour(found) == 5.0
    assert larger_corpora.by_clip(found) == Cost(0.3, 1e8, 60.0)
    track = larger_corpora.per_track(found)
    assert (track.reading, track.comparing) == (0.0005, 0.002)
    assert track.landmarks_memory == pytest.approx(20 * MIB / 1000)


def test_a_figure_that_was_not_measured_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(history.PATH_VARIABLE, str(tmp_path / "h.jsonl"))
    monkeypatch.setattr(sys, "argv", ["larger_corpora"])
    with pytest.raises(MirlitonError, match=r"corpus_8gb/backfill.*python -m benchmarks\.corpus_8gb"):
        larger_corpora.main()
