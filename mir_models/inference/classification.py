"""Classification: the class of a track by the mean probability of its windows; losses, targets and validation scores.

A network gives probabilities of classes for a window; those of the track are the mean over its windows (the sum rule
of J. Kittler et al., "On combining classifiers", IEEE TPAMI 20(3), 1998). Scores are of tracks and of windows. Examples
are windows with the label as a distribution over classes, so that two of them can be mixed (mixup).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mir_models.evaluation.metrics.classes import accuracy, macro_f1
from mir_models.examples.windows import Window

HEAD = "class"
MONITOR = "val_window_accuracy"
"""Of windows: over a dozen validation tracks several epochs have the same accuracy, over their windows hardly two."""
BATCH_WINDOWS = 32
BASELINE_FEATURES = ("mfcc",)
"""Presets of the input features of these tasks' baselines."""

Array = NDArray[Any]
Predict = Callable[[Array], Array]
"""Windows (n_windows, n_frames, n_bins) to probabilities (n_windows, n_classes)."""


@dataclass(frozen=True)
class Voting:
    """Soft voting: probabilities of a track's windows, of which the mean gives its class.

    Attributes
    ----------
    classes : tuple of str
        In the order of the network's outputs.
    window : Window
        Length of the windows, and where they begin.
    """

    classes: tuple[str, ...]
    window: Window = Window()  # noqa: RUF009 (frozen)

    def predict_windows(self, predict: Predict, features: Array, *, silence: float) -> Array:
        """Probabilities (n_windows, n_classes) of the windows of a track.

        Parameters
        ----------
        predict : callable
            Batches of windows (n, n_frames, n_bins) to probabilities (n, n_classes).
        features : (n_frames, n_bins)
        silence : float
            Value of the features after the end of a track that is shorter than a window.
        """
        windows = self.window.cut(features, fill=silence)
        parts = [predict(windows[first : first + BATCH_WINDOWS]) for first in range(0, len(windows), BATCH_WINDOWS)]
        return np.concatenate(parts)


@dataclass(frozen=True)
class Prediction:
    """Class probabilities of a recording, by window.

    Attributes
    ----------
    classes : tuple of str
    starts : (n_windows,) seconds
        Start times of the windows.
    seconds : float
        Length of a window.
    probabilities : (n_windows, n_classes)
    """

    classes: tuple[str, ...]
    starts: Array
    seconds: float
    probabilities: Array

    def top(self, n: int) -> list[tuple[str, float]]:
        """The `n` most probable classes of the recording with their mean probability, the highest first."""
        mean = mean_of_probabilities(self.probabilities)
        return [(self.classes[number], float(mean[number])) for number in np.argsort(-mean, kind="stable")[:n]]


def mean_of_probabilities(parts: ArrayLike) -> Array:
    """(n_classes,) mean of probabilities (n_parts, n_classes), of a track's windows or of an ensemble's members.

    Further axes are kept: (n_members, n_windows, n_classes) gives (n_windows, n_classes).
    """
    return np.asarray(parts).mean(axis=0)


def monitor(heads: Iterable[str]) -> str:
    """The validation score by which an epoch is chosen; higher is better."""
    return MONITOR


def fields(heads: Iterable[str]) -> tuple[str, ...]:
    """Piano rolls among the targets: none."""
    return ()


def targets(example: Mapping[str, Array], heads: Iterable[str]) -> dict[str, Array]:
    """Target of the head: the label of a window, (n_classes,) float32 that sum to 1."""
    return {HEAD: example["label"]}


def losses(heads: Iterable[str], focal_gamma: float = 0.0) -> dict[str, Any]:
    """Loss of the head: categorical cross-entropy, focal where gamma is not 0."""
    if focal_gamma == 0:
        return {HEAD: "categorical_crossentropy"}
    import keras

    return {HEAD: keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=focal_gamma)}


def weights(heads: Iterable[str]) -> dict[str, float]:
    """Weight of the head's loss."""
    return {HEAD: 1.0}


def validate(tracks: Iterable[tuple[Array, int]]) -> dict[str, float]:
    """Validation scores of tracks and windows.

    Parameters
    ----------
    tracks : iterable of ((n_windows, n_classes) probabilities, index of the reference class)

    Returns
    -------
    dict
        ``val_loss`` (mean cross-entropy of windows), ``val_accuracy`` and ``val_macro_f1`` of tracks,
        ``val_window_accuracy``.
    """
    losses, windows, est, ref = [], [], [], []
    for probabilities, ref_index in tracks:
        losses.append(-np.log(np.maximum(probabilities[:, ref_index], 1e-7)))
        windows.append(probabilities.argmax(axis=1) == ref_index)
        est.append(int(mean_of_probabilities(probabilities).argmax()))
        ref.append(ref_index)
    return {
        "val_loss": float(np.concatenate(losses).mean()),
        "val_accuracy": accuracy(ref, est),
        "val_macro_f1": macro_f1(ref, est),
        MONITOR: float(np.concatenate(windows).mean()),
    }
