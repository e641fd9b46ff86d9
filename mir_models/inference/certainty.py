"""Certainty of a transcription: how sure a network is of the notes that it found in a recording.

A peak of the onset head is high where the network finds what its training data had at an onset, and barely reaches the
threshold where noise or a drum happens to resemble one. The certainty of a recording is the mean height of the peaks
that begin notes, from the onset threshold up to 1; two more of height 1 are counted in (additive smoothing), so that a
second of sound with three notes makes no doubt. It is a property of the notes, not of the timbre: a flute whose notes
are found has a high one. The experiment :mod:`experiments.certainty` compares it with other
measures, and with the note onset F1 of recordings whose notes are known.

Heights depend on the network, on the target of its onset head and on its onset threshold, so a certainty is compared
with a threshold of that very network, or with none.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.decoding import Decoding, onset_head
from mir_models.notes.peak_picking import local_maxima

N_SURE = 2
"""Peaks of height 1 that are counted in."""


class OnsetCertainty:
    """The mean height of an onset head's peaks, of activations that arrive in blocks; the same for any blocks.

    The state is a sum, a count and the last frames, whose peaks the next block decides.

    Parameters
    ----------
    decoding : Decoding
        What a peak is: its threshold and its radius.
    """

    def __init__(self, decoding: Decoding) -> None:
        self._threshold, self._radius = np.float32(decoding.onset_threshold), decoding.onset_radius
        self._pending: NDArray[np.float32] | None = None
        self._sum, self._n_onsets = 0.0, 0

    def push(self, activations: Mapping[str, NDArray[np.float32]]) -> None:
        """Take the next frames, (n, 88) per head; without an onset head there is nothing to take."""
        if head := onset_head(activations):
            self._add(np.asarray(activations[head], dtype=np.float32))

    def finish(self) -> float | None:
        """The certainty of the recording, in [onset threshold, 1]; None without an onset, or without an onset head."""
        if self._pending is not None:
            self._add(np.zeros((self._radius, self._pending.shape[1]), dtype=np.float32))
        return (self._sum + N_SURE) / (self._n_onsets + N_SURE) if self._n_onsets else None

    def _add(self, block: NDArray[np.float32]) -> None:
        """Count the peaks that have `radius` frames on either side; before the recording all is 0."""
        if self._pending is None:
            self._pending = np.zeros((self._radius, block.shape[1]), dtype=np.float32)
        rows = np.concatenate([self._pending, block])
        n_decided = max(0, len(rows) - 2 * self._radius)
        if n_decided:
            onsets = rows[self._radius : self._radius + n_decided]
            heights = onsets[local_maxima(rows, self._radius) & (onsets >= self._threshold)]
            self._sum, self._n_onsets = self._sum + float(heights.sum(dtype=np.float64)), self._n_onsets + len(heights)
        self._pending = rows[n_decided:]
