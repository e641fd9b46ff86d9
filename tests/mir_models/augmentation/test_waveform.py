"""Augmentation of waveforms: of the strength of its settings, reproducible, and labels that move with the sound."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.alignment import correlation, drift
from mir_models.augmentation.waveform import (
    AUGMENTATIONS,
    background,
    check_label_kept,
    codec,
    compression,
    detuning,
    equaliser,
    gain,
    microphone,
    noise,
    pitch_shift,
    reverb,
    room,
    time_stretch,
)
from mir_models.errors import ParameterError
from mir_models.notes.annotations import Notes
from tests.synthetic_piano import SR, piece, recording

NAMES = AUGMENTATIONS.names()
EXTREMES = {
    "background": [background.Params(lowest_snr=15.0, highest_snr=15.0, hum=1.0)],
    "codec": [codec.Params(lowest_limit=5000.0, highest_limit=5000.0, lowest_ratio=4.0, highest_ratio=4.0)],
    "compression": [compression.Params(largest_depth=40.0, least_ratio=8.0, most_ratio=8.0, largest_drive=9.0)],
    "detuning": [detuning.Params(largest=49.0)],
    "equaliser": [equaliser.Params(largest=12.0)],
    "gain": [gain.Params(lowest_peak=-30.0, highest_peak=-30.0)],
    "microphone": [microphone.Params(largest=8.0, lowest_low=120.0, highest_high=4000.0)],
    "noise": [noise.Params(colour, 15.0, 15.0) for colour in noise.EXPONENTS],
    "pitch_shift": [pitch_shift.Params(largest=12.0)],
    "reverb": [reverb.Params(shortest=1.2, longest=1.2, nearest=3.0, farthest=3.0)],
    "room": [room.Params(nearest=5.0, least_absorption=0.12, most_absorption=0.12, largest_directivity=0.0)],
    "time_stretch": [time_stretch.Params(largest=0.1)],
}
"""The strongest that each entry may be, under its defaults or more."""
OF_NOTES = [name for name in NAMES if "notes" not in AUGMENTATIONS.get(name).INVALIDATES]
STRONGEST = [(name, params) for name in OF_NOTES for params in EXTREMES[name]]


def augmented(
    name: str, y: np.ndarray, sr: int, notes: Notes, *, params: Any = None, seed: int = 0
) -> tuple[np.ndarray, Notes]:
    """A recording and its notes, both changed by one entry."""
    entry = AUGMENTATIONS.get(name)
    changed, time_map = entry.augment(y, sr, params or entry.Params(), np.random.default_rng(seed))
    return changed, time_map.moved(notes)


def tone(seconds: float = 1.0, hz: float = 440.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * SR)) / SR)).astype(np.float32)


@pytest.mark.parametrize("name", NAMES)
def test_the_contract_of_every_augmentation(name: str) -> None:
    entry = AUGMENTATIONS.get(name)
    assert entry.__doc__
    assert isinstance(entry.VERSION, int)
    assert dataclasses.is_dataclass(entry.Params)
    assert entry.Params.__dataclass_params__.frozen
    y = recording()
    before = y.copy()
    changed, time_map = entry.augment(y, SR, entry.Params(), np.random.default_rng(0))
    assert changed.dtype == np.float32
    assert changed.ndim == 1
    assert np.isfinite(changed).all()
    assert np.abs(changed).max() <= 1.0
    assert not np.array_equal(changed[: 10 * SR], y[: 10 * SR])
    np.testing.assert_array_equal(y, before)  # The input is not changed.
    assert len(changed) / SR == pytest.approx(float(time_map(len(y) / SR)), abs=2 / SR)


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 2**63 - 1))
@settings(max_examples=5, deadline=None)
def test_equal_seeds_give_equal_bytes_and_others_do_not(name: str, seed: int) -> None:
    y, notes = tone(4.0), piece(1, n=5)
    one, again, *others = (augmented(name, y, SR, notes, seed=each) for each in (seed, seed, *range(seed, seed + 4)))
    np.testing.assert_array_equal(one[0], again[0])
    np.testing.assert_array_equal(one[1].intervals, again[1].intervals)
    assert len({changed.tobytes() for changed, _ in others}) > 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_samples", [0, 1, 700])
def test_very_short_audio_is_no_error(name: str, n_samples: int) -> None:
    changed, _ = augmented(name, tone()[:n_samples], SR, piece(1, n=3))
    assert abs(len(changed) - n_samples) <= 0.1 * n_samples + 1


@pytest.mark.parametrize("name", NAMES)
def test_silence_stays_silence(name: str) -> None:
    changed, _ = augmented(name, np.zeros(SR, np.float32), SR, piece(1, n=3))
    assert np.abs(changed).max() < 1e-6


@pytest.mark.parametrize(("name", "params"), STRONGEST, ids=lambda each: each if isinstance(each, str) else "")
@pytest.mark.parametrize("seed", [0, 1])
def test_labels_move_with_the_audio(name: str, params: Any, seed: int) -> None:
    """What an alignment finds between the moved labels and the changed sound is a lag below 5 ms and no drift."""
    changed, moved = augmented(name, recording(), SR, piece(1), params=params, seed=seed)
    found = correlation.align(changed, moved, correlation.Params())
    assert found.confidence > 0.9
    assert abs(found.lag) < 0.005
    measured = drift.align(changed, moved, drift.Params()).measured
    assert measured is not None
    assert np.abs(measured.lags(np.array([1.0, 10.0, 18.0]))).max() < 0.006


@pytest.mark.parametrize("name", ["detuning", "time_stretch"])
def test_labels_that_are_not_moved_are_measured_as_drift(name: str) -> None:
    """The test above can fail: of the labels that were not moved, the measured drift is far from none."""
    (params,) = EXTREMES[name]
    changed, moved = augmented(name, recording(), SR, piece(1), params=params, seed=0)
    assert abs(moved.duration - piece(1).duration) > 0.05
    measured = drift.align(changed, piece(1), drift.Params()).measured
    assert measured is not None
    assert np.abs(measured.lags(np.array([1.0, 18.0]))).max() > 0.04


@pytest.mark.parametrize("name", OF_NOTES)
def test_pitches_velocities_and_order_stay(name: str) -> None:
    notes = piece(3)
    _, moved = augmented(name, tone(), SR, notes, seed=4)
    np.testing.assert_array_equal(moved.pitches, notes.pitches)
    np.testing.assert_array_equal(moved.velocities, notes.velocities)


@given(snr=st.floats(-10, 60), colour=st.sampled_from(list(noise.EXPONENTS)), seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_noise_has_the_ratio_of_its_settings(snr: float, colour: str, seed: int) -> None:
    y = 0.01 * tone()  # So soft that nothing has to be scaled.
    noisy, _ = noise.augment(y, SR, noise.Params(colour, snr, snr), np.random.default_rng(seed))
    scale = 1.0 if np.abs(noisy).max() < 1 else np.nan
    measured = 10 * np.log10(np.mean(y.astype(float) ** 2) / np.mean((noisy.astype(float) * scale - y) ** 2))
    assert measured == pytest.approx(snr, abs=0.05)


def test_long_noise_is_even_where_its_pieces_meet() -> None:
    sr, seconds = 4000, 150
    changed = noise.coloured_noise(seconds * sr, sr, "white", np.random.default_rng(0))
    powers = (changed.astype(np.float64) ** 2).reshape(2 * seconds, -1).mean(axis=1)
    assert powers.min() > 0.8
    assert powers.max() < 1.25
    pieces = changed[: 119 * sr].reshape(2, -1)
    assert abs(np.corrcoef(pieces)[0, 1]) < 0.01, "no piece is repeated"


@pytest.mark.parametrize(("colour", "slope"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
def test_noise_falls_by_its_colour_per_octave(colour: str, slope: float) -> None:
    changed = noise.coloured_noise(60 * SR, SR, colour, np.random.default_rng(0))
    power, frequencies = np.abs(np.fft.rfft(changed)) ** 2, np.fft.rfftfreq(len(changed), 1 / SR)
    octaves = [power[(frequencies >= low) & (frequencies < 2 * low)].mean() for low in (100, 200, 400, 800, 1600)]
    np.testing.assert_allclose(np.diff(10 * np.log10(octaves)), slope, atol=0.4)
    assert power[frequencies < noise.LOWEST_HZ].max() < 1e-9 * power.max()


@pytest.mark.parametrize("direct", [0.0, 6.0, 12.0])
@pytest.mark.parametrize("seconds", [0.3, 1.0])
def test_a_room_has_its_reverberation_time_and_the_direct_sound_first(direct: float, seconds: float) -> None:
    response = reverb.impulse_response(SR, seconds=seconds, direct=direct, gap=0.01, rng=np.random.default_rng(0))
    tail = response[1:]
    assert response[0] == 1.0
    assert not tail[: round(0.01 * SR)].any()
    assert 10 * np.log10(1 / np.square(tail).sum()) == pytest.approx(direct, abs=1e-6)
    decay = 10 * np.log10(np.cumsum(np.square(tail)[::-1])[::-1] / np.square(tail).sum())  # Schroeder's integral
    five, twenty_five = (np.argmax(decay < level) / SR for level in (-5, -25))
    assert 3 * (twenty_five - five) == pytest.approx(seconds, rel=0.08)


@pytest.mark.parametrize("semitones", [-7.0, -2.0, 0.5, 2.0, 12.0])
def test_a_pitch_shift_is_by_its_semitones_and_keeps_times(semitones: float) -> None:
    y = tone(4.0)
    moved = pitch_shift.shift_pitch(y, SR, semitones=semitones)
    spectrum = np.abs(np.fft.rfft(moved[SR:-SR] * np.hanning(2 * SR)))
    assert np.argmax(spectrum) / 2 == pytest.approx(440 * 2 ** (semitones / 12), abs=1.0)
    assert len(moved) == len(y)


@pytest.mark.parametrize("cents", [-49.0, -10.0, 0.0, 25.0])
def test_detuning_is_by_its_cents(cents: float) -> None:
    changed, time_map = detuning.detune(tone(4.0), SR, cents=cents)
    spectrum = np.abs(np.fft.rfft(changed * np.hanning(len(changed)), 2**20))
    assert spectrum.argmax() * SR / 2**20 == pytest.approx(440 * 2 ** (cents / 1200), abs=0.05)
    assert float(time_map(4.0)) == pytest.approx(len(changed) / SR, abs=2 / SR)


@pytest.mark.parametrize("ratio", [0.92, 1.08])
def test_a_stretch_keeps_the_pitch(ratio: float) -> None:
    changed, _ = time_stretch.stretch(tone(4.0), SR, ratio=ratio)
    spectrum = np.abs(np.fft.rfft(changed * np.hanning(len(changed)), 2**20))
    assert spectrum.argmax() * SR / 2**20 == pytest.approx(440, abs=0.5)
    assert len(changed) / SR == pytest.approx(4 * ratio, abs=0.05)


@pytest.mark.parametrize("ratio", [0.9, 0.97, 1.03, 1.1])
def test_a_stretch_copies_attacks_to_the_times_of_its_map(ratio: float) -> None:
    """Clicks, each on its own, lie in the result at the times of the map, and none of them is lost or repeated."""
    y = 0.2 * tone(20.0)
    clicks = np.sort(np.random.default_rng(0).uniform(0.5, 19.0, 15))
    y[np.round(clicks * SR).astype(int)] = 1.0
    changed, time_map = time_stretch.stretch(y, SR, ratio=ratio)
    np.testing.assert_allclose(np.flatnonzero(changed > 0.5) / SR, time_map(np.round(clicks * SR) / SR), atol=1.5 / SR)
    times = np.linspace(0, 20, 500)
    np.testing.assert_allclose(time_map(times), ratio * times, atol=0.05)


def test_an_equaliser_has_its_gains_and_rings_only_afterwards() -> None:
    octaves = 31.25 * 2 ** np.arange(10.0)
    gains = np.array([0, 6, -6, 3, 8, -8, 0, 5, -5, 2.0])
    response = equaliser.minimum_phase(SR, octaves, gains)
    changed = 20 * np.log10(np.abs(np.fft.rfft(response, 2**15)))
    at = np.round(octaves[2:-1] / SR * 2**15).astype(int)
    np.testing.assert_allclose(changed[at], gains[2:-1], atol=0.7)
    assert np.argmax(np.abs(response)) == 0
    energy = np.cumsum(response**2) / np.sum(response**2)
    assert energy[round(0.002 * SR)] > 0.9


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: noise.Params("violet"),
        lambda: noise.Params(lowest_snr=9.0, highest_snr=3.0),
        lambda: noise.Params(highest_snr=float("inf")),
        lambda: reverb.Params(shortest=0.0),
        lambda: reverb.Params(longest=float("inf")),
        lambda: reverb.Params(largest_gap=float("inf")),
        lambda: detuning.Params(60.0),
        lambda: pitch_shift.Params(13.0),
        lambda: time_stretch.Params(0.5),
        lambda: equaliser.Params(-1.0),
    ],
)
def test_a_strength_out_of_range_raises(wrong: Any) -> None:
    with pytest.raises(ParameterError, match="Remedy"):
        wrong()


def test_an_unknown_augmentation_raises_with_its_name() -> None:
    with pytest.raises(ParameterError, match="nosie"):
        augmented("nosie", tone(), SR, piece(1))


def test_a_chain_that_invalidates_a_label_raises() -> None:
    check_label_kept(OF_NOTES, "notes")
    check_label_kept(["detuning", "reverb", "pitch_shift"], "tempo")
    check_label_kept(NAMES, "genre")
    for label in ("notes", "key"):
        with pytest.raises(ParameterError, match=rf"keep {label}\. Received: pitch_shift\. .*chain is noise"):
            check_label_kept(["pitch_shift", "noise"], label)
    with pytest.raises(ParameterError, match=r"keep tempo\. Received: time_stretch\. .*chain is noise"):
        check_label_kept(["time_stretch", "noise"], "tempo")
