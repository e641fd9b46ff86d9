"""Landmarks, an audio fingerprint: pairs of spectral peaks that survive codecs, cuts and changes of level [1]_, [2]_.

A frame is `n_fft` samples under a Hann window and begins `hop_length` samples after the one before it; frame 0 begins
with the recording, there is no padding. A **peak** is the largest magnitude within `peak_frames` and `peak_bins` on
either side, the first of equals. Each peak, the anchor, is paired with the first `fan_out` peaks of its target zone:
those `min_gap` to `max_gap` frames later and no more than `max_step` bins above or below. A pair becomes one **hash**
of the anchor's bin, the step in bins and the gap in units of two frames; it stands at the anchor's frame.

Every rule compares magnitudes of one recording with each other, so its level cancels; all but the floor look at
fractions of a second only, so a cut changes nothing away from its ends.

Differences from [1]_ and [2]_: a peak is a maximum of a rectangle instead of one above a decaying threshold (no state,
so blocks and cuts agree); frames advance by an eighth of the window instead of a half, because a copy cut between
two frames then keeps three quarters of its hashes (median) instead of half; the zone lasts four seconds, which slow
piano music needs.

.. [1] A. Wang, "An Industrial-Strength Audio Search Algorithm", ISMIR 2003.
.. [2] D. Ellis, "Robust Landmark-Based Audio Fingerprinting", 2009, and its successor audfprint, 2014.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.notes.frames import FrameGrid

VERSION = 1
BLOCK_FRAMES = 4096
"""Frames analysed at a time; it bounds memory and does not change the result."""
ROUNDING = 1e-5
"""Magnitude, relative to the loudest of all bins, below which float32 leaves nothing but its own rounding."""
GAP_UNIT = 2
"""Frames in one unit of the gap: two peaks may each move by one frame when a copy is cut between frames."""

Peaks = NDArray[np.int64]
"""(n, 2) rows (frame, bin), sorted."""


@dataclass(frozen=True)
class Params:
    """How landmarks are extracted.

    Attributes
    ----------
    sr : int > 0
        Sampling rate in Hz that `extract` expects; what lies above half of it has no landmarks.
    n_fft, hop_length : int > 0
        Window and advance in samples: 128 ms and 16 ms.
    lowest_bin, highest_bin : int
        Bins among which peaks are sought, the highest excluded: 31 Hz to 2 kHz, what narrow-band codecs keep.
    peak_frames, peak_bins : int >= 1
        Half sides of the rectangle a peak dominates: 0.38 s and 188 Hz. They set the density.
    floor : float > 0
        Peaks more than so many dB below the loudest of the recording are left out.
    fan_out : int >= 1
        Pairs per anchor at most.
    min_gap, max_gap : int >= 1
        Frames from the anchor to its partner, both included: 64 ms to 4.1 s.
    max_step : int >= 0
        Bins between the two at most: 750 Hz.
    """

    sr: int = 8000
    n_fft: int = 1024
    hop_length: int = 128
    lowest_bin: int = 4
    highest_bin: int = 256
    peak_frames: int = 24
    peak_bins: int = 24
    floor: float = 50.0
    fan_out: int = 4
    min_gap: int = 4
    max_gap: int = 255
    max_step: int = 96

    def __post_init__(self) -> None:
        if not 0 <= self.lowest_bin < self.highest_bin <= self.n_fft // 2 + 1:
            received = f"{self.lowest_bin}, {self.highest_bin}, n_fft={self.n_fft}"
            raise _wrong("0 <= lowest_bin < highest_bin <= n_fft // 2 + 1", received)
        if min(self.peak_frames, self.peak_bins, self.fan_out, self.min_gap) < 1 or self.max_gap < self.min_gap:
            received = f"{self.peak_frames}, {self.peak_bins}, {self.fan_out}, {self.min_gap}, {self.max_gap}"
            raise _wrong("peak_frames, peak_bins, fan_out, min_gap of 1 or more, max_gap at least min_gap", received)
        if self.max_step < 0 or self.floor <= 0:
            raise _wrong("max_step of 0 or more and a positive floor", f"{self.max_step}, {self.floor}")
        if self.highest_bin * self.n_steps * self.n_gaps > 2**32:
            expected = "highest_bin * (2 * max_step + 1) * (max_gap // 2 + 1) that fits 32 bits"
            raise _wrong(expected, self.highest_bin * self.n_steps * self.n_gaps)

    @property
    def grid(self) -> FrameGrid:
        """The frames' rate; their centres lie ``n_fft / 2`` samples later than those of the grid."""
        return FrameGrid(self.sr, self.hop_length)

    @property
    def n_steps(self) -> int:
        """Different steps in bins."""
        return 2 * self.max_step + 1

    @property
    def n_gaps(self) -> int:
        """Different gaps, in units of two frames."""
        return self.max_gap // GAP_UNIT + 1


def _wrong(expected: str, received: object) -> ParameterError:
    return ParameterError(expected, received=received, remedy="change the parameters of the landmarks")


def extract(y: NDArray[np.float32], params: Params) -> NDArray[np.uint32]:
    """The landmarks of a recording.

    Parameters
    ----------
    y : (n_samples,) float32
        Mono, at ``params.sr``.

    Returns
    -------
    landmarks : (n, 2) uint32
        Different rows (hash, frame), sorted. Silence, and less than one frame of sound, have none.
    """
    peaks = find_peaks(y, params)
    rows = np.concatenate([np.zeros((0, 2), dtype=np.int64), *_pairs(peaks, params)])
    return np.unique(rows.astype(np.uint32), axis=0)


def find_peaks(y: NDArray[np.float32], params: Params, *, block_frames: int = BLOCK_FRAMES) -> Peaks:
    """The peaks of a recording: (n, 2) rows (frame, bin), sorted; `block_frames` does not change them."""
    n_frames = max(0, 1 + (len(y) - params.n_fft) // params.hop_length)
    found, heights, loudest = [np.zeros((0, 2), dtype=np.int64)], [np.zeros(0, dtype=np.float32)], 0.0
    for first in range(0, n_frames, block_frames):
        start = max(0, first - params.peak_frames)
        stop = min(n_frames, first + block_frames + params.peak_frames)
        magnitudes = _magnitudes(y, start, stop, params)
        loudest = max(loudest, float(magnitudes.max()))
        peaks, height = _maxima(magnitudes[:, params.lowest_bin : params.highest_bin], params)
        peaks += (start, params.lowest_bin)
        core = (peaks[:, 0] >= first) & (peaks[:, 0] < first + block_frames)
        found.append(peaks[core])
        heights.append(height[core])
    return _above_floor(np.concatenate(found), np.concatenate(heights), loudest, params)


def _magnitudes(y: NDArray[np.float32], start: int, stop: int, params: Params) -> NDArray[np.float32]:
    """(stop − start, n_fft // 2 + 1) magnitudes of some frames."""
    from scipy.fft import rfft

    window = np.hanning(params.n_fft + 1)[:-1].astype(np.float32)
    samples = y[start * params.hop_length : (stop - 1) * params.hop_length + params.n_fft]
    frames = np.lib.stride_tricks.sliding_window_view(samples, params.n_fft)[:: params.hop_length]
    return np.abs(rfft(frames * window, axis=1))


def _maxima(magnitudes: NDArray[np.float32], params: Params) -> tuple[Peaks, NDArray[np.float32]]:
    """Maxima of their rectangle that are above the frame before: of a steady tone the first frame only."""
    from scipy.ndimage import maximum_filter1d

    highest = maximum_filter1d(magnitudes, 2 * params.peak_bins + 1, axis=1, mode="constant")
    highest = maximum_filter1d(highest, 2 * params.peak_frames + 1, axis=0, mode="constant")
    before = np.zeros_like(magnitudes)
    before[1:] = magnitudes[:-1]
    frames, bins = np.nonzero((magnitudes == highest) & (magnitudes > before))
    return np.c_[frames, bins].astype(np.int64), magnitudes[frames, bins]


def _above_floor(peaks: Peaks, heights: NDArray[np.float32], loudest: float, params: Params) -> Peaks:
    floor = max(float(heights.max(initial=0.0)) * 10 ** (-params.floor / 20), loudest * ROUNDING)
    return peaks[heights > floor]


def _pairs(peaks: Peaks, params: Params) -> Iterator[NDArray[np.int64]]:
    """Rows (hash, frame) of all anchors with their first, second, … partner in the order of the peaks."""
    frames, bins = peaks.T
    taken = np.zeros(len(peaks), dtype=np.int64)
    for ahead in range(1, len(peaks)):
        gaps, steps = frames[ahead:] - frames[:-ahead], bins[ahead:] - bins[:-ahead]
        reachable = (gaps <= params.max_gap) & (taken[:-ahead] < params.fan_out)
        if not reachable.any():
            return
        anchors = np.flatnonzero(reachable & (gaps >= params.min_gap) & (np.abs(steps) <= params.max_step))
        taken[anchors] += 1
        hashes = (bins[anchors] * params.n_steps + steps[anchors] + params.max_step) * params.n_gaps
        yield np.c_[hashes + gaps[anchors] // GAP_UNIT, frames[anchors]]
