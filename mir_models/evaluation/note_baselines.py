"""Baselines of transcription without training: silence, and a threshold on the constant-Q transform.

Silence has F1 = 0 by definition (and about 95 % frame accuracy, the reason that accuracy is not reported). The energy
threshold detects every harmonic as a note: what a network adds begins above it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from mir_models.evaluation.thresholds import choose_frame_threshold
from mir_models.notes.annotations import N_KEYS, Notes
from mir_models.notes.decoding import Decoding, decode
from mir_models.notes.frames import FrameGrid
from mir_models.notes.piano_roll import keys

ENERGY_THRESHOLDS = np.arange(-120, 61, dtype=np.float32)
"""dB in steps of 1: the thresholds `fit_energy` tries, for levels relative to full scale as well as to the peak."""


def silence(n_frames: int) -> NDArray[np.bool_]:
    """(n_frames, 88) piano roll without a note."""
    return np.zeros((n_frames, N_KEYS), dtype=bool)


def key_levels(features_db: NDArray[np.float32], *, first_pitch: int) -> NDArray[np.float32]:
    """Level of each key's fundamental: (n_frames, 88) dB, minus infinity where the transform has no bin for the key.

    Parameters
    ----------
    features_db : (n_frames, n_bins) array
        Constant-Q levels in dB, 12 bins per octave.
    first_pitch : int
        MIDI number of bin 0: 24 for 84 bins from C1, 21 for 88 bins from A0.
    """
    levels = np.full((len(features_db), N_KEYS), -np.inf, dtype=np.float32)
    bin_keys = keys(first_pitch + np.arange(features_db.shape[1]))
    on_piano = (bin_keys >= 0) & (bin_keys < N_KEYS)
    levels[:, bin_keys[on_piano]] = features_db[:, on_piano]
    return levels


def energy(features_db: NDArray[np.float32], threshold_db: float, *, first_pitch: int) -> NDArray[np.bool_]:
    """Piano roll of the keys whose fundamental is at or above a level.

    Parameters
    ----------
    features_db : (n_frames, n_bins) array
        Constant-Q levels in dB, 12 bins per octave, not normalised per bin.
    threshold_db : float
        Level, compared in float32; see `fit_energy`.
    first_pitch : int
        MIDI number of bin 0.

    Returns
    -------
    (n_frames, 88) bool array
        Keys without a bin never sound.
    """
    return key_levels(features_db, first_pitch=first_pitch) >= np.float32(threshold_db)


def fit_energy(
    pairs: Iterable[tuple[NDArray[np.float32], NDArray[np.bool_]]],
    *,
    first_pitch: int,
    thresholds_db: NDArray[np.float32] = ENERGY_THRESHOLDS,
) -> float:
    """The threshold with the highest micro frame F1 over tracks, which must be of the validation split.

    Parameters
    ----------
    pairs : iterable of ((n_frames, n_bins) dB, (n_frames, 88) bool)
        Levels and reference piano roll of each track; read once, one at a time.
    first_pitch : int
        MIDI number of bin 0.
    thresholds_db : (n,) array, increasing
        The thresholds to try.

    Raises
    ------
    MirlitonError
        If there is no track, or no threshold finds a single note of the reference.
    """
    levels = ((key_levels(features_db, first_pitch=first_pitch), ref_roll) for features_db, ref_roll in pairs)
    threshold_db, f1 = choose_frame_threshold(levels, thresholds_db)
    if f1 == 0:
        raise MirlitonError(
            f"validation tracks with notes, and levels between {thresholds_db[0]:g} and {thresholds_db[-1]:g} dB",
            received="F1 = 0 at every threshold",
            remedy="look at the split's labels, or give thresholds_db in the features' unit",
        )
    return threshold_db


def notes_of_roll(roll: NDArray[np.bool_], grid: FrameGrid, *, min_frames: int) -> Notes:
    """Notes of a boolean (n_frames, 88) piano roll: its runs of at least `min_frames`, by the frame-only decoding."""
    return decode({"frame": roll.astype(np.float32)}, grid, Decoding(frame_threshold=0.5, min_frames=min_frames))
