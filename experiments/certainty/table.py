"""The tables: measures compared, the threshold, warnings by group."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from experiments.alignment.measures import upper_limit
from experiments.certainty.measures import MEASURES
from experiments.certainty.recordings import HALVES
from experiments.tables import markdown_table
from experiments.trials import Result, Results

MEASURE = "certainty"
"""Of `MEASURES`, the one that transcriptions have."""
POOR = 0.7
"""Note onset F1 below which the notes of a recording are called wrong."""
PRECISION = 0.95
"""Of the recordings below the threshold whose notes are known, at least so many have an F1 below `POOR`."""
THRESHOLDS = np.arange(50, 96) / 100
CHOICE, REPORT = HALVES

Kind = Callable[[Result], bool]


def is_piano(result: Result) -> bool:
    """A piano as it was recorded."""
    return result["is_piano"] is True and not result["is_degraded"]


def is_known(result: Result) -> bool:
    """Whether its notes are known."""
    return result["f1"] is not None


OTHERS: dict[str, Kind] = {
    "other instruments": lambda each: each["is_piano"] is False and is_known(each),
    "game music": lambda each: each["group"].startswith("game music"),
    "signals": lambda each: each["is_piano"] is False and not is_known(each) and not OTHERS["game music"](each),
}
"""What is no piano, by name."""
KNOWN: dict[str, Kind] = {
    "all": is_known,
    "pianos, degraded ones as well": lambda each: is_known(each) and each["is_piano"] is True,
    "other instruments": OTHERS["other instruments"],
}
"""Recordings whose notes are known, by name."""


def page(results: Results) -> str:
    """Markdown: measures on the half for choices, the threshold, warnings by group on the other half."""
    chosen, reported = of_half(results, CHOICE), of_half(results, REPORT)
    threshold = best_threshold(chosen)
    parts = [
        f"Measures on the half {CHOICE} ({len(chosen)} recordings). AUC: of pianos against what is no piano, where "
        "both have the measure. ρ: Spearman's correlation with note onset F1.",
        comparison(chosen),
        f"The same measure of all on the half {REPORT} ({len(reported)} recordings):",
        comparison(reported, [MEASURE]),
        f"Threshold: {threshold:.2f}. Warnings on the half {REPORT}; certainty and F1: median (lowest to highest).",
        groups(reported, threshold),
        false_alarms(reported, threshold),
        warned(reported, threshold),
    ]
    return "\n\n".join(parts) + "\n"


def of_half(results: Results, half: str) -> Results:
    """The results of a half."""
    return [each for each in results if each["half"] == half]


def best_threshold(results: Results) -> float:
    """The highest threshold of which `PRECISION` holds, among recordings whose notes are known and not degraded."""
    known = [each for each in results if is_known(each) and not each["is_degraded"]]
    certainties, f1 = of_measure(known, MEASURE), np.array([each["f1"] for each in known])
    precise = [each for each in THRESHOLDS if _share(f1[certainties < each] < POOR) >= PRECISION]
    return float(max(precise, default=THRESHOLDS[0]))


def of_measure(results: Results, measure: str) -> NDArray[np.float64]:
    """(n,) values of a measure, NaN where there is none."""
    return np.array([each["measures"][measure] for each in results], dtype=np.float64)


def comparison(results: Results, measures: Sequence[str] = tuple(MEASURES)) -> str:
    """AUC and correlation of each measure."""
    heads = ["measure", *(f"AUC, {name}" for name in OTHERS), *(f"ρ, {name}" for name in KNOWN)]
    pianos = [each for each in results if is_piano(each)]
    rows = [
        [
            measure,
            *(
                _number(auc(_finite(pianos, measure), _finite(_where(results, kind), measure)))
                for kind in OTHERS.values()
            ),
            *(_number(correlation(_where(results, kind), measure)) for kind in KNOWN.values()),
        ]
        for measure in measures
    ]
    counts = ["n", *(f"{len(pianos)}, {len(_where(results, kind))}" for kind in OTHERS.values())]
    return markdown_table(heads, [*rows, [*counts, *(str(len(_where(results, kind))) for kind in KNOWN.values())]])


def auc(higher: NDArray[np.float64], lower: NDArray[np.float64]) -> float:
    """The share of pairs in which `higher` (n,) is above `lower` (m,), ties as half; NaN where there is none."""
    from scipy.stats import rankdata

    n, m = len(higher), len(lower)
    if not n or not m:
        return float("nan")
    return float((rankdata(np.r_[higher, lower])[:n].sum() - n * (n + 1) / 2) / (n * m))


def correlation(results: Results, measure: str) -> float:
    """Spearman's rank correlation of a measure with note onset F1."""
    from scipy.stats import spearmanr

    values, f1 = of_measure(results, measure), np.array([each["f1"] for each in results], dtype=np.float64)
    defined = np.isfinite(values) & np.isfinite(f1)
    return float(spearmanr(values[defined], f1[defined]).statistic) if defined.sum() > 2 else float("nan")


def groups(results: Results, threshold: float) -> str:
    """A row per group: recordings, those without notes, warnings, certainty and F1."""
    rows = []
    for name in dict.fromkeys(each["group"] for each in results):
        found = [each for each in results if each["group"] == name]
        values = of_measure(found, MEASURE)
        f1 = np.array([each["f1"] for each in found if is_known(each)])
        n_warned, n = int((values < threshold).sum()), len(found)
        rows.append(
            [name, str(n), f"{n_warned} ({n_warned / n:.0%})", _spread(values[np.isfinite(values)]), _spread(f1)]
        )
    return markdown_table(["recordings", "n", "warnings", "certainty", "note onset F1"], rows)


def false_alarms(results: Results, threshold: float) -> str:
    """How many pianos as they were recorded are warned about, and the limit of their share."""
    pianos = [each for each in results if is_piano(each)]
    n_warned, n = int((of_measure(pianos, MEASURE) < threshold).sum()), len(pianos)
    limit = upper_limit(n_warned, n)
    return (
        f"Pianos that are not degraded: {n_warned} of {n} with a warning; upper limit of the share (95 %): {limit:.1%}."
    )


def warned(results: Results, threshold: float) -> str:
    """What a warning says about F1, of recordings whose notes are known."""
    known = [each for each in results if is_known(each)]
    below = of_measure(known, MEASURE) < threshold
    f1 = np.array([each["f1"] for each in known])
    rows = [
        [name, str(int(which.sum())), f"{f1[which].mean():.2f}", f"{_share(f1[which] < POOR):.0%}"]
        for name, which in (("warned", below), ("not warned", ~below))
        if which.any()
    ]
    return markdown_table(["notes known", "n", "mean note onset F1", f"F1 below {POOR}"], rows)


def _where(results: Results, kind: Kind) -> Results:
    return [each for each in results if kind(each)]


def _finite(results: Results, measure: str) -> NDArray[np.float64]:
    values = of_measure(results, measure)
    return values[np.isfinite(values)]


def _share(values: NDArray[np.bool_]) -> float:
    """Share of true values; 1 of none."""
    return float(values.mean()) if len(values) else 1.0


def _number(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "–"


def _spread(values: NDArray[np.float64]) -> str:
    if not len(values):
        return "–"
    return f"{np.median(values):.2f} ({values.min():.2f} to {values.max():.2f})"
