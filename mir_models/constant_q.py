"""Magnitudes of the constant-Q transform, as librosa computes them.

The recursion of Schörkhuber and Klapuri [1]_: the filters of the highest octave are applied to every frame, then the
audio is halved in rate and the same filters are an octave lower. It is `librosa.cqt` [2]_ number by number, but for
the rounding of float32 (``tests/mir_models/test_constant_q.py``), without its import: librosa brings numba
and most of scipy, which take longer to start than a short recording takes to transcribe, and weigh more than all the
rest that is needed to transcribe.

librosa multiplies the spectrum of a frame by the spectra of the filters. That is a linear function of the frame's few
samples, so here it is one product of frames and the filters as they are in time: a product of real matrices takes a
fraction of the transforms that it replaces.

.. [1] C. Schörkhuber and A. Klapuri, "Constant-Q transform toolbox for music processing", SMC 2010.
.. [2] B. McFee et al., "librosa: Audio and Music Signal Analysis in Python", SciPy 2015; version 0.11,
   ``librosa/core/constantq.py`` with ``filter_scale=1``, ``norm=1``, ``sparsity=0.01``, ``window="hann"`` and
   ``scale=True``.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.resampling import resample
from mir_models.shared_results import shared

SPARSITY = 0.01
"""Share of a filter's spectrum, in magnitude, that is left out where it is weakest."""
HANN_BANDWIDTH = 1.5
"""Equivalent noise bandwidth of the Hann window, in bins."""
BLOCK_FRAMES = 512
"""Frames whose samples are held at a time, so that they stay in the processor's cache."""
MAX_HALVINGS = 12
"""Halved versions of a recording that are kept for its other presets."""
N_KERNELS = 64
"""Octaves whose filters are kept for the next recording."""

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
    q, reach = quality(bins_per_octave), highest_response(fmin, n_bins, bins_per_octave)
    check_response(reach, sr)
    n_octaves = math.ceil(n_bins / bins_per_octave)
    times = 2 ** _halvings_at_once(sr / 2 / reach, hop_length, n_octaves)
    y, sr, hop_length = _slowed(y, times), sr / times, hop_length // times
    levels = _octaves(y, sr, hop_length, _pieces(frequencies, bins_per_octave), q)
    levels *= np.sqrt(frequencies / (q * sr)).astype(np.float32)
    return levels


def highest_response(fmin: float, n_bins: int, bins_per_octave: int) -> float:
    """Frequency in Hz up to which the highest of the filters responds."""
    highest = fmin * 2.0 ** ((n_bins - 1) / bins_per_octave)
    return highest * (1 + HANN_BANDWIDTH / (2 * quality(bins_per_octave)))


def check_response(highest: float, sr: float) -> None:
    """Refuse filters that respond beyond half the sampling rate.

    Raises
    ------
    ParameterError
    """
    if highest > sr / 2:
        expected = f"filters up to {sr / 2:g} Hz, half the sampling rate"
        raise ParameterError(
            expected, received=f"one up to {highest:.0f} Hz", remedy="lower fmin or n_bins, or raise sr"
        )


def _pieces(frequencies: NDArray[np.float64], bins_per_octave: int) -> list[tuple[float, ...]]:
    """Frequencies of each octave, the highest first; the lowest may have fewer than the others."""
    lasts = range(len(frequencies), 0, -bins_per_octave)
    return [tuple(frequencies[max(0, last - bins_per_octave) : last].tolist()) for last in lasts]


def _octaves(y: Audio, sr: float, hop_length: int, pieces: list[tuple[float, ...]], q: float) -> NDArray[np.float32]:
    """Magnitudes (n_frames, n_bins) of the responses of the filters at the frequencies of all octaves."""
    original, last = sr, sum(map(len, pieces))
    levels = np.empty((1 + len(y) // hop_length, last), dtype=np.float32)
    n_frames = len(levels)
    for number, frequencies in enumerate(pieces):
        if number and hop_length % 2 == 0:
            y, sr, hop_length = _slowed(y, 2), sr / 2, hop_length // 2
        part = levels[:n_frames, last - len(frequencies) : last]
        n_frames = min(n_frames, _fill(part, y, _kernel(frequencies, q, sr, original), hop_length))
        last -= len(frequencies)
    return levels[:n_frames]


def quality(bins_per_octave: int) -> float:
    """Q: a bin's frequency over its bandwidth, so that bins of equal temperament meet."""
    ratio = 2.0 ** (2 / bins_per_octave)
    return (ratio + 1) / (ratio - 1)


def _halvings_at_once(room: float, hop_length: int, n_octaves: int) -> int:
    """How often the audio may be halved before the highest octave, which needs 1 / `room` of its spectrum."""
    twos = (hop_length & -hop_length).bit_length() - 1
    return max(0, min(math.ceil(math.log2(room)) - 2, twos - n_octaves + 1))


@shared(keep=MAX_HALVINGS)
def _slowed(y: Audio, times: int) -> Audio:
    """`y` at a rate `times` lower, with the energy that it had."""
    if times == 1:
        return y
    n_samples = -(-len(y) // times)
    fewer = resample(y, times, 1)[:n_samples]
    return np.pad(fewer, (0, n_samples - len(fewer))) * np.float32(np.sqrt(times))


@lru_cache(maxsize=N_KERNELS)
def _kernel(frequencies: tuple[float, ...], q: float, sr: float, original: float) -> NDArray[np.float32]:
    """One octave's filters in time, (n_fft, 2 * n_filters): the real parts beside the imaginary ones.

    At the rate `sr`, scaled to the energy of audio at the rate `original`.
    """
    spectra = _spectra(np.array(frequencies), q, sr) * np.sqrt(original / sr)
    n_fft = 2 * (spectra.shape[1] - 1)
    in_time = np.fft.fft(spectra.astype(np.complex128), n_fft).T
    kernel = np.concatenate([in_time.real, in_time.imag], axis=1).astype(np.float32)
    kernel.setflags(write=False)
    return kernel


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


def _fill(levels: NDArray[np.float32], y: Audio, kernel: NDArray[np.float32], hop_length: int) -> int:
    """Write the magnitudes of the responses around every frame; returns of how many frames there are samples."""
    n_fft, n_filters = len(kernel), kernel.shape[1] // 2
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(y, n_fft // 2), n_fft)[::hop_length][: len(levels)]
    for first in range(0, len(frames), BLOCK_FRAMES):
        products = np.square(np.ascontiguousarray(frames[first : first + BLOCK_FRAMES]) @ kernel)
        energy = products[:, :n_filters] + products[:, n_filters:]
        np.sqrt(energy, out=levels[first : first + BLOCK_FRAMES])
    return len(frames)
