"""Onsets as they are heard in a recording: per semitone on a coarse grid, and of all frequencies on a fine one.

Both are half-wave rectified differences of a logarithmic spectrum, ``max(0, Δ log(1 + c |X| / max |y|))`` [1]_. Frame
``n`` of either is the rise from frame ``n - 1`` to frame ``n`` and so belongs to the time of frame ``n - 1/2``.
Audio is read in blocks: beyond the curves themselves memory does not grow with the track.

.. [1] S. Dixon, "Onset detection revisited", DAFx 2006.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.annotations import LOWEST_PITCH, N_KEYS
from mir_models.frames import FrameGrid

BLOCK_FRAMES = 4096
MARGIN_SECONDS = 1.5
"""Audio on either side of a block: more than the longest filter, 0.6 s at A0."""
SILENCE = 1e-4
"""Recordings whose peak is below -80 dBFS hold nothing to align."""


@dataclass(frozen=True, eq=False)
class Onsets:
    """What is heard of one recording.

    Attributes
    ----------
    per_key : (n_frames, 88) float32
        Rise of each semitone from A0 to C8, on the coarse grid.
    flux : (n_fine_frames,) float32
        Mean rise over all frequencies, on the fine grid.
    duration : float
        Length of the recording in seconds.
    """

    per_key: NDArray[np.float32]
    flux: NDArray[np.float32]
    duration: float


def rises_per_key(y: NDArray[np.float32], grid: FrameGrid, *, compression: float) -> NDArray[np.float32]:
    """Rectified difference of the log constant-Q magnitudes of the 88 keys, (n_frames, 88)."""
    import librosa

    margin = round(MARGIN_SECONDS * grid.frame_rate)
    fmin = float(librosa.midi_to_hz(LOWEST_PITCH))

    def spectrum(start: int, stop: int) -> NDArray[np.float32]:
        block = _excerpt(y, (start - margin) * grid.hop_length, (stop + margin) * grid.hop_length)
        cqt = librosa.cqt(block, sr=grid.sr, hop_length=grid.hop_length, fmin=fmin, n_bins=N_KEYS)
        return np.abs(cqt[:, margin : margin + stop - start]).T

    return _rises(spectrum, grid.n_frames(len(y)), compression / np.abs(y).max())


def spectral_flux(y: NDArray[np.float32], grid: FrameGrid, *, n_fft: int, compression: float) -> NDArray[np.float32]:
    """Mean over frequencies of the rectified difference of the log magnitudes of an STFT, (n_frames,)."""
    from scipy.fft import rfft
    from scipy.signal import get_window

    window = get_window("hann", n_fft).astype(np.float32)

    def spectrum(start: int, stop: int) -> NDArray[np.float32]:
        block = _excerpt(y, start * grid.hop_length - n_fft // 2, (stop - 1) * grid.hop_length + n_fft - n_fft // 2)
        frames = np.lib.stride_tricks.sliding_window_view(block, n_fft)[:: grid.hop_length]
        return np.abs(rfft(frames * window, axis=1))

    scale = compression / np.abs(y).max()
    return _rises(spectrum, grid.n_frames(len(y)), scale, reduce=lambda rises: rises.mean(axis=1))


def _rises(
    spectrum: Callable[[int, int], NDArray[np.float32]],
    n_frames: int,
    scale: float,
    *,
    reduce: Callable[[NDArray[np.float32]], NDArray[np.float32]] = lambda rises: rises,
) -> NDArray[np.float32]:
    """Rises of ``log(1 + scale * spectrum)``; the first frame, before which nothing is known, rises by zero."""
    blocks = []
    for start, stop in _blocks(n_frames):
        levels = np.log1p(np.float32(scale) * spectrum(start - 1, stop))
        blocks.append(reduce(np.maximum(np.diff(levels, axis=0), 0)))
    blocks[0][0] = 0
    return np.concatenate(blocks)


def _blocks(n_frames: int) -> Iterator[tuple[int, int]]:
    for start in range(0, n_frames, BLOCK_FRAMES):
        yield start, min(start + BLOCK_FRAMES, n_frames)


def _excerpt(y: NDArray[np.float32], start: int, stop: int) -> NDArray[np.float32]:
    """Samples `start` to `stop` of `y`, zero where it has none."""
    inside = y[max(start, 0) : max(stop, 0)]
    before = max(-start, 0)
    return np.pad(inside, (before, stop - start - before - len(inside)))
