"""The rule of promotion: which scores promote a challenger, and what the reason says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import ParameterError
from mir_models.evaluation.metrics import bootstrap
from mir_models.evaluation.promotion import Params, decide

FEW = Params(n_resamples=200)
scores = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=12)


def test_a_challenger_that_is_better_everywhere_is_promoted_with_its_figures() -> None:
    found = decide([0.9, 0.8], [0.7, 0.6], Params(), measure="note onset F1")
    assert found.promote
    assert (found.challenger, found.champion) == pytest.approx((0.85, 0.65))
    assert found.difference == pytest.approx(0.2)
    assert found.interval == pytest.approx([0.2, 0.2])
    assert found.reason == (
        "better by the mean: note onset F1 0.8500 beside 0.6500, difference +0.2000, 95% interval +0.2000 to +0.2000"
    )


def test_a_worse_one_is_kept() -> None:
    found = decide([0.0, 0.0, 0.1], [0.8, 0.8, 0.9], Params(), measure="accuracy")
    assert not found.promote
    assert found.reason.startswith("not better by the mean: accuracy 0.0333 beside 0.8333, difference -0.8000")


def test_the_same_scores_are_no_reason_for_a_change() -> None:
    assert not decide([0.5, 0.7], [0.5, 0.7], Params(), measure="accuracy").promote


def test_one_that_is_better_by_luck_is_kept_unless_the_margin_allows_it() -> None:
    challenger, champion = [0.9, 0.5, 0.5, 0.5], [0.5, 0.52, 0.52, 0.52]
    kept = decide(challenger, champion, Params(), measure="accuracy")
    assert kept.difference == pytest.approx(0.085)
    assert kept.interval is not None
    assert kept.interval[0] == pytest.approx(-0.02)
    assert not kept.promote
    assert kept.reason.startswith("better by the mean, but possibly worse by more than 0.005: ")
    assert decide(challenger, champion, Params(margin=0.03), measure="accuracy").promote


def test_the_interval_is_that_of_the_paired_bootstrap() -> None:
    rng = np.random.default_rng(0)
    challenger, champion = rng.random(9), rng.random(9)
    params = Params(level=0.8, n_resamples=50, seed=3)
    expected = bootstrap.interval(challenger - champion, n_resamples=50, level=0.8, seed=3)
    assert decide(list(challenger), list(champion), params, measure="x").interval == pytest.approx(list(expected))


@pytest.mark.parametrize(("n", "mean"), [(0, math.nan), (1, 1.0)])
def test_without_an_interval_nothing_is_promoted(n: int, mean: float) -> None:
    found = decide([1.0] * n, [0.0] * n, Params(), measure="accuracy")
    assert (found.promote, found.interval) == (False, None)
    assert found.challenger == pytest.approx(mean, nan_ok=True)
    assert f"{n or 'no'} track" in found.reason
    assert "2 are needed" in found.reason


@given(scores)
def test_two_models_are_never_promoted_over_each_other(pairs: list[tuple[float, float]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    assert not (decide(first, second, FEW, measure="x").promote and decide(second, first, FEW, measure="x").promote)


def test_scores_of_other_tracks_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        decide([0.5, 0.6], [0.5], Params(), measure="x")


@pytest.mark.parametrize("wrong", [{"margin": -0.1}, {"level": 1.0}, {"n_resamples": 0}, {"seed": -1}])
def test_a_rule_that_is_none_is_refused(wrong: dict[str, float]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(ParameterError, match=f"{name}={value}"):
        Params(**wrong)  # type: ignore[arg-type]  # floats and whole numbers, by name
