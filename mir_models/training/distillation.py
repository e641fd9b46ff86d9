"""Distillation: a trained network, the teacher, gives a share of the targets of another one.

A teacher's activations say more than labels do: how sure a note is, which octave it could be taken for. The binary
cross-entropy is linear in its target, so the loss of a mixed target is the mixture of the losses of both [1]_, at a
temperature of 1. A focal loss is not linear: it is refused with a teacher.

The teacher has the same features as the network, augmented as they are drawn, so that it answers for each example anew.
It is frozen, and a batch stays a function of seed, epoch and index.

.. [1] G. Hinton, O. Vinyals and J. Dean, "Distilling the Knowledge in a Neural Network", 2015, arXiv:1503.02531.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, ParameterError
from mir_models.examples.gathering import Arrays
from mir_models.setting_types import ShareOfSome, check_settings

Array = NDArray[Any]
Mix = Callable[[Mapping[str, Array], Mapping[str, Array], float], dict[str, Array]]
"""Targets by head, activations by head and the share of the latter to mixed targets."""
SHARE = 0.5
"""Of the teacher by default."""


@dataclass(frozen=True)
class Params:
    """Which network gives targets.

    Attributes
    ----------
    teacher : str
        TASK/NETWORK, the id of an MLflow run, the folder of a training, or nothing: labels are the only targets.
    share : float in (0, 1]
        Of the teacher's activations in the targets; 1: labels count only where the teacher's activations cannot.
    """

    teacher: str = ""
    share: ShareOfSome = SHARE

    def __post_init__(self) -> None:
        check_settings(self)
        if self.share != SHARE and not self.teacher:
            expected, remedy = "a teacher where there is a distillation.share", "give distillation.teacher with it"
            raise ParameterError(expected, received=f"distillation.share={self.share} alone", remedy=remedy)


def check_loss(focal_gamma: float) -> None:
    """Refuse a focal loss, `mir_models.training.losses`: that of a mixed target is not the mixture of the losses."""
    if focal_gamma:
        remedy = "set it to 0, or leave distillation.teacher out"
        raise ParameterError("a training.focal_gamma of 0 with a teacher", received=focal_gamma, remedy=remedy)


class MixedTargets:
    """The targets of examples, mixed with a teacher's activations.

    Parameters
    ----------
    targets : callable
        Stacked examples to the target of each head, ``{head: (n, n_frames, n_targets)}``.
    mix : callable
        See `mixed_targets`; what depends on the task is bound.
    teacher : network
        Maps (n, n_frames, n_bins) to ``{head: (n, n_frames, n_targets)}`` by ``predict_on_batch``.
    share : float in (0, 1]
        Of the teacher.
    """

    def __init__(self, targets: Callable[[Arrays], dict[str, Array]], mix: Mix, teacher: Any, share: float) -> None:
        self.targets, self.mix, self.teacher, self.share = targets, mix, teacher, share
        self._lock = Lock()  # Several threads make batches; a Keras model predicts for one at a time.

    def __call__(self, examples: Arrays) -> dict[str, Array]:
        """Mixed targets of examples with ``features``; refuses activations of a teacher that has diverged."""
        with self._lock:
            predicted = self.teacher.predict_on_batch(examples["features"])
        activations = {head: np.asarray(each, dtype=np.float32) for head, each in predicted.items()}
        if not all(np.isfinite(each).all() for each in activations.values()):
            remedy = "look at its loss curve, and choose another distillation.teacher"
            raise MirlitonError("finite activations of the teacher", received="NaN or infinity", remedy=remedy)
        return self.mix(self.targets(examples), activations, self.share)


def mixed_targets(
    targets: Mapping[str, Array],
    activations: Mapping[str, Array],
    share: float,
    *,
    where_positive: Container[str] = (),
) -> dict[str, Array]:
    """``(1 - share) * target + share * activation`` of every head.

    Parameters
    ----------
    targets, activations : mapping of str to (..., n_targets) in [0, 1]
        `activations` has at least the heads of `targets`.
    share : float in [0, 1]
    where_positive : container of str
        Heads whose loss is of cells with a target above 0 only: the other cells stay 0.

    Returns
    -------
    dict of str to (..., n_targets) float32
    """
    mixed = {}
    for head, target in targets.items():
        target = np.asarray(target, dtype=np.float32)
        every = target + np.float32(share) * (activations[head] - target)
        mixed[head] = np.where(target > 0, every, np.float32(0)) if head in where_positive else every
    return mixed
