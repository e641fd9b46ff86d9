"""Measures of how sure a transcription is, all computed of what a transcriber has: activations, features, onsets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.features.cqt import Params as CqtParams
from mir_models.inference.certainty import OnsetCertainty
from mir_models.notes.annotations import N_KEYS
from mir_models.notes.decoding import Decoding, onset_head
from mir_models.notes.peak_picking import local_maxima

FAINT = 0.1
"""Activation from which a peak of the onset head counts as one that may have been meant."""
HARMONICS = range(1, 9)
AUDIBLE_DB = -40.0
"""Levels of the transform at which a bin begins to count."""
SUPPORT = slice(1, 4)
"""Frames after an onset in which its key should sound."""
RELEASE = 7
"""Frames over which the decay of a note is measured: 163 ms."""

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Evidence:
    """What a transcriber has of a recording.

    Attributes
    ----------
    activations : mapping of str to (n_frames, 88) float32
        Of a network with an onset head.
    levels : (n_frames, n_bins) float32
        Its features, of the constant-Q transform in dB.
    params : mir_models.features.cqt.Params
    decoding : Decoding
    """

    activations: Mapping[str, Array]
    levels: Array
    params: CqtParams
    decoding: Decoding

    @property
    def frame(self) -> Array:
        """(n_frames, 88) activations of the frame head."""
        return self.activations["frame"]

    @property
    def onset(self) -> Array:
        """(n_frames, 88) activations of the onset head."""
        return self.activations[onset_head(self.activations) or ""]

    @cached_property
    def peaks(self) -> Array:
        """(n_frames, 88) the heights of the onset head's local maxima, elsewhere 0."""
        radius = self.decoding.onset_radius
        maxima = local_maxima(np.pad(self.onset, ((radius, radius), (0, 0))), radius)
        return np.where(maxima, self.onset, 0)

    @cached_property
    def onsets(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Frames and keys of the onsets, each (n_onsets,)."""
        frames, keys = np.nonzero(self.peaks >= self.decoding.onset_threshold)
        return frames, keys

    @cached_property
    def sounding(self) -> NDArray[np.bool_]:
        """(n_frames, 88) whether the frame head reaches its threshold."""
        return self.frame >= self.decoding.frame_threshold

    @cached_property
    def key_levels(self) -> Array:
        """(n_frames, 88) the largest level in dB of each key's bins."""
        width = self.params.bins_per_semitone
        return self.levels[:, : N_KEYS * width].reshape(-1, N_KEYS, width).max(axis=2)

    def after_onsets(self, rolls: NDArray[Any], offset: int) -> NDArray[Any]:
        """(n_onsets,) the values of (n_frames, 88) at the key of each onset, `offset` frames later."""
        frames, keys = self.onsets
        return rolls[np.clip(frames + offset, 0, len(rolls) - 1), keys]


def certainty(found: Evidence) -> float | None:
    """The certainty of :mod:`mir_models.inference.certainty`: mean height of the peaks that begin notes."""
    summed = OnsetCertainty(found.decoding)
    summed.push(found.activations)
    return summed.finish()


def expected_onset_f1(found: Evidence) -> float | None:
    """F1 that is expected when heights are probabilities: 2 Σ(chosen) / (n chosen + Σ(all peaks))."""
    peaks = found.peaks
    return _expected_f1(peaks[peaks >= found.decoding.onset_threshold], peaks)


def expected_frame_f1(found: Evidence) -> float | None:
    """The same of the frame head, of all cells."""
    return _expected_f1(found.frame[found.sounding], found.frame)


def clear_peaks(found: Evidence) -> float | None:
    """Share of the onset head's peaks of at least 0.1 that reach the onset threshold."""
    peaks = found.peaks
    n_faint = int((peaks >= FAINT).sum())
    return float((peaks >= found.decoding.onset_threshold).sum() / n_faint) if n_faint else None


def frame_height(found: Evidence) -> float | None:
    """Mean activation of the frame head where it reaches its threshold."""
    return _mean(found.frame[found.sounding])


def bimodality(found: Evidence) -> float | None:
    """Mean of |2 p - 1| over the cells of the frame head of at least 0.05."""
    return _mean(np.abs(2 * found.frame[found.frame >= 0.05] - 1))


def support(found: Evidence) -> float | None:
    """Mean activation of the frame head in the three frames after an onset: whether both heads agree."""
    return _mean(np.stack([found.after_onsets(found.frame, each) for each in range(SUPPORT.start, SUPPORT.stop)]))


def explained_power(found: Evidence) -> float | None:
    """Share of the power of the transform that lies at the first eight harmonics of keys that sound."""
    power = np.where(found.levels > found.params.floor_db, 10 ** (found.levels / 10), 0.0)
    total = float(power.sum())
    return float(power[_harmonics(found)].sum()) / total if total > 0 else None


def prominence(found: Evidence) -> float | None:
    """Mean over frames of the largest level above the mean level, in dB: small for noise."""
    return _mean(found.levels.max(axis=1) - found.levels.mean(axis=1))


def attack(found: Evidence) -> float | None:
    """Mean rise of a key's level from four frames before its onset to two after it, in dB."""
    levels = np.maximum(found.key_levels, AUDIBLE_DB)
    return _mean(found.after_onsets(levels, 2) - found.after_onsets(levels, -4))


def decay(found: Evidence) -> float | None:
    """Mean fall of a key's level from three to ten frames after its onset, in dB, of notes that still sound then."""
    levels, first = found.key_levels, SUPPORT.stop - 1
    fall = found.after_onsets(levels, first) - found.after_onsets(levels, first + RELEASE)
    return _mean(fall[found.after_onsets(found.sounding, first + RELEASE)])


def offset_height(found: Evidence) -> float | None:
    """Mean activation of the offset head, weighted by itself: Σ p² / Σ p."""
    offsets = found.activations.get("offset")
    if offsets is None or not offsets.any():
        return None
    return float(np.square(offsets).sum() / offsets.sum())


def note_rate(found: Evidence) -> float | None:
    """Onsets per second."""
    n_frames = len(found.frame)
    return len(found.onsets[0]) * found.params.grid.frame_rate / n_frames if n_frames else None


def _harmonics(found: Evidence) -> NDArray[np.bool_]:
    """(n_frames, n_bins) the bins at the harmonics of keys that sound."""
    width, n_bins = found.params.bins_per_semitone, found.levels.shape[1]
    keys = np.repeat(found.sounding, width, axis=1)
    covered = np.zeros(found.levels.shape, dtype=bool)
    for harmonic in HARMONICS:
        first = round(found.params.bins_per_octave * np.log2(harmonic))
        last = min(n_bins, first + keys.shape[1])
        covered[:, first:last] |= keys[:, : last - first]
    return covered


def _expected_f1(chosen: Array, every: Array) -> float | None:
    return 2 * float(chosen.sum()) / (len(chosen) + float(every.sum())) if len(chosen) else None


def _mean(values: Array) -> float | None:
    return float(values.mean()) if values.size else None


MEASURES: dict[str, Callable[[Evidence], float | None]] = {
    "certainty": certainty,
    "expected F1 of onsets": expected_onset_f1,
    "expected F1 of frames": expected_frame_f1,
    "clear peaks of onsets": clear_peaks,
    "height of frames": frame_height,
    "bimodality of frames": bimodality,
    "frames after onsets": support,
    "height of offsets": offset_height,
    "explained power": explained_power,
    "prominence of a bin": prominence,
    "attack": attack,
    "decay": decay,
    "notes per second": note_rate,
}
"""By name; None where a recording has none."""
