"""Accuracy and macro F1 over seeds as cells of a table: means with bootstrap intervals, and paired differences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.trials import Results
from mir_models.evaluation.metrics.classes import accuracy, macro_f1
from mir_models.evaluation.metrics.seed_bootstrap import Measure, score_over_seeds

MEASURES: dict[str, Measure] = {"macro F1": macro_f1, "accuracy": accuracy}
N_RESAMPLES = 2000
Indices = NDArray[np.int64]


def class_indices(results: Results) -> tuple[Indices, Indices]:
    """(n_tracks,) reference and (n_seeds, n_tracks) estimated classes, tracks by name and seeds in order."""
    results = sorted(results, key=lambda each: each["seed"])
    ref: dict[str, str] = results[0]["wanted"]
    tracks, classes = sorted(ref), sorted(set(ref.values()))
    indices = np.array([classes.index(ref[track]) for track in tracks])
    return indices, np.array([[classes.index(each["answered"][track]) for track in tracks] for each in results])


def score_cell(ref: Indices, est: Indices, measure: str) -> str:
    """Mean and 95 % interval of a measure, in percent."""
    return _cell(ref, est, measure, baseline=None, form=".1f")


def difference_cell(results: Results, baseline: Results, measure: str) -> str:
    """By how much `results` are above `baseline` in points, over the seeds that both have; a dash without any."""
    common = {each["seed"] for each in results} & {each["seed"] for each in baseline}
    if not common:
        return "–"
    sides = [[each for each in side if each["seed"] in common] for side in (results, baseline)]
    (ref, est), (_, est_baseline) = map(class_indices, sides)
    return _cell(ref, est, measure, baseline=est_baseline, form="+.1f")


def _cell(ref: Indices, est: Indices, measure: str, *, baseline: Indices | None, form: str) -> str:
    mean, (low, high) = score_over_seeds(ref, est, MEASURES[measure], baseline=baseline, n_resamples=N_RESAMPLES)
    return f"{100 * mean:{form}} [{100 * low:{form}}, {100 * high:{form}}]"


def group_by_system(results: Results) -> dict[str, Results]:
    """Results by the system that made them, in the order of their first one."""
    names = dict.fromkeys(each["system"] for each in results)
    return {name: [each for each in results if each["system"] == name] for name in names}
