"""Baselines of classification: the majority class, and a support vector machine on MFCC statistics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PENALTIES = (0.1, 1.0, 10.0, 100.0)
"""Values of the support vector machine's C; the best on the validation tracks is used."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LabelledRows:
    """Tracks as rows of numbers (MFCC statistics, embeddings), with their classes.

    Attributes
    ----------
    rows : (n_tracks, n_numbers) array
    classes : list of str
    """

    rows: Array
    classes: list[str]


def majority_class(classes: Sequence[str]) -> str:
    """The class that most train tracks have, of equals the first by name."""
    counts = Counter(classes)
    return min(counts, key=lambda name: (-counts[name], name))


def mfcc_statistics(mfcc: NDArray[np.float32]) -> Array:
    """(4 * n_mfcc,) mean and standard deviation over time of MFCC (n_frames, n_mfcc) and of their first differences.

    Timbre without order, after G. Tzanetakis and P. Cook, "Musical genre classification of audio signals", IEEE TSAP
    10(5), 2002.
    """
    steps = np.diff(mfcc, axis=0) if len(mfcc) > 1 else np.zeros_like(mfcc)
    parts = [mfcc.mean(axis=0), mfcc.std(axis=0), steps.mean(axis=0), steps.std(axis=0)]
    return np.concatenate(parts).astype(np.float64)


def fit_svm(train: LabelledRows, validation: LabelledRows) -> Any:
    """A support vector machine with an RBF kernel on standardised rows, its penalty the best on validation.

    Returns
    -------
    sklearn estimator
        Fitted on `train` alone; ``predict(rows)`` gives classes.
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    machines = [make_pipeline(StandardScaler(), SVC(C=each)).fit(train.rows, train.classes) for each in PENALTIES]
    accuracies = [each.score(validation.rows, validation.classes) for each in machines]
    return machines[int(np.argmax(accuracies))]
