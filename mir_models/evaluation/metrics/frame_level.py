"""Frame metrics: precision, recall and F1 per frame and key, micro and macro.

The counts are those of Bay, Ehmann & Downie, "Evaluation of multiple-F0 estimation and tracking systems", ISMIR 2009,
with two differences: keys of the piano take the place of fundamental frequencies, and counts are pooled over tracks
before the ratios are taken. 0/0 is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mir_models.errors import MirlitonError
from mir_models.notes.annotations import N_KEYS


@dataclass(frozen=True)
class FrameCounts:
    """Frames that agree and disagree, per key; counts of several tracks are added.

    Attributes
    ----------
    tp, fp, fn : (88,) int64
        Frames in estimate and reference, in the estimate only, in the reference only.
    """

    tp: NDArray[np.int64]
    fp: NDArray[np.int64]
    fn: NDArray[np.int64]

    @classmethod
    def none(cls) -> FrameCounts:
        """The counts of no frames: where a sum starts."""
        return cls(*np.zeros((3, N_KEYS), dtype=np.int64))

    def __add__(self, other: FrameCounts) -> FrameCounts:
        return FrameCounts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def support(self) -> NDArray[np.int64]:
        """(88,) frames in which each key sounds in the reference."""
        return self.tp + self.fn

    def pooled(self) -> NDArray[np.int64]:
        """(3,) tp, fp, fn over all keys."""
        return np.array([self.tp.sum(), self.fp.sum(), self.fn.sum()])


class Scores(NamedTuple):
    """Precision, recall and F1 in [0, 1]: floats, or arrays of one shape."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]

    def as_dict(self) -> dict[str, float]:
        """The scores as plain floats, if they are scalars."""
        return {name: float(value) for name, value in self._asdict().items()}


def ratio(numerator: ArrayLike, denominator: ArrayLike) -> NDArray[np.float64]:
    """Quotient of counts, with 0/0 = 0."""
    top, bottom = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    return np.divide(top, bottom, out=np.zeros(np.broadcast_shapes(top.shape, bottom.shape)), where=bottom != 0)


def scores(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike) -> Scores:
    """``tp / (tp + fp)``, ``tp / (tp + fn)`` and ``2 tp / (2 tp + fp + fn)``, elementwise."""
    hit, extra, missed = (np.asarray(count) for count in (tp, fp, fn))
    return Scores(ratio(hit, hit + extra), ratio(hit, hit + missed), ratio(2 * hit, 2 * hit + extra + missed))


def count(est_roll: NDArray[np.bool_], ref_roll: NDArray[np.bool_]) -> FrameCounts:
    """Counts of two piano rolls, both (n_frames, 88) bool.

    Raises
    ------
    MirlitonError
        If the rolls are not boolean or differ in shape.
    """
    est, ref = np.asarray(est_roll), np.asarray(ref_roll)
    if est.shape != ref.shape or est.dtype != bool or ref.dtype != bool:
        raise MirlitonError(
            "two boolean piano rolls of one shape",
            received=f"{est.dtype} {est.shape} and {ref.dtype} {ref.shape}",
            remedy="compare activations with a threshold first, on the frame grid of the reference",
        )
    tp = np.count_nonzero(est & ref, axis=0)
    return FrameCounts(tp, np.count_nonzero(est, axis=0) - tp, np.count_nonzero(ref, axis=0) - tp)


def precision_recall_f1(counts: FrameCounts) -> Scores:
    """Scores of each key, (88,) each."""
    return scores(counts.tp, counts.fp, counts.fn)


def micro(counts: FrameCounts) -> Scores:
    """Scores over all frames and keys together."""
    return scores(*counts.pooled())


def macro(counts: FrameCounts) -> Scores:
    """Mean of the keys' scores over the keys that occur in the reference; 0 if none does.

    F1 is the mean of the keys' F1, not the F1 of the mean precision and recall.
    """
    occurs = counts.support > 0
    per_key = precision_recall_f1(counts)
    return Scores(*(ratio(values[occurs].sum(), occurs.sum()) for values in per_key))
