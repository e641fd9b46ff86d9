"""The table of the rows: means over seeds, and the difference from the base."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.robustness.data import REAL, UNHEARD
from experiments.robustness.rows import BASE
from experiments.tables import markdown_table
from experiments.trials import Results

MEASURES = ("note onset F1", "at the best threshold", "lag taken out", "within 150 ms", "onset + offset", "frame F1")
HEADS = (
    "row", "seeds", "parameters", "minutes",
    *(f"real: {each}" for each in MEASURES), "difference [95 %]",
    "unheard MAPS piano: note onset F1", "onset + offset", "frame F1",
)  # fmt: skip


def page(results: Results) -> str:
    """The table, a row per name, in the order of the results."""
    names = list(dict.fromkeys(result["row"] for result in results))
    by_name = {name: [each for each in results if each["row"] == name] for name in names}
    return markdown_table(HEADS, [_line(name, by_name[name], by_name.get(BASE, [])) for name in names])


def _line(name: str, results: Results, base: Results) -> list[str]:
    real = [_mean(results, REAL, measure) for measure in MEASURES]
    unheard = [_mean(results, UNHEARD, measure) for measure in ("note onset F1", "onset + offset", "frame F1")]
    minutes = np.median([each["train_s"] for each in results]) / 60
    first = [name, f"{len(results)}", f"{results[0]['parameters']:,}", f"{minutes:.0f}"]
    return [*first, *real, _difference(results, base) if name != BASE else "", *unheard]


def _mean(results: Results, kind: str, measure: str) -> str:
    values = [each["scores"][kind][measure] for each in results]
    spread = f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
    return f"{np.mean(values):.3f}{spread}"


def _difference(results: Results, base: Results) -> str:
    """Paired over recordings and the seeds that both have: mean and a bootstrap interval over recordings."""
    pairs = [(a, b) for a in results for b in base if a["seed"] == b["seed"]]
    if not pairs:
        return ""
    gains = np.mean([_gains(*pair) for pair in pairs], axis=0)
    drawn = np.random.default_rng(0).integers(len(gains), size=(2000, len(gains)))
    low, high = np.percentile(gains[drawn].mean(axis=1), [2.5, 97.5])
    return f"{gains.mean():+.3f} [{low:+.3f}, {high:+.3f}]"


def _gains(a: dict[str, Any], b: dict[str, Any]) -> Sequence[float]:
    own, other = (each["scores"][REAL]["recordings"] for each in (a, b))
    return [own[track] - other[track] for track in sorted(own)]
