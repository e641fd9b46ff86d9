"""Artists that a network was not taught: halves, who is asked about what, resuming, and the table."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.artists.folds.music import Music
from experiments.artists.unseen import experiment, systems
from experiments.artists.unseen.halves import Half, halves
from experiments.artists.unseen.plan import Plan
from experiments.artists.unseen.table import table
from mir_models.errors import MirlitonError
from mir_models.transfer import probes
from storage.corpora.listing import TrackFiles

PLAN = Plan(seeds=2)
THREE = systems.chosen(["x_vector"])
"""Trained, with random weights, and cepstra."""


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


def test_folds_that_leave_nothing_to_choose_by_are_refused_and_more_folds_need_more_tracks() -> None:
    with pytest.raises(MirlitonError, match="3 folds or more"):
        Plan(folds=2)
    with pytest.raises(MirlitonError, match="4 artists of 5 tracks"):
        halves(named([4, 4, 4, 4, 5]), Plan(folds=5), 0)


def test_the_network_learns_what_is_not_asked_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artists, taught = named([3, 3, 3, 3, 2]), []
    music = of(artists, tmp_path)
    monkeypatch.setattr(Music, "features", lambda self, preset: {id: np.zeros((9, 4)) for id in artists})
    monkeypatch.setattr(systems, "_rows", lambda *_: np.zeros((1, 1)))

    def teach(architecture: Any, features: Any, artists: Any, seed: int, tell: Any) -> Any:
        taught.append(set(features))
        return SimpleNamespace(model=None)

    monkeypatch.setattr(systems, "teach", teach)
    for half in halves(artists, PLAN, 0):
        systems.trained("x_vector", music, half, 0, print)
        assert taught[-1] == set(half.learnt)
        assert not taught[-1] & set(half.asked)


def test_all_systems_of_a_seed_are_asked_in_the_same_folds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    music, asked = of(named([3, 3, 3, 3]), tmp_path), []
    for name in THREE:
        monkeypatch.setitem(systems.SYSTEMS, name, lambda music, half, *_: np.zeros((len(half.asked), 1)))

    def answers(probe: str, rows: Any, classes: Any, groups: Any, seed: int, n_folds: int) -> Any:
        asked.append((probe, tuple(classes), tuple(groups), seed, n_folds))
        return np.asarray(classes)

    monkeypatch.setattr(probes, "answers", answers)
    experiment.run(music, Plan(seeds=1), THREE, tmp_path)
    first, second, third = (asked[n : n + 6] for n in (0, 6, 12))
    assert first == second == third
    assert {each[3:] for each in first} == {(0, 3)}


def of(artists: dict[str, str], folder: Path) -> Music:
    files = (TrackFiles(id, folder / id, id, classes={"artist": artist}) for id, artist in artists.items())
    return Music(tuple(files), folder)


def test_every_system_is_asked_about_the_same_and_what_is_there_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artists = named([4, 3, 3, 5, 1])
    music = of(artists, tmp_path)
    asked: list[tuple[str, ...]] = []

    def telling(music: Music, half: Half, seed: int, tell: Any) -> np.ndarray:
        asked.append(half.asked)
        return np.array([[float(artists[track].split()[1]), 0.01 * n] for n, track in enumerate(half.asked)])

    def silent(music: Music, half: Half, seed: int, tell: Any) -> np.ndarray:
        asked.append(half.asked)
        return np.random.default_rng(seed).normal(size=(len(half.asked), 2))

    for name, system in zip(THREE, (telling, silent, silent), strict=True):
        monkeypatch.setitem(systems.SYSTEMS, name, system)
    experiment.run(music, PLAN, THREE, tmp_path)
    assert len(asked) == 12
    assert asked[:2] == asked[2:4] == asked[4:6]
    experiment.run(music, PLAN, THREE, tmp_path)
    assert len(asked) == 12
    found = experiment.results(tmp_path, music, PLAN, THREE)
    assert {len(each["wanted"]) for each in found} == {15}
    lines = table(found).splitlines()
    assert len(lines) == 2 + 3 * 3 + 1
    assert lines[-1].startswith("| majority | – | ")
    assert "100.0 [100.0, 100.0]" in lines[2]
    assert lines[2].count(" | +") == 2
    assert lines[5].endswith(" | – | – | 2 |")
    assert table([each for each in found if each["system"] != systems.CEPSTRA]).count(" | +") == 3
    assert table([]) == "No results yet."


def test_every_network_is_beside_its_own_random_weights() -> None:
    assert THREE == ["x_vector, trained", "x_vector, random weights", "MFCC statistics"]
    assert len(systems.SYSTEMS) == 2 * len(systems.NAMED) + 1
    for name, unlearnt in systems.UNLEARNT.items():
        assert systems.network_of(name) == systems.network_of(unlearnt)


def test_layers_cepstra_and_random_weights_give_a_row_per_track(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artists = named([3, 3])
    music = of(artists, tmp_path)
    rng = np.random.default_rng(0)
    shapes = {"mfcc": (300, 40), "log_mel": (300, 128)}
    kept = {preset: {id: rng.normal(size=shape) for id in artists} for preset, shape in shapes.items()}
    monkeypatch.setattr(Music, "features", lambda self, preset: kept[preset])
    half = Half(tuple(sorted(artists)[:3]), tuple(sorted(artists)[3:]))
    cepstra, unlearnt = (systems.SYSTEMS[name](music, half, 0, print) for name in THREE[:0:-1])
    assert len(cepstra) == len(unlearnt) == 3
    again = systems.random_weights("x_vector", music, half, 0, print)
    assert np.array_equal(unlearnt, again)
    assert not np.array_equal(unlearnt, systems.random_weights("x_vector", music, half, 1, print))
