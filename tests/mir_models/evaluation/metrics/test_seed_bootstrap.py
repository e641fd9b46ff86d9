"""Scores of several seeds with intervals over seeds and tracks, where every draw can be listed."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.evaluation.metrics.classes import accuracy, macro_f1
from mir_models.evaluation.metrics.repeated import scored

REF = np.array([0, 0, 1, 1])
RIGHT, WRONG = REF, 1 - REF


def test_the_score_is_the_mean_over_seeds() -> None:
    answers = np.array([[0, 0, 1, 1], [0, 0, 1, 0], [1, 1, 0, 1]])
    assert scored(REF, answers, accuracy)[0] == pytest.approx((1 + 3 / 4 + 1 / 4) / 3)
    assert scored(REF, answers[1:2], macro_f1)[0] == pytest.approx((4 / 5 + 2 / 3) / 2)


@pytest.mark.parametrize(("level", "interval"), [(0.95, (0, 1)), (0.6, (0, 1)), (0.4, (0.5, 0.5))])
def test_seeds_are_drawn_again(level: float, interval: tuple[float, float]) -> None:
    """One seed is right, one wrong: of all draws a quarter gives 0, a half 1/2 and a quarter 1."""
    mean, found = scored(REF, np.stack([RIGHT, WRONG]), accuracy, level=level)
    assert (mean, found) == (0.5, interval)


@pytest.mark.parametrize(("level", "interval"), [(0.95, (0, 1)), (0.6, (0, 1)), (0.4, (0.5, 0.5))])
def test_tracks_are_drawn_again(level: float, interval: tuple[float, float]) -> None:
    """One track is right, one wrong."""
    mean, found = scored(np.array([0, 1]), np.array([[0, 0]]), accuracy, level=level)
    assert (mean, found) == (0.5, interval)


def test_differences_are_paired() -> None:
    """Right in one more track of four, by both seeds: drawn apart, the difference would vary by seed."""
    less = np.array([[0, 0, 1, 0], [1, 0, 0, 1]])
    more = np.array([[0, 0, 1, 1], [0, 0, 0, 1]])
    assert scored(REF, more, accuracy, less=less)[0] == pytest.approx(0.25)
    assert scored(REF, less, accuracy, less=more)[0] == pytest.approx(-0.25)
    assert scored(REF, more, accuracy, less=more) == (0, (0, 0))
    seeds = np.stack([RIGHT, WRONG])
    assert scored(REF, np.stack([RIGHT, RIGHT]), accuracy, less=seeds) == (0.5, (0, 1))


def test_the_defaults_and_the_seed() -> None:
    rng = np.random.default_rng(0)
    ref, answers = rng.integers(3, size=40), rng.integers(3, size=(5, 40))
    usual = scored(ref, answers, accuracy)
    assert usual == scored(ref, answers, accuracy, n_resamples=1000, level=0.95, seed=0)
    assert usual[1] != scored(ref, answers, accuracy, seed=1)[1]
    assert usual[1] != scored(ref, answers, accuracy, n_resamples=999)[1]
    assert usual[1][0] < usual[0] < usual[1][1]
    assert usual[0] == pytest.approx((answers == ref).mean())


def test_the_interval_of_many_tracks_is_that_of_the_normal_law() -> None:
    ref = np.zeros(400, dtype=int)
    answers = (np.arange(400) % 4 == 0).astype(int)[None]
    low, high = scored(ref, answers, accuracy, n_resamples=4000)[1]
    reach = 1.96 * np.sqrt(0.75 * 0.25 / 400)
    assert (low, high) == pytest.approx((0.75 - reach, 0.75 + reach), abs=5e-3)
