"""Onset features of a recording: onset strength per semitone and level on a coarse grid, spectral flux on a fine one.

Onset strength is the half-wave rectified difference of a log spectrum, ``max(0, Δ log(1 + c |X| / max |y|))`` [1]_.
Frame ``n`` is the rise from frame ``n - 1`` to frame ``n`` and so belongs to the time of frame ``n - 1/2``. Audio is
read in blocks: beyond the curves themselves memory does not grow with the track.

.. [1] S. Dixon, "Onset detection revisited", DAFx 2006.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.constant_q import magnitudes
from mir_models.errors import TrackError
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS
from mir_models.notes.frames import FrameGrid
from mir_models.setting_types import Count, Positive, check_settings

Spectrum = Callable[[int, int], NDArray[np.float32]]
BLOCK_FRAMES = 4096
MARGIN_SECONDS = 1.5
"""Audio on either side of a block: more than the longest filter, 0.6 s at A0."""
LOWEST_HZ = 440.0 * 2.0 ** ((LOWEST_PITCH - 69) / 12)
"""Frequency of A0."""
SILENCE = 1e-4
"""Recordings whose peak is below -80 dBFS hold nothing to align."""


@dataclass(frozen=True)
class OnsetParams:
    """How onset features are extracted: alike for all methods, so that one extraction serves them all.

    Attributes
    ----------
    sr : int
        Sampling rate of `y` in Hz.
    hop_length, fine_hop_length : int
        Samples between frames of the coarse and of the fine grid.
    fine_n_fft : int
        Window of the spectral flux in samples.
    compression, fine_compression : float
        Factor `c` inside the logarithm for a recording of peak 1: the larger, the more soft onsets count.
    """

    sr: Count = 22050
    hop_length: Count = 512
    fine_hop_length: Count = 128
    fine_n_fft: Count = 512
    compression: Positive = 100.0
    fine_compression: Positive = 10.0

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def grid(self) -> FrameGrid:
        """Frames of the onsets per semitone."""
        return FrameGrid(self.sr, self.hop_length)

    @property
    def fine_grid(self) -> FrameGrid:
        """Frames of the spectral flux."""
        return FrameGrid(self.sr, self.fine_hop_length)


@dataclass(frozen=True, eq=False)
class OnsetFeatures:
    """Onset strengths of one recording.

    Attributes
    ----------
    per_key : (n_frames, 88) float32
        Rise of each semitone from A0 to C8, on the coarse grid.
    level : (n_frames,) float32
        Sum of the constant-Q magnitudes, on the coarse grid.
    flux : (n_fine_frames,) float32
        Mean rise over all frequencies, on the fine grid.
    duration : float
        Length of the recording in seconds.
    """

    per_key: NDArray[np.float32]
    level: NDArray[np.float32]
    flux: NDArray[np.float32]
    duration: float


def extract_onsets(y: NDArray[np.float32], params: OnsetParams) -> OnsetFeatures:
    """The onset features of a recording, whatever notes it is aligned to.

    Parameters
    ----------
    y : (n_samples,) float32
        Mono audio at ``params.sr``.
    params : OnsetParams

    Raises
    ------
    TrackError
        When the recording is silent.
    """
    loudest = float(max(y.max(initial=0.0), -y.min(initial=0.0)))
    if not loudest >= SILENCE:
        received = f"a peak of {loudest:.1g} in {len(y)} samples"
        raise TrackError("a recording with sound in it", received=received, remedy="check the file or remove the track")
    per_key, level = _rises(_constant_q(y, params.grid), params.grid.n_frames(len(y)), params.compression / loudest)
    loud_fine = params.fine_compression / loudest
    flux, _ = _rises(
        _fourier(y, params.fine_grid, params.fine_n_fft), params.fine_grid.n_frames(len(y)), loud_fine, mean=True
    )
    return OnsetFeatures(per_key=per_key, level=level, flux=flux[:, 0], duration=len(y) / params.sr)


def _constant_q(y: NDArray[np.float32], grid: FrameGrid) -> Spectrum:
    """Constant-Q magnitudes of the 88 keys between two frames, (n_frames, 88)."""
    margin = round(MARGIN_SECONDS * grid.frame_rate)

    def spectrum(start: int, stop: int) -> NDArray[np.float32]:
        block = _excerpt(y, (start - margin) * grid.hop_length, (stop + margin) * grid.hop_length)
        levels = magnitudes(
            block, sr=grid.sr, hop_length=grid.hop_length, fmin=LOWEST_HZ, n_bins=N_KEYS, bins_per_octave=12
        )
        return levels[margin : margin + stop - start]

    return spectrum


def _fourier(y: NDArray[np.float32], grid: FrameGrid, n_fft: int) -> Spectrum:
    """Magnitudes of a short-time Fourier transform between two frames, (n_frames, 1 + n_fft // 2)."""
    from scipy.fft import rfft
    from scipy.signal import get_window

    window = get_window("hann", n_fft).astype(np.float32)

    def spectrum(start: int, stop: int) -> NDArray[np.float32]:
        block = _excerpt(y, start * grid.hop_length - n_fft // 2, (stop - 1) * grid.hop_length + n_fft - n_fft // 2)
        frames = np.lib.stride_tricks.sliding_window_view(block, n_fft)[:: grid.hop_length]
        return np.abs(rfft(frames * window, axis=1))

    return spectrum


def _rises(
    spectrum: Spectrum, n_frames: int, scale: float, *, mean: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rises of ``log(1 + scale * spectrum)``, or their mean over frequencies, and the sums of the magnitudes.

    The first frame, before which there is none, rises by zero.
    """
    rises, levels = [], []
    for start, stop in _blocks(n_frames):
        magnitudes = spectrum(start - 1, stop)
        rise = np.maximum(np.diff(np.log1p(np.float32(scale) * magnitudes), axis=0), 0)
        rises.append(rise.mean(axis=1, keepdims=True) if mean else rise)
        levels.append(magnitudes[1:].sum(axis=1))
    rises[0][0] = 0
    return np.concatenate(rises), np.concatenate(levels)


def _blocks(n_frames: int) -> Iterator[tuple[int, int]]:
    for start in range(0, n_frames, BLOCK_FRAMES):
        yield start, min(start + BLOCK_FRAMES, n_frames)


def _excerpt(y: NDArray[np.float32], start: int, stop: int) -> NDArray[np.float32]:
    """Samples `start` to `stop` of `y`, zero where it has none."""
    inside = y[max(start, 0) : max(stop, 0)]
    before = max(-start, 0)
    return np.pad(inside, (before, stop - start - before - len(inside)))
