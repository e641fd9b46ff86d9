"""The table: pooled scores of every system with their intervals, and how far the modern network is above each."""

from __future__ import annotations

import numpy as np

from experiments.artists.folds.systems import MODERN, TOGETHER
from experiments.tables import markdown
from experiments.trials import Results
from mir_models.evaluation.metrics.classes import accuracy, macro_f1
from mir_models.evaluation.metrics.repeated import Measure, scored

FIRST = (MODERN, TOGETHER)
"""The systems from which the others' distance is told."""
MEASURES = {"macro F1": macro_f1, "accuracy": accuracy}
BELOW = [(name, measure) for name in FIRST for measure in MEASURES]
HEADS = ["system", *MEASURES, *(f"below {name}, {measure}" for name, measure in BELOW), "seeds"]
N_RESAMPLES = 2000
Answers = np.ndarray
"""(n_seeds, n_tracks) indices of classes."""


def page(results: Results, about: str) -> str:
    """Markdown: what was done, and the table."""
    said = (
        "Scores in percent, mean over seeds of the answers pooled over folds, with 95 % intervals of a bootstrap that "
        "draws tracks and seeds again. Differences are paired: the same tracks and seeds on both sides."
    )
    return "\n\n".join([about, said, table(results)]) + "\n"


def table(results: Results) -> str:
    """A row per system of which there are results."""
    names = list(dict.fromkeys(each["system"] for each in results))
    found = {name: [each for each in results if each["system"] == name] for name in names}
    if not found:
        return "No results yet."
    return markdown(HEADS, [_row(name, found) for name in found])


def _row(name: str, found: dict[str, Results]) -> list[str]:
    wanted, answered = indices(found[name])
    cells = [score(wanted, answered, None, measure) for measure in MEASURES.values()]
    told = [above(found[name], found.get(first, []), measure) if name != first else "–" for first, measure in BELOW]
    return [name, *cells, *told, str(len(found[name]))]


def above(rows: Results, first: Results, measure: str) -> str:
    """By how much `first` is above `rows`, over the seeds that both have."""
    common = {each["seed"] for each in rows} & {each["seed"] for each in first}
    if not common:
        return "–"
    sides = [[each for each in side if each["seed"] in common] for side in (first, rows)]
    (wanted, ours), (_, theirs) = map(indices, sides)
    return score(wanted, ours, theirs, MEASURES[measure])


def indices(rows: Results) -> tuple[np.ndarray, Answers]:
    """(n_tracks,) true and (n_seeds, n_tracks) answered classes, tracks by name and seeds in order."""
    rows = sorted(rows, key=lambda each: each["seed"])
    tracks = sorted(rows[0]["wanted"])
    classes = sorted(set(rows[0]["wanted"].values()))
    wanted = np.array([classes.index(rows[0]["wanted"][track]) for track in tracks])
    return wanted, np.array([[classes.index(each["answered"][track]) for track in tracks] for each in rows])


def score(wanted: np.ndarray, ours: Answers, theirs: Answers | None, measure: Measure) -> str:
    """Mean and interval of a measure in per cent, of the answers or of what they are above others."""
    mean, (low, high) = scored(wanted, ours, measure, less=theirs, n_resamples=N_RESAMPLES)
    form = ".1f" if theirs is None else "+.1f"
    return f"{100 * mean:{form}} [{100 * low:{form}}, {100 * high:{form}}]"
