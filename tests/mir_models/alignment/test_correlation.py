"""Correlation: its norm and its curves; onset features: the same for all methods and in blocks."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from mir_models.alignment import ALIGNMENTS, OnsetParams, _onset_features, correlation, extract_onsets
from mir_models.alignment._cross_correlation import correlate
from mir_models.errors import ParameterError
from mir_models.notes.annotations import Notes
from mir_models.notes.frames import FrameGrid
from tests.synthetic_piano import ONSET_PARAMS, onset_features, play, recording

# Correlation


def test_the_sum_of_amplitudes_finds_a_simple_piece() -> None:
    """Chords in a rhythm of their own; later than they are, as amplitudes decay while labels stay flat."""
    onsets = np.repeat(np.cumsum(np.random.default_rng(4).uniform(0.5, 1.4, 16)), 4)
    notes = Notes(np.c_[onsets, onsets + 0.4], np.tile([48, 60, 64, 67], 16), np.full(64, 90))
    found = correlation.align(play(notes, lag=1.5), notes, correlation.Params(curve="amplitudes"))
    assert found.lag == pytest.approx(1.5, abs=0.06)


def test_an_unknown_curve_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"one of onsets, amplitudes\. Received: curve=chroma"):
        correlation.Params(curve="chroma")


def test_correlation_is_pearsons_times_the_root_of_the_overlap() -> None:
    rng, grid = np.random.default_rng(0), FrameGrid(100, 1)
    onsets = rng.integers(0, 50, 60) / 100
    notes = Notes(np.c_[onsets, onsets + 1], rng.integers(60, 63, 60), np.full(60, 64))
    strength = np.zeros((70, 88), dtype=np.float32)
    strength[:, 39:42] = rng.random((70, 3))
    lags, found = correlate(strength, notes, grid, max_lag=0.4)
    roll = np.zeros((int(grid.frames(onsets).max()) + 1, 88))
    np.add.at(roll, (grid.frames(notes.onset_times), notes.pitches - 21), 1)
    h, w = (curve - curve.mean(axis=0) for curve in (strength, roll))
    for lag in range(-40, 41):
        t = np.array([t for t in range(len(w)) if 0 <= t + lag < len(h)])
        a, b = h[t + lag], w[t]
        share = np.sqrt((a**2).sum() / (h**2).sum() * (b**2).sum() / (w**2).sum())
        expected = (a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()) * np.sqrt(share)
        assert found[lag + 40] == pytest.approx(expected, abs=1e-4)
    np.testing.assert_allclose(lags, (np.arange(-40, 41) - 0.5) / 100)


# Onset features


def test_methods_extract_the_same_onset_features() -> None:
    """One extraction serves all methods."""
    for name in ALIGNMENTS.names():
        params = ALIGNMENTS.get(name).Params()
        for field in fields(OnsetParams):
            assert getattr(params, field.name) == getattr(ONSET_PARAMS, field.name), (name, field.name)


def test_blocks_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = onset_features()
    monkeypatch.setattr(_onset_features, "BLOCK_FRAMES", 97)
    in_blocks = extract_onsets(recording(), ONSET_PARAMS)
    assert at_once.per_key.shape == (1 + len(recording()) // 512, 88)
    np.testing.assert_allclose(in_blocks.flux, at_once.flux, atol=1e-6)
    np.testing.assert_allclose(in_blocks.per_key, at_once.per_key, atol=0.02)
    np.testing.assert_allclose(in_blocks.level, at_once.level, rtol=0.01, atol=1e-3)


def test_a_recording_cut_within_sound_does_not_begin_with_an_onset() -> None:
    cut = onset_features(first=5)
    assert not cut.per_key[0].any()
    assert cut.flux[0] == 0
    assert cut.duration == 15
