"""Evidence for a lag: how onsets heard correlate with notes written, and what is heard around the written onsets."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mir_models.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.frames import FrameGrid

SMALLEST_SHARE = 0.1
"""Overlaps smaller than this share gain nothing further: their correlation would be all noise."""
FINE_STEP = 0.001
"""Seconds between the points of the averaged flux, whose peak a parabola refines."""


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


def fine_lag(flux: NDArray[np.float32], onset_times: NDArray[np.float64], grid: FrameGrid, *, reach: float) -> float:
    """Seconds from the written onsets to the peak of the flux averaged around them, at most `reach` either way.

    Parameters
    ----------
    flux : (n_frames,) float32
        Rises over all frequencies; frame ``n`` belongs to the time of frame ``n - 1/2``.
    onset_times : (n_notes,) float64
        In audio time, as far as it is known.
    grid : FrameGrid
        Frames of `flux`.
    reach : float
        In seconds.
    """
    n_steps = round(reach / FINE_STEP)
    offsets = FINE_STEP * np.arange(-n_steps, n_steps + 1)
    flux_times = grid.times(np.arange(len(flux)) - 0.5)
    profile = np.interp(onset_times[:, None] + offsets, flux_times, flux).mean(axis=0)
    return FINE_STEP * (peak(profile) - n_steps)


def drift(heard: NDArray[np.float32], notes: Notes, grid: FrameGrid, *, n_parts: int, reach: float) -> float:
    """Seconds between the smallest and the largest lag of `n_parts` parts with equally many notes.

    Parameters
    ----------
    heard : (n_frames, 88) float32
        Rises per key.
    notes : Notes
        In audio time, as far as it is known.
    grid : FrameGrid
        Frames of `heard`.
    n_parts : int >= 1
    reach : float
        The lag of a part is sought from `reach` before to `reach` after the written onsets, in seconds.
    """
    n_steps = int(grid.frames(reach))
    frames = grid.frames(notes.onset_times)[:, None] + np.arange(-n_steps, n_steps + 2)
    rises = heard[np.clip(frames, 0, len(heard) - 1), notes.pitches[:, None] - LOWEST_PITCH]
    return float(grid.times(np.ptp([peak(part.sum(axis=0)) for part in np.array_split(rises, n_parts)])))


def peak(values: ArrayLike) -> float:
    """Index of the maximum, refined by the parabola through it and its neighbours."""
    y = np.asarray(values, dtype=np.float64)
    i = int(np.argmax(y))
    if not 0 < i < len(y) - 1:
        return float(i)
    before, top, after = y[i - 1 : i + 2]
    curvature = before - 2 * top + after
    return i + (0.5 * (before - after) / curvature if curvature < 0 else 0.0)
