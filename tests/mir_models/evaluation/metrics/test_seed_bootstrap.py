"""Scores of several seeds with intervals over seeds and tracks, where every draw can be listed."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.evaluation.metrics.classes import accuracy, macro_f1
from mir_models.evaluation.metrics.seed_bootstrap import score_over_seeds

REF = np.array([0, 0, 1, 1])
RIGHT, WRONG = REF, 1 - REF


def test_the_score_is_the_mean_over_seeds() -> None:
    est = np.array([[0, 0, 1, 1], [0, 0, 1, 0], [1, 1, 0, 1]])
    assert score_over_seeds(REF, est, accuracy)[0] == pytest.approx((1 + 3 / 4 + 1 / 4) / 3)
    assert score_over_seeds(REF, est[1:2], macro_f1)[0] == pytest.approx((4 / 5 + 2 / 3) / 2)


@pytest.mark.parametrize(("level", "interval"), [(0.95, (0, 1)), (0.6, (0, 1)), (0.4, (0.5, 0.5))])
def test_seeds_are_drawn_again(level: float, interval: tuple[float, float]) -> None:
    """One seed is right, one wrong: of all draws a quarter gives 0, a half 1/2 and a quarter 1."""
    mean, found = score_over_seeds(REF, np.stack([RIGHT, WRONG]), accuracy, level=level)
    assert (mean, found) == (0.5, interval)


@pytest.mark.parametrize(("level", "interval"), [(0.95, (0, 1)), (0.6, (0, 1)), (0.4, (0.5, 0.5))])
def test_tracks_are_drawn_again(level: float, interval: tuple[float, float]) -> None:
    """One track is right, one wrong."""
    mean, found = score_over_seeds(np.array([0, 1]), np.array([[0, 0]]), accuracy, level=level)
    assert (mean, found) == (0.5, interval)


def test_differences_are_paired() -> None:
    """Right in one more track of four, by both seeds: drawn apart, the difference would vary by seed."""
    less = np.array([[0, 0, 1, 0], [1, 0, 0, 1]])
    more = np.array([[0, 0, 1, 1], [0, 0, 0, 1]])
    assert score_over_seeds(REF, more, accuracy, baseline=less)[0] == pytest.approx(0.25)
    assert score_over_seeds(REF, less, accuracy, baseline=more)[0] == pytest.approx(-0.25)
    assert score_over_seeds(REF, more, accuracy, baseline=more) == (0, (0, 0))
    seeds = np.stack([RIGHT, WRONG])
    assert score_over_seeds(REF, np.stack([RIGHT, RIGHT]), accuracy, baseline=seeds) == (0.5, (0, 1))


def test_the_defaults_and_the_seed() -> None:
    rng = np.random.default_rng(0)
    ref, est = rng.integers(3, size=40), rng.integers(3, size=(5, 40))
    usual = score_over_seeds(ref, est, accuracy)
    assert usual == score_over_seeds(ref, est, accuracy, n_resamples=1000, level=0.95, seed=0)
    assert usual[1] != score_over_seeds(ref, est, accuracy, seed=1)[1]
    assert usual[1] != score_over_seeds(ref, est, accuracy, n_resamples=999)[1]
    assert usual[1][0] < usual[0] < usual[1][1]
    assert usual[0] == pytest.approx((est == ref).mean())


def test_the_interval_of_many_tracks_is_that_of_the_normal_law() -> None:
    ref = np.zeros(400, dtype=int)
    est = (np.arange(400) % 4 == 0).astype(int)[None]
    low, high = score_over_seeds(ref, est, accuracy, n_resamples=4000)[1]
    reach = 1.96 * np.sqrt(0.75 * 0.25 / 400)
    assert (low, high) == pytest.approx((0.75 - reach, 0.75 + reach), abs=5e-3)


def test_a_score_over_seeds_is_their_mean_and_equal_estimates_differ_by_nothing() -> None:
    ref = np.array([0, 1] * 10)
    est = np.stack([ref, 1 - ref, ref])
    mean, (low, high) = score_over_seeds(ref, est, accuracy)
    assert mean == pytest.approx(2 / 3)
    assert low < mean < high
    assert score_over_seeds(ref, est, macro_f1, baseline=est) == (0, (0, 0))
    better = score_over_seeds(ref, est[[0, 0, 0]], macro_f1, baseline=est[[1, 1, 1]])
    assert better == (1, (1, 1))
