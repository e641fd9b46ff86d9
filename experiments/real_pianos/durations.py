"""How long notes last that are found, beside their labels: by duration, and by what holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.real_pianos.experiment import Transcribed
from mir_models.evaluation.metrics.note_level import OFFSET_MIN_TOLERANCE, OFFSET_RATIO

EDGES = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds at which the durations of labels are divided."""
HELD = 0.05
"""Seconds after the release of its key that a note sounds at least when the pedal holds it."""


@dataclass(frozen=True)
class Durations:
    """Notes found within 150 ms, each (n,).

    Attributes
    ----------
    labels, found : float64
        Seconds that the label lasts, and the note that was found.
    by_pedal : bool
        Whether the pedal holds it.
    """

    labels: NDArray[np.float64]
    found: NDArray[np.float64]
    by_pedal: NDArray[np.bool_]

    def where(self, chosen: NDArray[np.bool_]) -> Durations:
        """Those of `chosen`, a boolean (n,)."""
        return Durations(self.labels[chosen], self.found[chosen], self.by_pedal[chosen])

    @property
    def ratios(self) -> NDArray[np.float64]:
        """Found over labels."""
        return self.found / self.labels

    @property
    def tolerances(self) -> NDArray[np.float64]:
        """Seconds that an offset may be off, as in :mod:`mir_models.evaluation.metrics.note_level`."""
        return np.maximum(OFFSET_RATIO * self.labels, OFFSET_MIN_TOLERANCE)


def durations(recordings: Sequence[Transcribed]) -> Durations:
    """The durations of the notes of all recordings that were found."""
    parts = [_durations(each) for each in recordings]
    return Durations(
        np.concatenate([np.zeros(0), *(each.labels for each in parts)]),
        np.concatenate([np.zeros(0), *(each.found for each in parts)]),
        np.concatenate([np.zeros(0, dtype=bool), *(each.by_pedal for each in parts)]),
    )


def _durations(recording: Transcribed) -> Durations:
    ref, est = recording.ref, recording.est
    rows, columns = recording.pairs.found.T
    lasting = ref.offset_times - ref.onset_times
    by_pedal = ref.offset_times - recording.released >= HELD
    return Durations(lasting[rows], (est.offset_times - est.onset_times)[columns], by_pedal[rows])
