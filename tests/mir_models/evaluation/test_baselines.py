"""Baselines: silence scores nothing, the energy threshold finds sines at their keys."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics.frame_level import count, micro
from mir_models.evaluation.note_baselines import energy, fit_energy, key_levels, notes_of_roll, silence
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS
from mir_models.notes.frames import FrameGrid

GRID = FrameGrid(22050, 512)


def test_silence():
    assert silence(7).shape == (7, N_KEYS)
    assert silence(7).dtype == bool
    assert not silence(7).any()


@pytest.mark.parametrize(("first_pitch", "n_bins"), [(24, 84), (21, 88), (12, 108)])
def test_bins_are_the_keys_of_their_pitch(first_pitch, n_bins):
    pitches = first_pitch + np.arange(n_bins)
    levels = key_levels(np.tile(pitches, (3, 1)).astype(np.float32), first_pitch=first_pitch)
    keys = LOWEST_PITCH + np.arange(N_KEYS)
    covered = np.isin(keys, pitches)
    np.testing.assert_array_equal(levels[:, covered], np.tile(keys[covered], (3, 1)))
    assert np.isneginf(levels[:, ~covered]).all()


def test_keys_without_a_bin_never_sound():
    roll = energy(np.zeros((2, 84), dtype=np.float32), -60, first_pitch=24)
    assert roll.sum(axis=1).tolist() == [84, 84]
    assert not roll[:, [0, 1, 2, 87]].any()


def test_the_threshold_itself_sounds():
    levels = np.full((1, 88), -20.1, dtype=np.float32)
    levels[0, 39] = -20
    assert np.flatnonzero(energy(levels, -20, first_pitch=21)).tolist() == [39]


def test_the_fitted_threshold_is_the_best_one():
    rng = np.random.default_rng(0)
    tracks = []
    for _ in range(3):
        ref = rng.random((200, N_KEYS)) < 0.05
        tracks.append(((np.where(ref, -20, -45) + 8 * rng.standard_normal(ref.shape)).astype(np.float32), ref))
    levels, refs = (np.concatenate(part) for part in zip(*tracks, strict=True))

    def f1(threshold):
        return micro(count(energy(levels, threshold, first_pitch=21), refs)).f1

    best = fit_energy(iter(tracks), first_pitch=21)
    assert -36 < best < -22
    assert f1(best) == max(f1(threshold) for threshold in range(-60, 0))


def test_no_notes_to_fit_to():
    with pytest.raises(MirlitonError, match="validation tracks with notes"):
        fit_energy([(np.zeros((5, 84), dtype=np.float32), silence(5))], first_pitch=24)
    with pytest.raises(MirlitonError, match="validation tracks with notes"):
        fit_energy([], first_pitch=24)


def test_notes_of_a_roll():
    roll = silence(10)
    roll[2:6, 39] = roll[8, 39] = True
    notes = notes_of_roll(roll, GRID, min_frames=2)
    np.testing.assert_allclose(notes.intervals, [GRID.times([2, 6])])
    assert notes.pitches.tolist() == [60]


def test_a_sine_is_detected_at_its_key():
    librosa = pytest.importorskip("librosa", reason="librosa is not installed")
    y = np.sin(2 * np.pi * 440 * np.arange(2 * 22050) / 22050)
    levels = librosa.amplitude_to_db(np.abs(librosa.cqt(y, sr=22050, hop_length=512, n_bins=84)), ref=np.max).T
    roll = energy(levels, -3, first_pitch=24)
    assert np.flatnonzero(roll[20:60].all(axis=0)).tolist() == [69 - LOWEST_PITCH]
    assert roll[20:60].sum() == 40
