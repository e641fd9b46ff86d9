"""Classification: one name for a whole track, found by a vote of windows. What all tasks of that kind have in common.

A network hears a window and gives a probability to each class; the track's are the mean over its windows (the sum rule
of J. Kittler et al., "On combining classifiers", IEEE TPAMI 20(3), 1998). Scores are of tracks, beside those of
windows, since tracks are what a user has. Examples are windows with the label as a distribution over classes, so that
two of them can be mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics.classes import accuracy, macro_f1
from mir_models.examples.windows import Window

HEAD = "class"
MONITOR = "val_window_accuracy"
"""Of windows: of a dozen validation tracks several epochs have the same number right, of their windows hardly two."""
BATCH_WINDOWS = 32
BASELINE_FEATURES = ("mfcc",)
"""Presets that the baselines of these tasks hear."""

Array = NDArray[Any]
Predict = Callable[[Array], Array]
"""Windows (n_windows, n_frames, n_bins) to probabilities (n_windows, n_classes)."""


@dataclass(frozen=True)
class Voting:
    """How the windows of a track become its class.

    Attributes
    ----------
    classes : tuple of str
        In the order of the network's outputs.
    window : Window
        What is heard of a track.
    """

    classes: tuple[str, ...]
    window: Window = Window()  # noqa: RUF009 (frozen)

    def heard(self, predict: Predict, features: Array, *, silence: float) -> Array:
        """Probabilities (n_windows, n_classes) of the windows of a track, from its features (n_frames, n_bins)."""
        windows = self.window.cut(features, fill=silence)
        parts = [predict(windows[first : first + BATCH_WINDOWS]) for first in range(0, len(windows), BATCH_WINDOWS)]
        return np.concatenate(parts)


@dataclass(frozen=True)
class Answer:
    """What a network says of a recording.

    Attributes
    ----------
    classes : tuple of str
    starts : (n_windows,) seconds
        Where its windows begin.
    seconds : float
        Length of a window.
    probabilities : (n_windows, n_classes)
    """

    classes: tuple[str, ...]
    starts: Array
    seconds: float
    probabilities: Array

    def most(self, n: int) -> list[tuple[str, float]]:
        """The `n` most probable classes of the whole recording with the mean of their windows, the first ones first."""
        mean = self.probabilities.mean(axis=0)
        return [(self.classes[number], float(mean[number])) for number in np.argsort(-mean, kind="stable")[:n]]


def monitor(heads: Iterable[str]) -> str:
    """The validation score by which an epoch is chosen; higher is better."""
    return MONITOR


def fields(heads: Iterable[str]) -> tuple[str, ...]:
    """The rolls that are learnt from: none."""
    return ()


def targets(example: Mapping[str, Array], heads: Iterable[str]) -> dict[str, Array]:
    """The label of a window, (n_classes,) float32 that sum to 1."""
    return {HEAD: example["label"]}


def losses(heads: Iterable[str], focal_gamma: float = 0.0) -> dict[str, Any]:
    """The loss of the head."""
    if focal_gamma == 0:
        return {HEAD: "categorical_crossentropy"}
    import keras

    return {HEAD: keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=focal_gamma)}


def weights(heads: Iterable[str]) -> dict[str, float]:
    """Of the head's loss."""
    return {HEAD: 1.0}


def validate(tracks: Iterable[tuple[Array, int]]) -> dict[str, float]:
    """Scores of validation tracks.

    Parameters
    ----------
    tracks : iterable of ((n_windows, n_classes) probabilities, index of the true class)

    Returns
    -------
    dict
        ``val_loss`` (mean cross-entropy of windows), ``val_accuracy`` and ``val_macro_f1`` of tracks,
        ``val_window_accuracy``.
    """
    losses, windows, answered, wanted = [], [], [], []
    for probabilities, true in tracks:
        losses.append(-np.log(np.maximum(probabilities[:, true], 1e-7)))
        windows.append(probabilities.argmax(axis=1) == true)
        answered.append(int(probabilities.mean(axis=0).argmax()))
        wanted.append(true)
    return {
        "val_loss": float(np.concatenate(losses).mean()),
        "val_accuracy": accuracy(wanted, answered),
        "val_macro_f1": macro_f1(wanted, answered),
        MONITOR: float(np.concatenate(windows).mean()),
    }
