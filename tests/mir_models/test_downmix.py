"""Downmix: the mean of channels, unless they cancel each other in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.downmix import ChannelCovariance, Mix, cancelled_share, gains, mean_mix, to_mono

SR = 1000
RNG = np.random.default_rng(0)
A, B = (RNG.standard_normal(20 * SR).astype(np.float32) for _ in range(2))


def _mix(*channels: np.ndarray) -> Mix:
    covariance = ChannelCovariance(SR)
    samples = np.column_stack(channels).astype(np.float32)
    for first in range(0, len(samples), 10 * SR):
        covariance.push(samples[first : first + 10 * SR])
    return covariance.mix(len(channels))


@pytest.mark.parametrize(
    ("channels", "name"),
    [
        ((A, A), "mean"),
        ((A, B), "mean"),
        ((A, 0 * A), "mean"),
        ((A, 0.3 * A + B), "mean"),
        ((A, -0.3 * A + B), "mean"),
        ((0 * A, 0 * A), "mean"),
        ((A, -A), "mean with channel 2 inverted"),
        ((0.5 * A, -A), "mean with channel 1 inverted"),
        ((A, -0.97 * A), "mean with channel 2 inverted"),
        ((A + 0.1 * B, -A + 0.1 * B), "mean with channel 2 inverted"),
        ((0.4 + A, 0.4 - A), "mean with channel 2 inverted"),
        ((A, -A, 0 * A), "mean with channel 2 inverted"),
        ((A, -A, 1e-3 * B, 0 * A, 0 * A, 0 * A), "mean with channel 2 inverted"),
        ((A, -A, A, -A), "mean with channels 2 and 4 inverted"),
        ((A, 1.1 * np.r_[A[: 10 * SR], -A[10 * SR :]]), "channel 2"),
        ((1.1 * A, np.r_[A[: 17 * SR], -A[17 * SR :]]), "channel 1"),
        ((A + B, -A + 0.2 * B), "channel 1"),
    ],
)
def test_the_mix_is_the_mean_unless_the_channels_cancel(channels: tuple[np.ndarray, ...], name: str) -> None:
    assert _mix(*channels).name == name


def test_what_is_mixed_is_what_the_weights_give() -> None:
    samples = np.column_stack([A, -A, B])
    mix = _mix(A, -A, 0 * B)
    np.testing.assert_allclose(mix.apply(samples), (2 * A + B) / 3, atol=1e-6)
    np.testing.assert_array_equal(mean_mix(3).apply(samples), samples.mean(axis=1, dtype=np.float32))


def test_a_recording_in_memory_is_mixed_as_its_channels_need() -> None:
    np.testing.assert_allclose(to_mono(np.column_stack([A, -A]), SR), A)
    np.testing.assert_allclose(to_mono(np.column_stack([A, B]), SR), (A + B) / 2, atol=1e-7)
    np.testing.assert_array_equal(to_mono(A[:, None], SR), A)


def test_samples_that_are_no_numbers_choose_no_mix() -> None:
    assert _mix(A * np.nan, A).name == _mix(A * 1e30, A).name == "mean"


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 6), st.integers(0, 2**31))
def test_the_gain_of_a_mean_is_from_0_to_the_number_of_channels(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 3 * n))
    covariance = (x @ x.T)[None]
    weights = np.full(n, 1 / n)
    (gain,) = gains(covariance, weights)
    assert -1e-9 <= gain <= n + 1e-9
    np.testing.assert_allclose(gains(covariance * 7, weights * 3), gain)
    np.testing.assert_allclose(gains(np.ones((1, n, n)), weights), n)
    np.testing.assert_allclose(gains(np.eye(n)[None], weights), 1)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=5).filter(lambda gains: any(abs(g) > 0.1 for g in gains)))
def test_a_sound_in_any_polarity_is_not_lost(levels: list[float]) -> None:
    """The chosen mix of one sound at any levels has at least half the level of unrelated channels."""
    channels = [level * A for level in levels]
    mixed = _mix(*channels).apply(np.column_stack(channels).astype(np.float32))
    incoherent = np.sqrt(sum(level**2 for level in levels)) / len(levels)
    assert np.std(mixed) >= 0.7 * incoherent * np.std(A)


def test_the_share_that_cancels_is_of_energy() -> None:
    covariance = np.array([[[1.0, -1.0], [-1.0, 1.0]], [[9.0, 9.0], [9.0, 9.0]]])
    assert cancelled_share(covariance, np.array([0.5, 0.5])) == pytest.approx(0.1)
