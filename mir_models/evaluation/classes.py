"""Evaluation of a classification: a model and its baselines on the same test tracks, with intervals over tracks.

Accuracy and macro F1 are of **tracks**, whose class is the mean over their windows; those of windows stand beside. A
track of a class that the model never learnt counts as wrong. Intervals are percentile bootstraps over tracks; tracks of
one album are not independent, which the bootstrap does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics import bootstrap
from mir_models.evaluation.metrics.classes import accuracy, confusion, macro_f1, per_class


@dataclass(frozen=True)
class ClassPrediction:
    """What a model says of a track.

    Attributes
    ----------
    track : str
    wanted : str
        Its true class.
    probabilities : (n_windows, n_classes) array
    """

    track: str
    wanted: str
    probabilities: NDArray[np.float32]


@dataclass(frozen=True)
class ClassParams:
    """What is known of an evaluation beside its numbers.

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
        What else has to be said.
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


@dataclass
class _Answers:
    """Indices of the true and of the answered classes, of tracks and of windows."""

    wanted: list[int] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    window_wanted: list[int] = field(default_factory=list)
    window_answered: list[int] = field(default_factory=list)


def evaluate(
    tracks: Iterable[ClassPrediction], params: ClassParams, baselines: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Scores of a model and of baselines.

    Parameters
    ----------
    tracks : iterable of ClassPrediction
        Read once.
    params : ClassParams
    baselines : mapping of name to {track: class}
        What each baseline answers.

    Returns
    -------
    dict
        ``accuracy``, ``macro_f1`` and their ``…_interval``, ``window_accuracy``, ``window_macro_f1``; ``classes`` with
        those of the test split that were not learnt; ``confusion``, ``per_class``; ``tracks``, the most confident
        mistakes first; ``baselines`` by name, and their ``baseline_answers``; ``convention``.
    """
    predictions = list(tracks)
    if not predictions:
        remedy = "register a dataset with labels for it, or change the split rule"
        raise MirlitonError(f"tracks in the {params.split} split", received="none", remedy=remedy)
    classes = [*params.classes, *sorted({each.wanted for each in predictions} - set(params.classes))]
    answers, rows = _Answers(), []
    for each in predictions:
        rows.append(_count(each, classes, answers))
    counts = confusion(answers.wanted, answers.answered, len(classes))
    others = {
        name: _scores(answers.wanted, [classes.index(said[each.track]) for each in predictions], params)
        for name, said in baselines.items()
    }
    return {
        **_scores(answers.wanted, answers.answered, params),
        "window_accuracy": accuracy(answers.window_wanted, answers.window_answered),
        "window_macro_f1": macro_f1(answers.window_wanted, answers.window_answered),
        "classes": classes,
        "confusion": counts.tolist(),
        "per_class": _class_rows(counts, classes),
        "tracks": sorted(rows, key=lambda row: (row["right"], -row["probability"], row["track"])),
        "baselines": others,
        "baseline_answers": {name: dict(said) for name, said in baselines.items()},
        "convention": _convention(params, n_tracks=len(rows)),
    }


def _count(each: ClassPrediction, classes: list[str], answers: _Answers) -> dict[str, Any]:
    """Count a track; returns its row."""
    mean, true = each.probabilities.mean(axis=0), classes.index(each.wanted)
    answered = int(mean.argmax())
    answers.wanted.append(true)
    answers.answered.append(answered)
    answers.window_wanted += [true] * len(each.probabilities)
    answers.window_answered += each.probabilities.argmax(axis=1).tolist()
    return {
        "track": each.track,
        "wanted": each.wanted,
        "answered": classes[answered],
        "right": answered == true,
        "probability": float(mean[answered]),
        "of_the_true_class": float(mean[true]) if true < len(mean) else 0.0,
        "probabilities": [round(float(p), 5) for p in mean],
        "n_windows": len(each.probabilities),
    }


def _scores(wanted: list[int], answered: list[int], params: ClassParams) -> dict[str, Any]:
    draws: dict[str, Any] = {"n_resamples": params.n_resamples, "level": params.level, "seed": params.seed}
    pairs = np.stack([wanted, answered], axis=1)
    measures = {"accuracy": accuracy, "macro_f1": macro_f1}
    found: dict[str, Any] = {name: measure(wanted, answered) for name, measure in measures.items()}
    for name, measure in measures.items():
        bounds = bootstrap.interval(pairs, partial(_of_pairs, measure), **draws)
        found[f"{name}_interval"] = bootstrap.as_json(bounds)
    return found


def _of_pairs(measure: Callable[..., float], pairs: NDArray[np.int64]) -> float:
    return measure(pairs[:, 0], pairs[:, 1])


def _class_rows(counts: NDArray[np.int64], classes: list[str]) -> list[dict[str, Any]]:
    names = ("precision", "recall", "f1")
    return [
        {"name": name, "n_tracks": int(row.sum()), **dict(zip(names, map(float, scored), strict=True))}
        for name, row, scored in zip(classes, counts, per_class(counts), strict=True)
    ]


def _convention(params: ClassParams, *, n_tracks: int) -> dict[str, Any]:
    return {
        "datasets": list(params.datasets),
        "split": params.split,
        "label": params.label,
        "n_tracks": n_tracks,
        "n_quarantined": params.n_quarantined,
        "vote": "mean of the windows' probabilities",
        "notes": list(params.notes),
        "bootstrap": {"over": "tracks", "level": params.level, "n_resamples": params.n_resamples, "seed": params.seed},
    }
