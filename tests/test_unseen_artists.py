"""Artists that a network was not taught: halves, who is asked about what, resuming, and the table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.artist_folds.music import Music
from benchmarks.unseen_artists import experiment, systems
from benchmarks.unseen_artists.halves import Half, halves
from benchmarks.unseen_artists.plan import Plan
from benchmarks.unseen_artists.table import table
from mir_models.errors import MirlitonError
from storage.corpus import TrackFiles

PLAN = Plan(seeds=2)


def named(counts: list[int]) -> dict[str, str]:
    return {f"{artist}-{n}": f"artist {artist}" for artist, many in enumerate(counts) for n in range(many)}


@given(st.lists(st.integers(1, 6), min_size=6, max_size=12), st.integers(0, 99))
def test_nobody_who_is_asked_was_learnt_and_everybody_with_enough_is_asked_once(counts: list[int], seed: int) -> None:
    artists = named([3, 3, 4, 5, *counts])
    found = halves(artists, PLAN, seed)
    for half in found:
        assert not {artists[track] for track in half.asked} & {artists[track] for track in half.learnt}
        assert {*half.asked, *half.learnt} == set(artists)
        assert len({artists[track] for track in half.asked}) >= 2
    asked = [track for half in found for track in half.asked]
    enough = {track for track, artist in artists.items() if list(artists.values()).count(artist) >= PLAN.at_least}
    assert sorted(asked) == sorted(enough)


def test_seeds_draw_other_halves_and_too_few_artists_are_refused() -> None:
    artists = named([3] * 10)
    assert len({halves(artists, PLAN, seed)[0].asked for seed in range(5)}) > 1
    with pytest.raises(MirlitonError, match="4 artists of 3 tracks"):
        halves(named([3, 3, 3, 2, 2]), PLAN, 0)


def test_every_system_is_asked_about_the_same_and_what_is_there_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artists = named([4, 3, 3, 5, 1])
    music = Music(
        tuple(TrackFiles(id, tmp_path / id, id, classes={"artist": artist}) for id, artist in artists.items()), tmp_path
    )
    asked: list[tuple[str, ...]] = []

    def telling(music: Music, half: Half, seed: int, tell: Any) -> np.ndarray:
        asked.append(half.asked)
        return np.array([[float(artists[track].split()[1]), 0.01 * n] for n, track in enumerate(half.asked)])

    def silent(music: Music, half: Half, seed: int, tell: Any) -> np.ndarray:
        asked.append(half.asked)
        return np.random.default_rng(seed).normal(size=(len(half.asked), 2))

    for name, system in zip(systems.SYSTEMS, (telling, silent, silent), strict=True):
        monkeypatch.setitem(systems.SYSTEMS, name, system)
    experiment.run(music, PLAN, tmp_path)
    assert len(asked) == 12
    assert asked[:2] == asked[2:4] == asked[4:6]
    experiment.run(music, PLAN, tmp_path)
    assert len(asked) == 12
    found = experiment.results(tmp_path, music, PLAN)
    assert {len(each["wanted"]) for each in found} == {15}
    lines = table(found).splitlines()
    assert len(lines) == 2 + 3 * 3
    assert "100.0 [100.0, 100.0]" in lines[2]
    assert " | +" in lines[5]
    assert table([each for each in found if each["system"] != systems.CEPSTRA]) == "No results yet."


def test_layers_cepstra_and_random_weights_give_a_row_per_track(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artists = named([3, 3])
    music = Music(
        tuple(TrackFiles(id, tmp_path / id, id, classes={"artist": artist}) for id, artist in artists.items()), tmp_path
    )
    rng = np.random.default_rng(0)
    shapes = {"mfcc": (300, 40), "log_mel": (300, 128)}
    kept = {preset: {id: rng.normal(size=shape) for id in artists} for preset, shape in shapes.items()}
    monkeypatch.setattr(Music, "features", lambda self, preset: kept[preset])
    half = Half(tuple(sorted(artists)[:3]), tuple(sorted(artists)[3:]))
    cepstra, unlearnt = (systems.SYSTEMS[name](music, half, 0, print) for name in (systems.CEPSTRA, systems.RANDOM))
    assert len(cepstra) == len(unlearnt) == 3
    again = systems.random_weights(music, half, 0, print)
    assert np.array_equal(unlearnt, again)
    assert not np.array_equal(unlearnt, systems.random_weights(music, half, 1, print))
