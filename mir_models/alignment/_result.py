"""The result of an alignment: the time map, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._evidence import Evidence
from mir_models.alignment._restrikes import RestrikeLeads
from mir_models.notes.time_map import TimeMap


@dataclass(frozen=True, eq=False)
class Alignment:
    """The time map of one track and the evidence for it.

    Attributes
    ----------
    method : str
        Name of the method in the registry; of the chosen one where the method is ``auto``.
    time_map : TimeMap
        From label time to audio time, as the method applies it.
    measured : TimeMap or None
        What was measured, applied or not; None where nothing could be measured (silence, no notes).
    lag : float
        Seconds from label time to audio time at the first note, as applied; positive: the audio is late.
    measured_lag : float or None
        The same of `measured`.
    confidence : float in [0, 1]
        Trust in `measured`.
    evidence : Evidence
        What the confidence is made of.
    residuals : (n_anchors, 2) float64
        Label time in seconds of each place where the lag was measured, and by how many seconds the onsets
        detected there are later than `measured` puts them.
    n_notes : int
        Notes that lie inside the recording in audio time.
    lags : (n_lags,) float64
        Further lags in seconds, added to `measured`, at which `correlation` is known; ascending, 0 among them.
    correlation : (n_lags,) float64
        Correlation of detected with label onsets when all are moved by a further lag; highest at 0 if the map is right.
    audio_curve : (n_frames,) float32
        Spectral flux, from 0 s of audio time on.
    onset_times : (n_notes,) float64
        Label onsets, in label time.
    frame_rate : float
        Frames per second of `audio_curve`.
    restruck_leads : RestrikeLeads or None
        By how much notes of restruck keys sound earlier than `measured` puts them; None where they do not.
    preference : float in [0, 1]
        Confidence by what tells maps of one recording apart; of several the one with the highest is taken. It is not
        stored.
    """

    method: str
    time_map: TimeMap
    measured: TimeMap | None
    lag: float
    measured_lag: float | None
    confidence: float
    evidence: Evidence
    residuals: NDArray[np.float64]
    n_notes: int
    lags: NDArray[np.float64]
    correlation: NDArray[np.float64]
    audio_curve: NDArray[np.float32]
    onset_times: NDArray[np.float64]
    frame_rate: float
    restruck_leads: RestrikeLeads | None = None
    preference: float = 0.0

    def relabelled(self, shift: float) -> Alignment:
        """The same alignment of labels whose times are all `shift` seconds larger."""
        return replace(
            self,
            time_map=_relabelled(self.time_map, shift),
            measured=_relabelled(self.measured, shift) if self.measured else None,
            lag=self.lag - shift,
            measured_lag=None if self.measured_lag is None else self.measured_lag - shift,
            residuals=self.residuals + np.array([shift, 0.0]),
            onset_times=self.onset_times + shift,
        )


def _relabelled(time_map: TimeMap, shift: float) -> TimeMap:
    return TimeMap(time_map.knots + np.array([shift, 0.0]))
