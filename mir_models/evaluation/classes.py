"""Evaluation of classification: scores of a model and of its baselines on the same test tracks, with intervals.

Accuracy and macro F1 are of **tracks**, whose class has the highest mean probability over their windows; those of
windows are given as well. A track of a class that the model was not trained on counts as wrong. Intervals are
percentile bootstraps over tracks, which are taken as independent; tracks of one album are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics import bootstrap, calibration
from mir_models.evaluation.metrics.bootstrap import BootstrapConvention, Interval, bootstrap_convention
from mir_models.evaluation.metrics.calibration import Calibration
from mir_models.evaluation.metrics.classes import accuracy, confusion, macro_f1, per_class
from mir_models.evaluation.metrics.seed_bootstrap import Measure
from mir_models.inference.classification import mean_of_probabilities


@dataclass(frozen=True)
class ClassPrediction:
    """Probabilities of a model for one track, and its reference class.

    Attributes
    ----------
    track : str
    ref_class : str
        In its labels.
    probabilities : (n_windows, n_classes) array
    """

    track: str
    ref_class: str
    probabilities: NDArray[np.float32]


@dataclass(frozen=True)
class ClassEvaluationParams:
    """Classes, convention and bootstrap of an evaluation.

    Attributes
    ----------
    classes : tuple of str
        In the order of the probabilities.
    label : str
        The label kind.
    datasets : tuple of str
    n_quarantined : int
        Tracks that were left out.
    split : str
    notes : tuple of str
        Sentences to print with the scores.
    n_resamples, level, seed
        Of the bootstrap.
    """

    classes: tuple[str, ...]
    label: str
    datasets: tuple[str, ...]
    n_quarantined: int = 0
    split: str = "test"
    notes: tuple[str, ...] = ()
    n_resamples: int = 1000
    level: float = 0.95
    seed: int = 0


class ClassScores(TypedDict):
    """Accuracy and macro F1 of tracks, each with its interval [low, high] or None."""

    accuracy: float
    macro_f1: float
    accuracy_interval: Interval
    macro_f1_interval: Interval


class ClassRow(TypedDict):
    """Scores of one class: the number of its test tracks, precision, recall and F1."""

    name: str
    n_tracks: int
    precision: float
    recall: float
    f1: float


class ClassTrackRow(TypedDict):
    """Result of one track.

    Attributes
    ----------
    track : str
    wanted, answered : str
        Reference and estimated class.
    right : bool
    probability, of_the_true_class : float
        Mean probability of the estimated and of the reference class; 0 for a class that the model does not have.
    probabilities : list of float
        Means over windows, to five decimals.
    n_windows : int
    """

    track: str
    wanted: str
    answered: str
    right: bool
    probability: float
    of_the_true_class: float
    probabilities: list[float]
    n_windows: int


class ClassConvention(TypedDict):
    """What the scores of a classification depend on; see `ClassEvaluationParams`."""

    datasets: list[str]
    split: str
    label: str
    n_tracks: int
    n_quarantined: int
    vote: str
    notes: list[str]
    bootstrap: BootstrapConvention


class ClassEvaluation(ClassScores):
    """Evaluation of a model, ready for JSON; the keys are those of ``report.json``.

    Attributes
    ----------
    window_accuracy, window_macro_f1 : float
        Of windows.
    classes : list of str
        Classes of the model, then those of the test split that it was not trained on.
    confusion : list of list of int
        Confusion matrix: rows are reference classes, columns estimated ones.
    per_class : list of ClassRow
    tracks : list of ClassTrackRow
        The most confident mistakes first.
    baselines : dict of ClassScores
    baseline_answers : dict of dict
        Estimated class by baseline and track.
    convention : ClassConvention
    calibration : Calibration
        Of the class of each window, the most probable one.
    """

    window_accuracy: float
    window_macro_f1: float
    classes: list[str]
    confusion: list[list[int]]
    per_class: list[ClassRow]
    tracks: list[ClassTrackRow]
    baselines: dict[str, ClassScores]
    baseline_answers: dict[str, dict[str, str]]
    convention: ClassConvention
    calibration: Calibration


@dataclass
class _Indices:
    """Indices of reference and estimated classes, of tracks and of windows."""

    ref: list[int] = field(default_factory=list)
    est: list[int] = field(default_factory=list)
    window_ref: list[int] = field(default_factory=list)
    window_est: list[int] = field(default_factory=list)


def evaluate_classes(
    tracks: Iterable[ClassPrediction], params: ClassEvaluationParams, baselines: Mapping[str, Mapping[str, str]]
) -> ClassEvaluation:
    """Scores of a model and of baselines.

    Parameters
    ----------
    tracks : iterable of ClassPrediction
        Read once.
    params : ClassEvaluationParams
    baselines : mapping of name to {track: class}
        Estimated classes of each baseline.

    Raises
    ------
    MirlitonError
        If there is no track.
    """
    predictions = list(tracks)
    if not predictions:
        remedy = "register a dataset with labels for it, or change the split rule"
        raise MirlitonError(f"tracks in the {params.split} split", received="none", remedy=remedy)
    classes = [*params.classes, *sorted({each.ref_class for each in predictions} - set(params.classes))]
    indices = _Indices()
    rows = [_count(each, classes, indices) for each in predictions]
    counts = confusion(indices.ref, indices.est, len(classes))
    baseline_indices = {
        name: [classes.index(estimates[each.track]) for each in predictions] for name, estimates in baselines.items()
    }
    return ClassEvaluation(
        **_scores(indices.ref, indices.est, params),
        window_accuracy=accuracy(indices.window_ref, indices.window_est),
        window_macro_f1=macro_f1(indices.window_ref, indices.window_est),
        classes=classes,
        confusion=counts.tolist(),
        per_class=_class_rows(counts, classes),
        tracks=sorted(rows, key=lambda row: (row["right"], -row["probability"], row["track"])),
        baselines={name: _scores(indices.ref, est, params) for name, est in baseline_indices.items()},
        baseline_answers={name: dict(estimates) for name, estimates in baselines.items()},
        convention=_convention(params, n_tracks=len(rows)),
        calibration=_calibration(predictions, indices),
    )


def _calibration(predictions: list[ClassPrediction], indices: _Indices) -> Calibration:
    probabilities = np.concatenate([each.probabilities.max(axis=1) for each in predictions])
    right = np.equal(indices.window_ref, indices.window_est)
    return calibration.summary(calibration.counts(probabilities, right), "windows")


def _count(each: ClassPrediction, classes: list[str], indices: _Indices) -> ClassTrackRow:
    """Add a track to the indices; returns its row."""
    mean, ref = mean_of_probabilities(each.probabilities), classes.index(each.ref_class)
    est = int(mean.argmax())
    indices.ref.append(ref)
    indices.est.append(est)
    indices.window_ref += [ref] * len(each.probabilities)
    indices.window_est += each.probabilities.argmax(axis=1).tolist()
    return ClassTrackRow(
        track=each.track,
        wanted=each.ref_class,
        answered=classes[est],
        right=est == ref,
        probability=float(mean[est]),
        of_the_true_class=float(mean[ref]) if ref < len(mean) else 0.0,
        probabilities=[round(float(p), 5) for p in mean],
        n_windows=len(each.probabilities),
    )


def _scores(ref: list[int], est: list[int], params: ClassEvaluationParams) -> ClassScores:
    pairs = np.stack([ref, est], axis=1)

    def interval(measure: Measure) -> Interval:
        statistic = partial(_of_pairs, measure)
        return bootstrap.as_json(
            bootstrap.interval(pairs, statistic, n_resamples=params.n_resamples, level=params.level, seed=params.seed)
        )

    return ClassScores(
        accuracy=accuracy(ref, est),
        macro_f1=macro_f1(ref, est),
        accuracy_interval=interval(accuracy),
        macro_f1_interval=interval(macro_f1),
    )


def _of_pairs(measure: Measure, pairs: NDArray[np.int64]) -> float:
    return measure(pairs[:, 0], pairs[:, 1])


def _class_rows(counts: NDArray[np.int64], classes: list[str]) -> list[ClassRow]:
    return [
        ClassRow(name=name, n_tracks=int(row.sum()), precision=float(precision), recall=float(recall), f1=float(f1))
        for name, row, (precision, recall, f1) in zip(classes, counts, per_class(counts), strict=True)
    ]


def _convention(params: ClassEvaluationParams, *, n_tracks: int) -> ClassConvention:
    return ClassConvention(
        datasets=list(params.datasets),
        split=params.split,
        label=params.label,
        n_tracks=n_tracks,
        n_quarantined=params.n_quarantined,
        vote="mean of the windows' probabilities",
        notes=list(params.notes),
        bootstrap=bootstrap_convention(params.n_resamples, params.level, params.seed),
    )
