"""The search for a lag: cross-correlation of detected onsets with label onsets, and the flux around label onsets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._anchors import STEP, AnchorParams, flux_around
from mir_models.errors import TrackError
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.peak_picking import interpolated_argmax
from mir_models.notes.time_map import TimeMap

LONGEST = 300.0
"""Seconds of a recording that are searched for transposed notes."""
SMALLEST_SHARE = 0.1
"""Overlaps smaller than this share gain nothing further: their correlation would be all noise."""


def correlate(
    strength: NDArray[np.float32], notes: Notes, grid: FrameGrid, *, max_lag: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Correlation of onset strengths with label onsets, summed over the keys of the labels.

    With strengths ``h`` and labels ``w`` free of their means per key, ``c(l) = Σ w[t] h[t + l] / (|h| |w| √s(l))``,
    where ``s`` is the overlap's share of the energy of both (geometric mean): Pearson's correlation within the overlap,
    times ``√s``.

    Parameters
    ----------
    strength : (n_frames, 88) float32
        Onset strength per key; frame ``n`` belongs to the time of frame ``n - 1/2``.
    notes : Notes
        Non-empty, on the 88 keys, onsets from 0 s on.
    grid : FrameGrid
        Frames of `strength`.
    max_lag : float
        Largest lag in either direction in seconds; lags at which nothing overlaps are left out.

    Returns
    -------
    lags, correlation : (n_lags,) float64
        Lags in seconds, ascending, and the correlation at each.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    labels = _onset_roll(notes, grid)
    used = labels.any(axis=0)
    strength, labels = (curve[:, used] - curve[:, used].mean(axis=0) for curve in (strength, labels))
    n = next_fast_len(len(strength) + len(labels), real=True)
    spectrum = np.zeros(n // 2 + 1, dtype=np.complex128)
    for h, w in zip(strength.T, labels.T, strict=True):
        spectrum += rfft(h, n) * np.conj(rfft(w, n))
    reach = int(grid.frames(max_lag))
    lags = np.arange(max(-reach, 1 - len(labels)), min(reach, len(strength) - 1) + 1)
    return grid.times(lags - 0.5), irfft(spectrum, n)[lags % n] / _overlap_norm(strength, labels, lags)


def _onset_roll(notes: Notes, grid: FrameGrid) -> NDArray[np.float32]:
    frames = grid.frames(notes.onset_times)
    roll = np.zeros((int(frames.max()) + 1, N_KEYS), dtype=np.float32)
    np.add.at(roll, (frames, notes.pitches - LOWEST_PITCH), 1)
    return roll


def _overlap_norm(
    strength: NDArray[np.float32], labels: NDArray[np.float32], lags: NDArray[np.int64]
) -> NDArray[np.float64]:
    """``|h| |w| √s(l)`` for every lag; positive."""
    first = np.maximum(0, -lags)
    stop = np.clip(len(strength) - lags, first, len(labels))
    energies, shares = [], []
    for curve, start, end in ((strength, first + lags, stop + lags), (labels, first, stop)):
        running = np.concatenate([[0.0], np.cumsum(np.square(curve).sum(axis=1, dtype=np.float64))])
        energies.append(max(running[-1], np.finfo(np.float32).tiny))
        shares.append((running[end] - running[start]) / energies[-1])
    share = np.sqrt(np.maximum(shares[0] * shares[1], 0))
    return np.sqrt(energies[0] * energies[1] * np.maximum(share, SMALLEST_SHARE))


def transposed_peaks(
    strength: NDArray[np.float32],
    notes: Notes,
    grid: FrameGrid,
    *,
    max_lag: float,
    transpositions: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The highest correlation at any lag when the notes are transposed by so many semitones, for each of them.

    The correlation is that of `correlate`, but for the norm of the overlap; keys that a transposition leaves outside
    the keyboard are left out. Only `LONGEST` seconds from the first note on are looked at.

    Returns
    -------
    lags, peaks : (n_transpositions,) float64
        In seconds, and the correlation there.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    begin = max(0.0, float(notes.onset_times[0]) - max_lag)
    first_frame = int(grid.frames(begin))
    strength = strength[first_frame : int(grid.frames(begin + LONGEST + 2 * max_lag))]
    if not len(strength):
        return np.zeros(len(transpositions)), np.zeros(len(transpositions))
    labels = _onset_roll(notes.where(notes.onset_times < begin + LONGEST).shifted(-begin), grid)
    strength, labels = strength - strength.mean(axis=0), labels - labels.mean(axis=0)
    n = next_fast_len(len(strength) + len(labels), real=True)
    spectra = [rfft(curve.T, n, axis=1).astype(np.complex64) for curve in (strength, labels)]
    energies = [np.square(curve).sum(axis=0) for curve in (strength, labels)]
    reach = int(grid.frames(max_lag))
    lags = np.arange(max(-reach, 1 - len(labels)), min(reach, len(strength) - 1) + 1)
    places, peaks = [], []
    for semitones in transpositions:
        to, of = _shared_keys(semitones), _shared_keys(-semitones)
        norm = float(np.sqrt(energies[0][to][energies[1][of] > 0].sum() * energies[1][of].sum()))
        together = np.asarray(irfft((spectra[0][to] * np.conj(spectra[1][of])).sum(axis=0), n))[lags % n]
        places.append(lags[int(together.argmax())])
        peaks.append(float(together.max()) / max(norm, float(np.finfo(np.float32).tiny)))
    return grid.times(np.array(places) + first_frame - 0.5) - begin, np.array(peaks)


def _shared_keys(semitones: int) -> slice:
    """Keys that are still keys when moved back by so many semitones."""
    return slice(max(semitones, 0), N_KEYS + min(semitones, 0))


def correlate_amplitudes(
    level: NDArray[np.float32], notes: Notes, grid: FrameGrid, *, max_lag: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pearson's correlation of the sum of amplitudes with the number of notes that sound, as `correlate` returns it."""
    from scipy.signal import correlate as correlate_sequences

    counts = _sounding(notes, grid)
    strength, labels = (curve - curve.mean() for curve in (level.astype(np.float64), counts))
    correlation = correlate_sequences(strength, labels, method="fft")
    lags = np.arange(1 - len(labels), len(strength))
    near = np.abs(lags) <= int(grid.frames(max_lag))
    norm = max(float(np.linalg.norm(strength) * np.linalg.norm(labels)), np.finfo(np.float32).tiny)
    return grid.times(lags[near]), correlation[near] / norm


def _sounding(notes: Notes, grid: FrameGrid) -> NDArray[np.float64]:
    """Notes that sound in each frame."""
    starts, ends = grid.frames(notes.onset_times), grid.frames(notes.offset_times)
    changes = np.zeros(int(max(starts.max(), ends.max())) + 2)
    np.add.at(changes, starts, 1)
    np.add.at(changes, np.maximum(ends, starts + 1), -1)
    return np.cumsum(changes)


def fine_lag(
    flux: NDArray[np.float32], notes: Notes, time_map: TimeMap, grid: FrameGrid, params: AnchorParams
) -> float:
    """Seconds from where a map puts the onsets to the peak of the flux averaged around all of them."""
    offsets, profiles = flux_around(flux, notes, time_map, grid, params, step=STEP)
    return STEP * (interpolated_argmax(profiles.mean(axis=0)) - len(offsets) // 2)


def alignable_notes(notes: Notes, end: float) -> Notes:
    """The notes that can be found in a recording: on the 88 keys, beginning between 0 and `end` seconds.

    Raises
    ------
    TrackError
        When there is none.
    """
    on_keys = (notes.pitches >= LOWEST_PITCH) & (notes.pitches < LOWEST_PITCH + N_KEYS)
    within = notes.where(on_keys & (notes.onset_times >= 0) & (notes.onset_times < end))
    if not len(within):
        expected = f"notes from A0 to C8 that begin between 0 and {end:.1f} s"
        raise TrackError(expected, received=f"{len(notes)} others", remedy="replace the label file or remove the track")
    return within
