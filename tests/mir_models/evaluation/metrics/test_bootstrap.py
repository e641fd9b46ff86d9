"""Bootstrap: intervals whose draws can be listed, of the normal law, and of counts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mir_models.evaluation.metrics import bootstrap


def test_interval_of_a_mean_is_that_of_the_normal_law():
    values = np.random.default_rng(3).normal(0.5, 0.1, 400)
    low, high = bootstrap.interval(values, n_resamples=4000)
    reach = 1.96 * values.std() / np.sqrt(400)
    assert low == pytest.approx(values.mean() - reach, abs=1e-3)
    assert high == pytest.approx(values.mean() + reach, abs=1e-3)


def test_interval_by_level_and_seed():
    values = np.arange(20.0)
    wide, narrow = bootstrap.interval(values, level=0.99), bootstrap.interval(values, level=0.5)
    assert wide[0] < narrow[0] < values.mean() < narrow[1] < wide[1]
    assert bootstrap.interval(values) == bootstrap.interval(values)
    assert bootstrap.interval(values) != bootstrap.interval(values, seed=1)


@pytest.mark.parametrize(("level", "bounds"), [(0.95, (0, 1)), (0.6, (0, 1)), (0.4, (0.5, 0.5))])
def test_the_interval_of_two_tracks_whose_draws_can_be_listed(level, bounds):
    """A quarter of the draws has the mean 0, half 1/2, a quarter 1."""
    assert bootstrap.interval([0.0, 1.0], level=level) == bounds


def test_the_interval_is_not_symmetric_where_the_draws_are_not():
    """Of the draws of three, 8 of 27 have the mean 0 and 1 of 27 the mean 1: below 5 %."""
    low, high = bootstrap.interval([0.0, 0.0, 1.0], level=0.9)
    assert (low, high) == (0, pytest.approx(2 / 3))
    assert bootstrap.interval([0.0, 0.0, 1.0], np.max, level=0.9) == (0, 1)


def test_the_defaults_of_an_interval():
    values = np.random.default_rng(1).random(30)
    assert bootstrap.interval(values) == bootstrap.interval(values, np.mean, n_resamples=1000, level=0.95, seed=0)
    assert bootstrap.interval(values) != bootstrap.interval(values, n_resamples=999)
    assert bootstrap.interval([0.7, 0.7]) == pytest.approx((0.7, 0.7))


def test_the_draws_are_those_of_the_seed():
    """So that an interval can be computed again elsewhere."""
    rows, drawn = np.array([[1, 2], [3, 4], [5, 6]]), []
    bootstrap.interval(rows, lambda draw: drawn.append(draw.tolist()) or 0.0, n_resamples=3, seed=7)
    rng = np.random.default_rng(7)
    assert drawn == [rows[rng.integers(3, size=3)].tolist() for _ in range(3)]


def test_counts_are_resampled_by_track():
    rows = np.array([[90, 10, 0], [10, 0, 90]])
    low, high = bootstrap.interval(rows, bootstrap.pooled_f1)
    assert low == pytest.approx(20 / 110)
    assert high == pytest.approx(180 / 190)
    assert bootstrap.pooled_f1(rows) == pytest.approx(200 / 300)


def test_one_track_has_no_interval():
    assert np.isnan(bootstrap.interval([0.7])).all()
    assert json.dumps(bootstrap.as_json(bootstrap.interval([0.7]))) == "null"
    assert bootstrap.as_json((0.25, 0.5)) == [0.25, 0.5]
    assert bootstrap.as_json((0.25, float("nan"))) is None
    assert np.isnan(bootstrap.interval([])).all()


def test_the_convention_names_level_draws_and_seed():
    expected = {"over": "tracks", "level": 0.9, "n_resamples": 500, "seed": 3}
    assert bootstrap.bootstrap_convention(500, 0.9, 3) == expected
