"""The band of other seeds' scores: that of a t distribution, none of a single score, and it covers what it promises."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.evaluation.metrics.seed_band import prediction_band


def test_three_scores_of_unit_deviation_give_what_the_table_of_t_has() -> None:
    low, high = prediction_band([-1.0, 0.0, 1.0])  # type: ignore[misc]
    half = 4.302653 * (1 + 1 / 3) ** 0.5
    assert (low, high) == pytest.approx((-half, half), abs=1e-6)


def test_fewer_than_two_scores_have_no_band() -> None:
    assert prediction_band([0.5]) is None
    assert prediction_band([]) is None


def test_equal_scores_have_a_band_without_width() -> None:
    assert prediction_band([0.5, 0.5]) == (0.5, 0.5)


def test_one_more_score_lies_in_it_as_often_as_the_level_states() -> None:
    draws = np.random.default_rng(0).normal(size=(4000, 5))
    bands = np.array([prediction_band(list(row[:4]), level=0.9) for row in draws])
    inside = (bands[:, 0] <= draws[:, 4]) & (draws[:, 4] <= bands[:, 1])
    assert inside.mean() == pytest.approx(0.9, abs=0.015)
