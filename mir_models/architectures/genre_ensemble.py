"""Both genre networks of 2018 together, as their article [1]_ proposes: the mean of their probabilities.

Nothing is trained: the current models of the members are joined. They must be trained on the same tracks and classify
the same window.

.. [1] P. Dwivedi, "Using CNNs and RNNs for Music Genre Recognition", 2018.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mir_models.architectures import ClassArchitecture, crnn, parallel_cnn_rnn
from mir_models.augmentation import spectrum
from mir_models.training import ensembles
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.search_space import SearchSpace

NAME = "genre_ensemble"
TASK = "genre_recognition"
FEATURE = "log_mel_1024_ln"
HEADS = ("class",)
VERSION = 1
WINDOW = crnn.WINDOW
MEMBERS: Mapping[str, ClassArchitecture] = {"crnn": crnn, "parallel_cnn_rnn": parallel_cnn_rnn}
"""The architectures whose trained models are joined, by name."""
TRAINING = TrainingParams(epochs=1)
"""Joining the members counts as one epoch."""
AUGMENTATION = spectrum.Params()
SEARCH_SPACE = SearchSpace()
"""None: members are swept by themselves."""


@dataclass(frozen=True)
class Params:
    """None: members are trained with settings of their own."""


def build(params: Params, *, scale: Scale, n_frames: int, n_classes: int) -> Any:
    """Untrained members, joined: (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``."""
    networks = {
        name: each.build(each.Params(), scale=scale, n_frames=n_frames, n_classes=n_classes)
        for name, each in MEMBERS.items()
    }
    return join(networks)


def join(members: Mapping[str, Any]) -> Any:
    """The members as one network, see :func:`mir_models.training.ensembles.build_ensemble`."""
    return ensembles.build_ensemble(members, "genre_ensemble")
