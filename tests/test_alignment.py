"""Alignment: known lags are found, and what cannot be aligned by one lag is not trusted."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from mir_models.alignment import ALIGNMENTS, _onsets, correlation, none
from mir_models.alignment._evidence import correlate, drift, fine_lag, peak
from mir_models.alignment._result import Alignment
from mir_models.annotations import NO_NOTES, Notes
from mir_models.errors import TrackError
from mir_models.figures.alignment import lag_histogram, overlay
from mir_models.frames import FrameGrid

SR = 22050
PARAMS = correlation.Params()
SECONDS = 20
CORPUS = Path(__file__).parents[2] / "shared" / "corpora" / "aligned_dev"


def piece(seed: int, *, n: int = 120, first: float = 0.2, last: float = SECONDS - 1.5) -> Notes:
    """Random notes of random keys, no two pieces alike."""
    rng = np.random.default_rng(seed)
    onsets = np.sort(rng.uniform(first, last, n))
    return Notes(np.c_[onsets, onsets + 0.4], rng.integers(36, 90, n), rng.integers(40, 110, n))


def play(notes: Notes, *, lag: float = 0.0, seconds: float = SECONDS) -> np.ndarray:
    """Decaying harmonic tones with an attack of 4 ms that begin exactly `lag` after the notes, over faint noise."""
    y = 1e-4 * np.random.default_rng(7).standard_normal(round(seconds * SR))
    for onset, pitch, velocity in zip(notes.onset_times + lag, notes.pitches, notes.velocities, strict=True):
        first = int(np.ceil(onset * SR))
        t = np.arange(round(0.8 * SR)) / SR + first / SR - onset
        f0 = 440 * 2 ** ((pitch - 69) / 12)
        tone = sum(0.6**k * np.sin(2 * np.pi * k * f0 * t) for k in range(1, 7) if k * f0 < SR / 2)
        tone *= velocity / 127 * np.exp(-4 * t) * np.minimum(t / 0.004, 1)
        begin, end = max(first, 0), max(min(first + len(t), len(y)), 0)
        y[begin:end] += tone[begin - first : max(end - first, 0)]
    return (y / np.abs(y).max()).astype(np.float32)


@cache
def recording(seed: int = 1) -> np.ndarray:
    return play(piece(seed))


@cache
def heard(seed: int = 1) -> _onsets.Onsets:
    return correlation.listen(recording(seed), PARAMS)


def accepted(alignment: Alignment) -> bool:
    return alignment.confidence >= PARAMS.confidence_threshold


# Known lags


@pytest.mark.parametrize("lag", [-3.7, -0.331, -0.0041, 0.0, 0.0113, 0.402, 4.25, 11.0])
def test_known_lags_are_found(lag: float) -> None:
    found = correlation.align(play(piece(2), lag=lag), piece(2), PARAMS)
    assert found.lag == pytest.approx(lag, abs=0.002)
    assert found.lag == found.measured_lag
    assert accepted(found)


@given(shift=st.integers(-2 * SR, 4 * SR))
@settings(max_examples=12, deadline=None)
def test_delaying_the_audio_delays_the_lag(shift: int) -> None:
    y = recording()
    delayed = y[-shift:] if shift < 0 else np.concatenate([np.zeros(shift, np.float32), y])
    before = correlation.match(heard(), piece(1), PARAMS).lag
    assert correlation.align(delayed, piece(1), PARAMS).lag - before == pytest.approx(shift / SR, abs=0.001)


@given(shift=st.floats(0, 25))
@settings(max_examples=25, deadline=None)
def test_later_labels_advance_the_lag(shift: float) -> None:
    before = correlation.match(heard(), piece(1), PARAMS)
    after = correlation.match(heard(), piece(1).shifted(shift), PARAMS)
    assert before.lag - after.lag == pytest.approx(shift, abs=0.001)
    assert accepted(after)


@pytest.mark.parametrize("gain", [1e-3, 30.0])
def test_loudness_does_not_matter(gain: float) -> None:
    loud, soft = (correlation.align(g * recording(), piece(1), PARAMS) for g in (1.0, gain))
    assert soft.lag == pytest.approx(loud.lag, abs=1e-4)
    assert soft.confidence == pytest.approx(loud.confidence, abs=0.01)


@pytest.mark.parametrize("cut", [(0, 10), (10, 20)])
def test_labels_may_be_twice_as_long_as_the_audio(cut: tuple[int, int]) -> None:
    first, last = cut
    found = correlation.align(recording()[first * SR : last * SR], piece(1), PARAMS)
    assert found.lag == pytest.approx(-first, abs=0.002)
    assert accepted(found)
    assert found.n_notes < len(piece(1))


def test_audio_and_labels_may_overlap_by_a_half() -> None:
    late = piece(1).where(piece(1).onset_times > 7)
    found = correlation.align(recording()[: 13 * SR], late.shifted(-6.5), PARAMS)
    assert found.lag == pytest.approx(6.5, abs=0.002)
    assert accepted(found)


# What one lag cannot align


@pytest.mark.parametrize("stretch", [0.97, 0.99, 0.995, 1.005, 1.01, 1.03])
def test_another_tempo_is_not_trusted(stretch: float) -> None:
    notes = dataclasses.replace(piece(1), intervals=piece(1).intervals * stretch)
    assert not accepted(correlation.match(heard(), notes, PARAMS))


def test_drift_is_measured() -> None:
    notes, grid = piece(1), PARAMS.grid
    stretched = dataclasses.replace(notes, intervals=(notes.intervals - 10) * 1.004 + 10)
    still, moving = (drift(heard().per_key, n, grid, n_parts=4, reach=0.25) for n in (notes, stretched))
    assert still < 0.01
    assert moving == pytest.approx(0.004 * 0.75 * 18.3, abs=0.015)


def test_another_piece_is_not_trusted() -> None:
    others = [piece(seed, n=n) for seed in [*range(20, 40), 107, 200, 315, 330] for n in (20, 30, 120)]
    assert not any(accepted(correlation.match(heard(), other, PARAMS)) for other in others)


def test_one_note_repeated_periodically_is_ambiguous() -> None:
    onsets = np.arange(0.5, SECONDS - 1, 0.5)
    notes = Notes(np.c_[onsets, onsets + 0.3], np.full(len(onsets), 60), np.full(len(onsets), 80))
    found = correlation.align(play(notes), notes, PARAMS)
    assert found.peak_ratio < 1.2
    assert not accepted(found)


def test_very_few_notes_have_no_confidence() -> None:
    notes = piece(3, n=correlation.MIN_PARTS * PARAMS.min_part_notes - 1)
    found = correlation.align(play(notes), notes, PARAMS)
    assert found.lag == pytest.approx(0, abs=0.002)
    assert found.confidence == 0


def test_a_recording_shorter_than_any_filter_has_no_confidence() -> None:
    assert correlation.align(recording()[SR : SR + 100], piece(1), PARAMS).confidence == 0


@pytest.mark.parametrize("y", [np.zeros(3 * SR), np.full(SR, 1e-6), np.full(SR, np.nan), np.zeros(0)])
def test_silence_is_refused(y: np.ndarray) -> None:
    with pytest.raises(TrackError, match="a recording with sound in it"):
        correlation.align(y.astype(np.float32), piece(1), PARAMS)


@pytest.mark.parametrize(
    "notes",
    [
        NO_NOTES,
        Notes(np.array([[1.0, 2.0]]), np.array([120]), np.array([64])),
        piece(1).shifted(SECONDS + PARAMS.max_lag),
    ],
    ids=["none", "beyond the keys", "beyond any lag"],
)
def test_notes_that_cannot_be_heard_are_refused(notes: Notes) -> None:
    with pytest.raises(TrackError, match="notes from A0 to C8"):
        correlation.match(heard(), notes, PARAMS)


# Confidence and evidence


@given(ratios=st.tuples(st.floats(0, 100), st.floats(0, 100)), drifts=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_confidence_grows_with_the_ratio_and_falls_with_the_drift(
    ratios: tuple[float, float], drifts: tuple[float, float]
) -> None:
    worst = correlation._confidence(min(ratios), max(drifts), PARAMS)
    best = correlation._confidence(max(ratios), min(drifts), PARAMS)
    assert 0 <= worst <= best <= 1


def test_correlation_is_pearsons_times_the_root_of_the_overlap() -> None:
    rng, grid = np.random.default_rng(0), FrameGrid(100, 1)
    onsets = rng.integers(0, 50, 60) / 100
    notes = Notes(np.c_[onsets, onsets + 1], rng.integers(60, 63, 60), np.full(60, 64))
    heard_rises = np.zeros((70, 88), dtype=np.float32)
    heard_rises[:, 39:42] = rng.random((70, 3))
    lags, found = correlate(heard_rises, notes, grid, max_lag=0.4)
    roll = np.zeros((int(grid.frames(onsets).max()) + 1, 88))
    np.add.at(roll, (grid.frames(notes.onset_times), notes.pitches - 21), 1)
    h, w = (curve - curve.mean(axis=0) for curve in (heard_rises, roll))
    for lag in range(-40, 41):
        t = np.array([t for t in range(len(w)) if 0 <= t + lag < len(h)])
        a, b = h[t + lag], w[t]
        share = np.sqrt((a**2).sum() / (h**2).sum() * (b**2).sum() / (w**2).sum())
        expected = (a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()) * np.sqrt(share)
        assert found[lag + 40] == pytest.approx(expected, abs=1e-4)
    np.testing.assert_allclose(lags, (np.arange(-40, 41) - 0.5) / 100)


@given(top=st.floats(-0.5, 0.5))
def test_the_peak_of_a_parabola_is_exact(top: float) -> None:
    assert peak(5 - (np.arange(9) - 4 - top) ** 2) == pytest.approx(4 + top, abs=1e-9)


def test_the_peak_at_a_border_is_the_border() -> None:
    assert (peak([3, 2, 1]), peak([1, 2, 3]), peak([0, 0, 0])) == (0, 2, 0)


def test_fine_lag_of_a_single_rise() -> None:
    grid, flux = FrameGrid(SR, 128), np.zeros(1000, dtype=np.float32)
    flux[400] = 1
    true_time = (400 - 0.5) * 128 / SR
    assert fine_lag(flux, np.array([true_time - 0.0123]), grid, reach=0.03) == pytest.approx(0.0123, abs=0.0006)


def test_blocks_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = heard()
    monkeypatch.setattr(_onsets, "BLOCK_FRAMES", 97)
    in_blocks = correlation.listen(recording(), PARAMS)
    assert whole.per_key.shape == (1 + len(recording()) // 512, 88)
    np.testing.assert_allclose(in_blocks.flux, whole.flux, atol=1e-6)
    np.testing.assert_allclose(in_blocks.per_key, whole.per_key, atol=0.02)


def test_a_recording_cut_within_sound_does_not_begin_with_an_onset() -> None:
    cut = correlation.listen(recording()[5 * SR :], PARAMS)
    assert not cut.per_key[0].any()
    assert cut.flux[0] == 0


# Methods


@pytest.mark.parametrize("name", ALIGNMENTS.names())
def test_methods_share_one_interface(name: str) -> None:
    method = ALIGNMENTS.get(name)
    params = method.Params()
    found = method.align(recording(), piece(1), params)
    assert isinstance(method.VERSION, int)
    assert found.method == name
    assert 0 <= params.confidence_threshold <= found.confidence <= 1
    assert found.correlation.shape == found.lags.shape
    assert len(found.audio_curve) == FrameGrid(SR, 128).n_frames(len(recording()))
    assert found.label_curve.sum() == len(piece(1))


def test_none_reports_the_lag_and_applies_nothing() -> None:
    y = np.concatenate([np.zeros(SR // 2, np.float32), recording()])
    found = none.align(y, piece(1), none.Params())
    assert found.lag == 0
    assert found.measured_lag == pytest.approx(0.5, abs=0.002)


@pytest.mark.parametrize(("y", "notes"), [(np.zeros(SR, np.float32), piece(1)), (np.ones(SR, np.float32), NO_NOTES)])
def test_none_accepts_what_cannot_be_measured(y: np.ndarray, notes: Notes) -> None:
    found = none.align(y, notes, none.Params())
    assert (found.lag, found.measured_lag, found.confidence) == (0, None, 0)
    assert found.confidence >= none.Params().confidence_threshold


def test_figures_of_every_outcome() -> None:
    measured = correlation.match(heard(), piece(1), PARAMS)
    unmeasured = none.align(np.zeros(SR, np.float32), NO_NOTES, none.Params())
    for figure in (overlay(measured, "a/track_$1$"), overlay(unmeasured, "silent")):
        assert isinstance(figure, Figure)
        figure.canvas.draw()
    for lags in ([], [0.004], [0.1, 0.1], [-3.0, 0.5, 12.0]):
        assert isinstance(lag_histogram(lags), Figure)


@pytest.mark.skipif(not (CORPUS / "truth.json").exists(), reason=f"needs the development corpus in {CORPUS}")
@pytest.mark.parametrize("track", ["Scriabin_Etudes_op_8_11", "Beethoven_Piano_Sonatas_7-4", "Schumann_Arabeske"])
def test_recordings_of_a_sampled_piano(track: str) -> None:
    from mir_models.resampling import resample
    from storage import audio, midi

    truth = json.loads((CORPUS / "truth.json").read_text(encoding="utf-8"))[track]
    y = resample(*audio.read_mono(CORPUS / f"{track}.ogg"), SR)
    found = correlation.align(y, midi.read(CORPUS / f"{track}.mid").notes, PARAMS)
    assert accepted(found) == (truth["midi_time_stretch"] == 1)
    if accepted(found):
        assert found.lag == pytest.approx(truth["lag_s"], abs=0.005)
