"""Diagnosis: whether a trained network is above chance on validation, and where it is not, why and what to change."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mir_models.training.params import Params

LEVEL = 0.05
"""The largest p-value of a network that is above chance."""
NO_EVIDENCE = 0.2
"""The smallest p-value of one that fits its train split only: a few tracks leave those between undecided."""
MOVED = 0.02
"""Share of the constant prediction's loss on the train split of which every network that has learnt is rid.

Without it, a small p-value is luck: the epoch is the best of many on the same validation tracks.
"""
FITTED = 0.5
"""The share of which a network is rid that fits the train split."""
FEW_STEPS = 1000
"""Below so many steps of the optimizer their number is the first thing to change.

Adam moves a weight by about the learning rate in a step: 1000 of 0.001 reach further than initial weights are from 0.
"""

ABOVE, UNDERFIT, OVERFIT, UNDECIDED, DIVERGED = "above chance", "underfit", "overfit", "undecided", "diverged"


@dataclass(frozen=True)
class Evidence:
    """What the verdict on a training is made of.

    Attributes
    ----------
    params : Params
    n_steps : int or None
        Steps of the optimizer over all epochs; 0 of an ensemble, whose members were trained; None where the epochs
        were trained by a version that did not count them.
    n_epochs : int
    val_loss, chance_loss : float
        Cross-entropy on validation of the epoch that is kept, and of the constant prediction.
    p_value : float
        Of validation, see `mir_models.training.chance`.
    n_tracks : int
        Validation tracks.
    smallest_p_value : float
        That the validation split allows: one class, or three tracks, show nothing.
    train_gain, last_train_gain : float or None
        Share of the constant prediction's loss on train tracks that the network is rid of, as it is kept and after the
        last epoch: 1 is perfect, 0 chance. None where the p-value alone decides.
    loss_rose : bool
        Whether the training loss of the last epoch is above that of the first.
    frozen : int
        Layers that are not trained.
    """

    params: Params
    n_steps: int | None
    n_epochs: int
    val_loss: float
    chance_loss: float
    p_value: float
    n_tracks: int
    smallest_p_value: float = 0.0
    train_gain: float | None = None
    last_train_gain: float | None = None
    loss_rose: bool = False
    frozen: int = 0

    @property
    def verdict(self) -> str:
        """``"above chance"``, or why not: ``"underfit"``, ``"overfit"``, ``"undecided"`` or ``"diverged"``."""
        if not math.isfinite(self.val_loss):
            return DIVERGED
        if self.p_value <= LEVEL and (self.train_gain is None or self.train_gain >= MOVED):
            return ABOVE
        gains = [each for each in (self.train_gain, self.last_train_gain) if each is not None]
        if not any(each >= FITTED for each in gains):
            return UNDERFIT
        return UNDECIDED if self.p_value <= NO_EVIDENCE or self.smallest_p_value > LEVEL / 2 else OVERFIT

    @property
    def description(self) -> str:
        """The verdict in one sentence, with its figures and the remedy."""
        tracks = f"{self.n_tracks} validation track{'s' * (self.n_tracks != 1)}"
        steps = f"{self.n_steps} step{'s' * (self.n_steps != 1)}; " if self.n_steps else ""
        losses = f"validation loss {self.val_loss:.4g}, chance {self.chance_loss:.4g}"
        figures = f"({steps}{losses}; p = {self.p_value:.2g})"
        return {
            ABOVE: f"it is above chance {figures}",
            UNDERFIT: f"it has not learnt {figures}; remedy: {self._remedy}",
            OVERFIT: f"it has learnt its train split, but {tracks} do not show it above chance {figures}; remedy: "
            "more recordings, augmentation or a smaller network; look at the labels of both splits",
            UNDECIDED: f"{tracks} cannot show whether it is above chance {figures}; remedy: more of them, "
            "of every class",
            DIVERGED: f"its validation loss is not finite {figures}; remedy: a lower training.learning_rate or "
            "training.clipnorm",
        }[self.verdict]

    @property
    def _remedy(self) -> str:
        """What to change where the train split is not fitted."""
        frozen = ", fewer start.frozen layers" if self.frozen else ""
        if self.n_steps == 0:
            return "look at its members, and train them anew"
        longer = f"{self._longer}, or " if self.n_steps is None else ""
        if self.n_steps is not None and self.n_steps < FEW_STEPS:
            smaller = f", or a training.batch_size below {self.params.batch_size}" if self.params.batch_size > 1 else ""
            return f"{self._longer}{smaller}{frozen}"
        other = "a lower" if self.loss_rose else "another"
        rate = f"{other} training.learning_rate than {self.params.learning_rate:g}"
        return f"{longer}{rate}{frozen}; look at the labels, whether the recordings are what they name"

    @property
    def _longer(self) -> str:
        """How the training would have more steps: it was over by its number of epochs, or by its patience."""
        if self.n_epochs >= self.params.epochs:
            return f"more training.epochs than {self.params.epochs}"
        return (
            f"a training.stop_patience above {self.params.stop_patience}, which ended it after {self.n_epochs} epochs"
        )
