"""The search for a lag: how onsets heard correlate with onsets written, and what is heard around the written ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._anchors import STEP, Anchoring, flux_around, peak
from mir_models.errors import TrackError
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.time_map import TimeMap

LONGEST = 300.0
"""Seconds in which it shows whether notes are transposed."""
SMALLEST_SHARE = 0.1
"""Overlaps smaller than this share gain nothing further: their correlation would be all noise."""


def correlate(
    heard: NDArray[np.float32], notes: Notes, grid: FrameGrid, *, max_lag: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Correlation of onsets heard with onsets written, summed over the keys that are written.

    With ``h`` and ``w`` free of their means per key, ``c(l) = Σ w[t] h[t + l] / (|h| |w| √s(l))``, where ``s`` is the
    overlap's share of the energy of both (geometric mean): Pearson's correlation within the overlap, times ``√s``.

    Parameters
    ----------
    heard : (n_frames, 88) float32
        Rises per key; frame ``n`` belongs to the time of frame ``n - 1/2``.
    notes : Notes
        Non-empty, on the 88 keys, onsets from 0 s on.
    grid : FrameGrid
        Frames of `heard`.
    max_lag : float
        Largest lag in either direction in seconds; lags at which nothing overlaps are left out.

    Returns
    -------
    lags, correlation : (n_lags,) float64
        Lags in seconds, ascending, and the correlation at each.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    written = _onset_roll(notes, grid)
    used = written.any(axis=0)
    heard, written = (curve[:, used] - curve[:, used].mean(axis=0) for curve in (heard, written))
    n = next_fast_len(len(heard) + len(written), real=True)
    spectrum = np.zeros(n // 2 + 1, dtype=np.complex128)
    for h, w in zip(heard.T, written.T, strict=True):
        spectrum += rfft(h, n) * np.conj(rfft(w, n))
    reach = int(grid.frames(max_lag))
    lags = np.arange(max(-reach, 1 - len(written)), min(reach, len(heard) - 1) + 1)
    return grid.times(lags - 0.5), irfft(spectrum, n)[lags % n] / _overlap_norm(heard, written, lags)


def _onset_roll(notes: Notes, grid: FrameGrid) -> NDArray[np.float32]:
    frames = grid.frames(notes.onset_times)
    roll = np.zeros((int(frames.max()) + 1, N_KEYS), dtype=np.float32)
    np.add.at(roll, (frames, notes.pitches - LOWEST_PITCH), 1)
    return roll


def _overlap_norm(
    heard: NDArray[np.float32], written: NDArray[np.float32], lags: NDArray[np.int64]
) -> NDArray[np.float64]:
    """``|h| |w| √s(l)`` for every lag; positive."""
    first = np.maximum(0, -lags)
    stop = np.clip(len(heard) - lags, first, len(written))
    energies, shares = [], []
    for curve, start, end in ((heard, first + lags, stop + lags), (written, first, stop)):
        running = np.concatenate([[0.0], np.cumsum(np.square(curve).sum(axis=1, dtype=np.float64))])
        energies.append(max(running[-1], np.finfo(np.float32).tiny))
        shares.append((running[end] - running[start]) / energies[-1])
    share = np.sqrt(np.maximum(shares[0] * shares[1], 0))
    return np.sqrt(energies[0] * energies[1] * np.maximum(share, SMALLEST_SHARE))


def transposed_peaks(
    heard: NDArray[np.float32], notes: Notes, grid: FrameGrid, *, max_lag: float, transpositions: range
) -> NDArray[np.float64]:
    """The highest correlation at any lag when the notes are moved by so many semitones, for each of them.

    The correlation is that of `correlate`, but for its account of the overlap; keys that a transposition leaves outside
    the keyboard are left out. Only `LONGEST` seconds from the first note on are looked at.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    begin = max(0.0, float(notes.onset_times[0]) - max_lag)
    heard = heard[int(grid.frames(begin)) : int(grid.frames(begin + LONGEST + 2 * max_lag))]
    if not len(heard):
        return np.zeros(len(transpositions))
    written = _onset_roll(notes.where(notes.onset_times < begin + LONGEST).shifted(-begin), grid)
    heard, written = heard - heard.mean(axis=0), written - written.mean(axis=0)
    n = next_fast_len(len(heard) + len(written), real=True)
    spectra = [rfft(curve.T, n, axis=1).astype(np.complex64) for curve in (heard, written)]
    energies = [np.square(curve).sum(axis=0) for curve in (heard, written)]
    reach = int(grid.frames(max_lag))
    lags = np.arange(max(-reach, 1 - len(written)), min(reach, len(heard) - 1) + 1)
    peaks = []
    for semitones in transpositions:
        to, of = _shared_keys(semitones), _shared_keys(-semitones)
        norm = float(np.sqrt(energies[0][to][energies[1][of] > 0].sum() * energies[1][of].sum()))
        together = np.asarray(irfft((spectra[0][to] * np.conj(spectra[1][of])).sum(axis=0), n))
        peaks.append(float(together[lags % n].max()) / max(norm, float(np.finfo(np.float32).tiny)))
    return np.array(peaks)


def _shared_keys(semitones: int) -> slice:
    """Keys that are still keys when moved back by so many semitones."""
    return slice(max(semitones, 0), N_KEYS + min(semitones, 0))


def correlate_amplitudes(
    level: NDArray[np.float32], notes: Notes, grid: FrameGrid, *, max_lag: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pearson's correlation of the sum of amplitudes with the number of notes that sound, as `correlate` returns it."""
    from scipy.signal import correlate as correlate_sequences

    counts = _sounding(notes, grid)
    heard, written = (curve - curve.mean() for curve in (level.astype(np.float64), counts))
    correlation = correlate_sequences(heard, written, method="fft")
    lags = np.arange(1 - len(written), len(heard))
    near = np.abs(lags) <= int(grid.frames(max_lag))
    norm = max(float(np.linalg.norm(heard) * np.linalg.norm(written)), np.finfo(np.float32).tiny)
    return grid.times(lags[near]), correlation[near] / norm


def _sounding(notes: Notes, grid: FrameGrid) -> NDArray[np.float64]:
    """Notes that sound in each frame."""
    starts, ends = grid.frames(notes.onset_times), grid.frames(notes.offset_times)
    changes = np.zeros(int(max(starts.max(), ends.max())) + 2)
    np.add.at(changes, starts, 1)
    np.add.at(changes, np.maximum(ends, starts + 1), -1)
    return np.cumsum(changes)


def fine_lag(flux: NDArray[np.float32], notes: Notes, time_map: TimeMap, grid: FrameGrid, params: Anchoring) -> float:
    """Seconds from where a map puts the onsets to the peak of the flux averaged around all of them."""
    offsets, profiles = flux_around(flux, notes, time_map, grid, params, step=STEP)
    return STEP * (peak(profiles.mean(axis=0)) - len(offsets) // 2)


def heard_notes(notes: Notes, end: float) -> Notes:
    """The notes that a recording can let one hear: on the 88 keys, beginning between 0 and `end` seconds.

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
