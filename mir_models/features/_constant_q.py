"""Magnitudes of the constant-Q transform, as librosa computes them.

The recursion of Schörkhuber and Klapuri [1]_: the filters of the highest octave are applied to the spectrum of every
frame, then the audio is halved in rate and the same filters are an octave lower. It is `librosa.cqt` [2]_ number by
number, but for the rounding of float32 (``tests/mir_models/features/test_constant_q.py``), without its import: librosa
brings numba and most of scipy, which take longer to start than a short recording takes to transcribe, and weigh more
than all the rest that is needed to transcribe.

.. [1] C. Schörkhuber and A. Klapuri, "Constant-Q transform toolbox for music processing", SMC 2010.
.. [2] B. McFee et al., "librosa: Audio and Music Signal Analysis in Python", SciPy 2015; version 0.11,
   ``librosa/core/constantq.py`` with ``filter_scale=1``, ``norm=1``, ``sparsity=0.01``, ``window="hann"`` and
   ``scale=True``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.resampling import resample

SPARSITY = 0.01
"""Share of a filter's spectrum, in magnitude, that is left out where it is weakest."""
HANN_BANDWIDTH = 1.5
"""Equivalent noise bandwidth of the Hann window, in bins."""
BLOCK_FRAMES = 4096
"""Frames whose spectra are held at a time."""

Audio = NDArray[np.float32]


def magnitudes(
    y: Audio, *, sr: float, hop_length: int, fmin: float, n_bins: int, bins_per_octave: int
) -> NDArray[np.float32]:
    """Absolute values of the transform of `y`.

    Parameters
    ----------
    y : (n_samples,) float32
        At least as long as the longest filter.
    sr : float
        Sampling rate of `y` in Hz.
    hop_length : int
        Samples between frames.
    fmin : float
        Frequency of the lowest bin in Hz.
    n_bins, bins_per_octave : int

    Returns
    -------
    (1 + n_samples // hop_length, n_bins) float32
        Divided by the square roots of the filters' lengths.

    Raises
    ------
    ParameterError
        If the highest filter reaches beyond half the sampling rate.
    """
    frequencies = fmin * 2.0 ** (np.arange(n_bins) / bins_per_octave)
    q = quality(bins_per_octave)
    reach = frequencies[-1] * (1 + HANN_BANDWIDTH / (2 * q))
    if reach > sr / 2:
        expected = f"filters up to {sr / 2:g} Hz, half the sampling rate"
        raise ParameterError(expected, received=f"one up to {reach:.0f} Hz", remedy="lower fmin or n_bins, or raise sr")
    n_octaves = math.ceil(n_bins / bins_per_octave)
    times = 2 ** _halvings_at_once(sr / 2 / reach, hop_length, n_octaves)
    y, sr, hop_length = _slowed(y, times), sr / times, hop_length // times
    pieces = [frequencies[max(0, last - bins_per_octave) : last] for last in range(n_bins, 0, -bins_per_octave)]
    octaves = list(_octaves(y, sr, hop_length, pieces, q))[::-1]
    n_frames = min(len(each) for each in octaves)
    scale: NDArray[np.float32] = np.sqrt(frequencies / (q * sr)).astype(np.float32)
    return np.concatenate([each[:n_frames] for each in octaves], axis=1) * scale


def _octaves(
    y: Audio, sr: float, hop_length: int, pieces: list[NDArray[np.float64]], q: float
) -> Iterator[NDArray[np.float32]]:
    """Responses of the filters at the frequencies of each octave, the highest first."""
    original = sr
    for frequencies in pieces:
        yield _responses(y, _spectra(frequencies, q, sr), hop_length) * np.float32(np.sqrt(original / sr))
        if hop_length % 2 == 0:
            y, sr, hop_length = _slowed(y, 2), sr / 2, hop_length // 2


def quality(bins_per_octave: int) -> float:
    """Q: a bin's frequency over its bandwidth, so that bins of equal temperament meet."""
    ratio = 2.0 ** (2 / bins_per_octave)
    return (ratio + 1) / (ratio - 1)


def _halvings_at_once(room: float, hop_length: int, n_octaves: int) -> int:
    """How often the audio may be halved before the highest octave, which needs 1 / `room` of its spectrum."""
    twos = (hop_length & -hop_length).bit_length() - 1
    return max(0, min(math.ceil(math.log2(room)) - 2, twos - n_octaves + 1))


def _slowed(y: Audio, times: int) -> Audio:
    """`y` at a rate `times` lower, with the energy that it had."""
    if times == 1:
        return y
    n_samples = -(-len(y) // times)
    fewer = resample(y, times, 1)[:n_samples]
    return np.pad(fewer, (0, n_samples - len(fewer))) * np.float32(np.sqrt(times))


def _spectra(frequencies: NDArray[np.float64], q: float, sr: float) -> NDArray[np.complex64]:
    """Spectra of one octave's filters, (n_filters, n_fft // 2 + 1): windowed tones of `q` cycles."""
    lengths = q * sr / frequencies
    n_fft = 2 ** math.ceil(math.log2(lengths.max()))
    tones = np.zeros((len(lengths), n_fft), dtype=np.complex64)
    for row, length, frequency in zip(tones, lengths, frequencies, strict=True):
        samples = np.arange(-length // 2, length // 2)
        tone = np.exp(2j * np.pi * samples * frequency / sr) * np.hanning(len(samples) + 1)[:-1]
        first = (n_fft - len(samples)) // 2
        row[first : first + len(samples)] = tone / np.abs(tone).sum()
    tones *= (lengths / n_fft)[:, None]
    return _sparse(np.fft.fft(tones)[:, : n_fft // 2 + 1].astype(np.complex64))


def _sparse(spectra: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """`spectra` with 0 where each is weakest, up to `SPARSITY` of its magnitude."""
    strength = np.abs(spectra)
    ordered = np.sort(strength, axis=1)
    share = np.cumsum(ordered / strength.sum(axis=1, keepdims=True), axis=1)
    least = np.take_along_axis(ordered, np.argmin(share < SPARSITY, axis=1)[:, None], axis=1)
    return np.where(strength >= least, spectra, 0)


def _responses(y: Audio, filters: NDArray[np.complex64], hop_length: int) -> NDArray[np.float32]:
    """Magnitudes (n_frames, n_filters) of the filters' responses around every frame."""
    n_fft = 2 * (filters.shape[1] - 1)
    padded = np.pad(y, n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    used = np.flatnonzero(np.any(filters != 0, axis=0))
    weights = np.ascontiguousarray(filters[:, used].T)
    parts = [frames[first : first + BLOCK_FRAMES] for first in range(0, len(frames), BLOCK_FRAMES)]
    return np.concatenate([np.abs(np.fft.rfft(part)[:, used] @ weights) for part in parts])
