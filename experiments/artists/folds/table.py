"""The table "Artist classification by cross-validation": pooled scores, and how far the best networks are above."""

from __future__ import annotations

from experiments.artists.folds.systems import ENSEMBLE
from experiments.artists.network import MODERN
from experiments.artists.scores import MEASURES, class_indices, difference_cell, group_by_system, score_cell
from experiments.tables import markdown_table
from experiments.trials import Results

FIRST = (MODERN, ENSEMBLE)
"""The systems with which the others are compared."""
BELOW = [(name, measure) for name in FIRST for measure in MEASURES]
HEADS = ["system", *MEASURES, *(f"below {name}, {measure}" for name, measure in BELOW), "seeds"]


def page(results: Results, description: str) -> str:
    """Markdown: the data, how scores are made, and the table."""
    text = (
        "Scores in percent, mean over seeds of the predictions pooled over folds, with 95 % intervals of a bootstrap "
        "that draws tracks and seeds again. Differences are paired: the same tracks and seeds on both sides."
    )
    return "\n\n".join([description, text, table(results)]) + "\n"


def table(results: Results) -> str:
    """A row per system that has results."""
    by_system = group_by_system(results)
    if not by_system:
        return "No results yet."
    return markdown_table(HEADS, [_row(name, by_system) for name in by_system])


def _row(name: str, by_system: dict[str, Results]) -> list[str]:
    results = by_system[name]
    ref, est = class_indices(results)
    scores = [score_cell(ref, est, measure) for measure in MEASURES]
    below = [
        difference_cell(by_system.get(first, []), results, measure) if name != first else "–"
        for first, measure in BELOW
    ]
    return [name, *scores, *below, str(len(results))]
