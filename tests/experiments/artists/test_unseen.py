"""Artists that a network was not trained on: halves, what the probes classify, resuming, and the table."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.artists import scores
from experiments.artists.music import Music
from experiments.artists.network import NETWORKS
from experiments.artists.plan import UnseenPlan as Plan
from experiments.artists.unseen import experiment, systems
from experiments.artists.unseen.halves import Half, halves
from experiments.artists.unseen.table import table
from mir_models.errors import MirlitonError
from mir_models.transfer import probes
from storage.corpora.listing import TrackFiles

PLAN = Plan(seeds=2)
THREE = systems.systems_of(["x_vector"])
"""Trained, with random weights, and cepstra."""


def named(counts: list[int]) -> dict[str, str]:
    return {f"{artist}-{n}": f"artist {artist}" for artist, many in enumerate(counts) for n in range(many)}


@given(st.lists(st.integers(1, 6), min_size=6, max_size=12), st.integers(0, 99))
def test_no_artist_is_trained_on_and_probed_and_all_with_enough_tracks_are_probed_once(
    counts: list[int], seed: int
) -> None:
    artists = named([3, 3, 4, 5, *counts])
    found = halves(artists, PLAN, seed)
    for half in found:
        assert not {artists[track] for track in half.probed} & {artists[track] for track in half.train}
        assert {*half.probed, *half.train} == set(artists)
        assert len({artists[track] for track in half.probed}) >= 2
    probed = [track for half in found for track in half.probed]
    enough = {track for track, artist in artists.items() if list(artists.values()).count(artist) >= PLAN.at_least}
    assert sorted(probed) == sorted(enough)


def test_seeds_draw_other_halves_and_too_few_artists_are_refused() -> None:
    artists = named([3] * 10)
    assert len({halves(artists, PLAN, seed)[0].probed for seed in range(5)}) > 1
    with pytest.raises(MirlitonError, match="4 artists of 3 tracks"):
        halves(named([3, 3, 3, 2, 2]), PLAN, 0)


def test_folds_that_leave_nothing_to_choose_by_are_refused_and_more_folds_need_more_tracks() -> None:
    with pytest.raises(MirlitonError, match="3 folds or more"):
        Plan(folds=2)
    with pytest.raises(MirlitonError, match="4 artists of 5 tracks"):
        halves(named([4, 4, 4, 4, 5]), Plan(folds=5), 0)


def test_the_network_is_trained_on_what_is_not_probed_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artists, trained_on = named([3, 3, 3, 3, 2]), []
    music = of(artists, tmp_path)
    monkeypatch.setattr(Music, "features", lambda self, preset: {id: np.zeros((9, 4)) for id in artists})
    monkeypatch.setattr(systems, "_embed", lambda *_: np.zeros((1, 1)))

    def train(architecture: Any, features: Any, artists: Any, seed: int, on_progress: Any) -> Any:
        trained_on.append(set(features))
        return SimpleNamespace(model=None)

    monkeypatch.setattr(systems, "train", train)
    for half in halves(artists, PLAN, 0):
        systems.embed_trained("x_vector", music, half, 0, print)
        assert trained_on[-1] == set(half.train)
        assert not trained_on[-1] & set(half.probed)


def test_all_systems_of_a_seed_are_probed_in_the_same_folds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    music, calls = of(named([3, 3, 3, 3]), tmp_path), []
    for name in THREE:
        monkeypatch.setitem(systems.SYSTEMS, name, lambda music, half, *_: np.zeros((len(half.probed), 1)))

    def cross_val_predict(probe: str, rows: Any, classes: Any, groups: Any, seed: int, n_folds: int) -> Any:
        calls.append((probe, tuple(classes), tuple(groups), seed, n_folds))
        return np.asarray(classes)

    monkeypatch.setattr(probes, "cross_val_predict", cross_val_predict)
    experiment.run(music, Plan(seeds=1), THREE, tmp_path)
    first, second, third = (calls[n : n + 6] for n in (0, 6, 12))
    assert first == second == third
    assert {each[3:] for each in first} == {(0, 3)}


def of(artists: dict[str, str], folder: Path) -> Music:
    files = (TrackFiles(id, folder / id, id, classes={"artist": artist}) for id, artist in artists.items())
    return Music(tuple(files), folder)


def test_every_system_has_the_same_tracks_and_existing_results_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artists = named([4, 3, 3, 5, 1])
    music = of(artists, tmp_path)
    calls: list[tuple[str, ...]] = []

    def separable(music: Music, half: Half, seed: int, on_progress: Any) -> np.ndarray:
        calls.append(half.probed)
        return np.array([[float(artists[track].split()[1]), 0.01 * n] for n, track in enumerate(half.probed)])

    def noise(music: Music, half: Half, seed: int, on_progress: Any) -> np.ndarray:
        calls.append(half.probed)
        return np.random.default_rng(seed).normal(size=(len(half.probed), 2))

    for name, system in zip(THREE, (separable, noise, noise), strict=True):
        monkeypatch.setitem(systems.SYSTEMS, name, system)
    # Each probe is fitted once for each setting to choose from: of one there is nothing to choose.
    monkeypatch.setattr(probes, "PENALTIES", (1.0,))
    monkeypatch.setattr(probes, "NEIGHBOURS", (1,))
    monkeypatch.setattr(scores, "N_RESAMPLES", 50)
    experiment.run(music, PLAN, THREE, tmp_path)
    assert len(calls) == 12
    assert calls[:2] == calls[2:4] == calls[4:6]
    experiment.run(music, PLAN, THREE, tmp_path)
    assert len(calls) == 12
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
    assert len(systems.SYSTEMS) == 2 * len(NETWORKS) + 1
    for name, untrained in systems.UNTRAINED.items():
        assert systems.network_of(name) == systems.network_of(untrained)


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
    cepstra, untrained = (systems.SYSTEMS[name](music, half, 0, print) for name in THREE[:0:-1])
    assert len(cepstra) == len(untrained) == 3
    again = systems.embed_random("x_vector", music, half, 0, print)
    assert np.array_equal(untrained, again)
    assert not np.array_equal(untrained, systems.embed_random("x_vector", music, half, 1, print))
