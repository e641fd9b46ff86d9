"""One lag for the whole track, by correlation of the onsets heard with the onsets written.

1. *Coarse*: the onsets heard in each semitone are correlated with those written for it, and the functions of the keys
   are summed into one (by FFT, :func:`mir_models.alignment._evidence.correlate`). Its highest peak is the coarse lag.
2. *Fine*: the spectral flux around all written onsets is averaged at a hop of 6 ms; its peak is the lag.
3. *Confidence*: ``(1 - 1 / peak_ratio) * (1 - drift / max_drift)``, not below 0. The first factor says how far the
   highest peak stands above the second (another piece: little), the second how well the lags of the parts of the track
   agree (another tempo: badly). One lag cannot follow a tempo; it can only tell that there is one.

Sums of magnitudes correlated with sums of a piano roll are late, since a note decays while its label stays flat, and
see no difference between keys; onsets per key have neither fault.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._evidence import correlate, drift, fine_lag
from mir_models.alignment._onsets import SILENCE, Onsets, rises_per_key, spectral_flux
from mir_models.alignment._result import Alignment
from mir_models.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.errors import TrackError
from mir_models.frames import FrameGrid

VERSION = 1
MIN_PARTS = 3
"""Two parts of another piece agree by chance about once in 600 random trials, three about once in 3,000."""


@dataclass(frozen=True)
class Params:
    """Settings of the correlation.

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
    max_lag : float
        Lags from minus to plus this many seconds are tried; later notes cannot match and are left out.
    peak_width : float
        The second peak is sought further than this many seconds from the highest.
    fine_reach : float
        The fine lag is sought up to this many seconds from the coarse one, which is right to within a coarse frame.
    flux_lead : float
        Seconds by which the flux peaks before the onset, since its window sees the onset coming. On synthetic tones
        it is 6.5 ms for an instantaneous attack, 3.5 ms for an attack of 5 ms.
    n_parts : int >= 3
        Parts of equally many notes whose lags must agree, at most.
    drift_reach : float
        The lag of a part is sought up to this many seconds from the track's.
    max_drift : float
        Drift in seconds at which the confidence reaches zero.
    min_part_notes : int
        A part has no fewer notes; a track with fewer than three such parts inside the recording has no confidence.
    confidence_threshold : float
        Tracks below it go to quarantine: a peak ratio of 1.43 without drift, or a drift of 33 ms at a ratio of 10.
    """

    sr: int = 22050
    hop_length: int = 512
    fine_hop_length: int = 128
    fine_n_fft: int = 512
    compression: float = 100.0
    fine_compression: float = 10.0
    max_lag: float = 30.0
    peak_width: float = 0.1
    fine_reach: float = 0.03
    flux_lead: float = 0.004
    n_parts: int = 4
    drift_reach: float = 0.25
    max_drift: float = 0.05
    min_part_notes: int = 8
    confidence_threshold: float = 0.3

    @property
    def grid(self) -> FrameGrid:
        """Frames of the coarse correlation."""
        return FrameGrid(self.sr, self.hop_length)

    @property
    def fine_grid(self) -> FrameGrid:
        """Frames of the spectral flux."""
        return FrameGrid(self.sr, self.fine_hop_length)


def align(y: NDArray[np.float32], notes: Notes, params: Params) -> Alignment:
    """The lag of a recording behind its notes.

    Parameters
    ----------
    y : (n_samples,) float32
        Mono audio at ``params.sr``.
    notes : Notes
        In label time.
    params : Params

    Returns
    -------
    Alignment
        With `lag` equal to `measured_lag`.

    Raises
    ------
    TrackError
        Without notes on the piano's 88 keys, or when the recording is silent.
    """
    return match(listen(y, params), notes, params)


def listen(y: NDArray[np.float32], params: Params) -> Onsets:
    """The onsets heard in `y`: all that `match` needs of a recording, whatever notes it is compared with."""
    loudest = float(np.abs(y).max(initial=0.0))
    if not loudest >= SILENCE:
        received = f"a peak of {loudest:.1g} in {len(y)} samples"
        raise TrackError("a recording with sound in it", received=received, remedy="check the file or remove the track")
    return Onsets(
        per_key=rises_per_key(y, params.grid, compression=params.compression),
        flux=spectral_flux(y, params.fine_grid, n_fft=params.fine_n_fft, compression=params.fine_compression),
        duration=len(y) / params.sr,
    )


def match(heard: Onsets, notes: Notes, params: Params) -> Alignment:
    """The lag at which `notes` explain the onsets heard; errors and result are those of `align`."""
    notes = _within_reach(notes, heard.duration + params.max_lag)
    lags, correlation = correlate(heard.per_key, notes, params.grid, max_lag=params.max_lag)
    coarse_lag, second_lag, ratio = _peaks(lags, correlation, params)
    expected = notes.onset_times + coarse_lag - params.flux_lead
    lag = coarse_lag + fine_lag(heard.flux, expected, params.fine_grid, reach=params.fine_reach)
    played = _inside(notes.shifted(lag), heard.duration)
    n_parts = min(params.n_parts, len(played) // params.min_part_notes)
    drifted = drift(heard.per_key, played, params.grid, n_parts=max(n_parts, 1), reach=params.drift_reach)
    return Alignment(
        method="correlation",
        lag=lag,
        measured_lag=lag,
        confidence=_confidence(ratio, drifted, params) if n_parts >= MIN_PARTS else 0.0,
        peak_ratio=ratio,
        second_lag=second_lag,
        drift=drifted,
        n_notes=len(played),
        lags=lags,
        correlation=correlation,
        audio_curve=heard.flux,
        label_curve=np.bincount(params.fine_grid.frames(notes.onset_times)).astype(np.float32),
        frame_rate=params.fine_grid.frame_rate,
    )


def _within_reach(notes: Notes, end: float) -> Notes:
    on_keys = (notes.pitches >= LOWEST_PITCH) & (notes.pitches < LOWEST_PITCH + N_KEYS)
    within = _inside(notes.where(on_keys), end)
    if not len(within):
        expected = f"notes from A0 to C8 that begin between 0 and {end:.1f} s"
        raise TrackError(expected, received=f"{len(notes)} others", remedy="replace the label file or remove the track")
    return within


def _inside(notes: Notes, end: float) -> Notes:
    return notes.where((notes.onset_times >= 0) & (notes.onset_times < end))


def _peaks(
    lags: NDArray[np.float64], correlation: NDArray[np.float64], params: Params
) -> tuple[float, float | None, float]:
    """Lags of the highest and the second highest peak and their ratio: 0 without a peak, at most 100."""
    best = int(np.argmax(correlation))
    elsewhere = np.where(np.abs(lags - lags[best]) > params.peak_width, correlation, 0.0)
    second = int(np.argmax(elsewhere))
    highest, next_highest = max(float(correlation[best]), 0.0), float(elsewhere[second])
    ratio = highest / max(next_highest, highest / 100) if highest else 0.0
    return float(lags[best]), float(lags[second]) if next_highest > 0 else None, ratio


def _confidence(peak_ratio: float, drifted: float, params: Params) -> float:
    distinct = 1 - 1 / max(peak_ratio, 1.0)
    steady = max(0.0, 1 - drifted / params.max_drift)
    return distinct * steady
