"""Both genre networks of 2018 together, as their article [1]_ proposes: the mean of their probabilities.

Nothing is learnt: the current models of the members are joined. They have to have learnt from the same tracks, and to
hear the same window.

.. [1] P. Dwivedi, "Using CNNs and RNNs for Music Genre Recognition", 2018.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mir_models.architectures import crnn, parallel_cnn_rnn
from mir_models.augmentation import spectrum
from mir_models.training import ensembles, fit
from mir_models.training.normalisation import Scale

NAME = "genre_ensemble"
TASK = "genre_recognition"
FEATURE = "log_mel_1024_ln"
HEADS = ("class",)
VERSION = 1
WINDOW = crnn.WINDOW
MEMBERS = {"crnn": crnn, "parallel_cnn_rnn": parallel_cnn_rnn}
"""The architectures whose trained models are joined, by name."""
TRAINING = fit.Params(epochs=1)
"""Of nothing: the moment in which the members are joined counts as an epoch."""
AUGMENTATION = spectrum.Params()


@dataclass(frozen=True)
class Params:
    """There is nothing to choose: members are trained with settings of their own."""


def build(params: Params, *, scale: Scale, n_frames: int, n_classes: int) -> Any:
    """Members that have learnt nothing, joined: (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``."""
    shape = {"scale": scale, "n_frames": n_frames, "n_classes": n_classes}
    return join({name: each.build(each.Params(), **shape) for name, each in MEMBERS.items()})


def join(members: Mapping[str, Any]) -> Any:
    """The members as one network."""
    return ensembles.joined(members, "genre_ensemble")
