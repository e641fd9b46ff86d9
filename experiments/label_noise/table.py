"""The tables: scores by jitter with their intervals, and what exact labels would have given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from experiments.label_noise.evaluation import FRAME, measure
from experiments.label_noise.plan import KINDS, REACHES, TOLERANCES
from experiments.tables import markdown_table
from experiments.trials import Results
from mir_models.evaluation.metrics.bootstrap import interval

MEASURES = {**{measure(tolerance): KINDS for tolerance in TOLERANCES}, FRAME: ("frame",)}
"""The scores, and the kinds of target that have them."""
JITTERED, EXACT = "jittered", "exact"
"""The labels on which thresholds were chosen."""

Cell = Callable[[str, str, float], str]


def page(results: Results, about: str) -> str:
    """Markdown: what was done, scores, scores with the other thresholds, thresholds."""
    counts = [len(of_jitter(results, jitter)) for jitter in jitters(results)]
    text = (
        f"Seeds per jitter: {min(counts)} to {max(counts)}. Mean F1 in percent over recordings and seeds, with its "
        "95 % interval; Δ: change against ±0 ms on the same recordings and seeds, with its interval. With one seed the "
        "intervals do not cover another training."
    )
    parts = [
        about,
        text,
        table(results, lambda *which: _score(results, *which)),
        "Δ:",
        table(results, lambda *which: _change(results, *which)),
        "Means with thresholds chosen on exact validation labels instead:",
        table(results, lambda *which: f"{100 * values(results, *which, labels=EXACT).mean():.1f}"),
        "Thresholds chosen on jittered validation labels, mean over seeds:",
        thresholds(results),
    ]
    return "\n\n".join(parts) + "\n"


def jitters(results: Results) -> list[float]:
    """The jitters of which there are results, in s."""
    return sorted({each["jitter"] for each in results})


def of_jitter(results: Results, jitter: float) -> Results:
    """The results of a jitter by seed."""
    return sorted((each for each in results if each["jitter"] == jitter), key=lambda each: each["seed"])


def values(results: Results, score: str, kind: str, jitter: float, *, labels: str = JITTERED) -> np.ndarray:
    """(n_recordings, n_seeds) scores at a jitter."""
    scores = [each[labels]["scores"] for each in of_jitter(results, jitter)]
    return np.array([[of_seed[track][score][kind] for of_seed in scores] for track in sorted(scores[0])])


def bounds(scores: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of the mean of (n_recordings, n_seeds) scores when both are drawn again."""
    rng = np.random.default_rng(1)  # Not the seed with which `interval` draws recordings: the draws would agree.
    return interval(scores, lambda rows: rows[:, rng.integers(rows.shape[1], size=rows.shape[1])].mean())


def percent(scores: np.ndarray) -> str:
    """The mean of (n_recordings, n_seeds) scores in percent with its interval."""
    return _with_bounds(scores, ".1f")


def points(change: np.ndarray) -> str:
    """The mean of (n_recordings, n_seeds) differences in points with its interval."""
    return _with_bounds(change, "+.1f")


def _with_bounds(scores: np.ndarray, form: str) -> str:
    """Mean and interval, which one recording does not have."""
    low, high = bounds(scores)
    mean = f"{100 * scores.mean():{form}}"
    return mean if np.isnan(low) else f"{mean} [{100 * low:{form}}, {100 * high:{form}}]"


def table(results: Results, cell: Cell) -> str:
    """A row per score and kind of target, a column per jitter."""
    rows = [
        [score, label_of(kind), *(cell(score, kind, jitter) for jitter in jitters(results))] for score, kind in _rows()
    ]
    return _markdown(["score", "target"], results, rows)


def thresholds(results: Results) -> str:
    """A row per head."""
    rows = []
    for kind in (FRAME, *KINDS):
        chosen = [
            [each[JITTERED]["thresholds"][kind] for each in of_jitter(results, jitter)] for jitter in jitters(results)
        ]
        rows.append([label_of(kind), *(f"{np.mean(each):.2f}" for each in chosen)])
    return _markdown(["head"], results, rows)


def label_of(kind: str) -> str:
    """Label of a kind of target in tables and figure."""
    return f"{kind}, reach {REACHES[kind]}" if kind in REACHES else kind


def _rows() -> list[tuple[str, str]]:
    return [(score, kind) for score, kinds in MEASURES.items() for kind in kinds]


def _score(results: Results, score: str, kind: str, jitter: float) -> str:
    return percent(values(results, score, kind, jitter))


def _change(results: Results, score: str, kind: str, jitter: float) -> str:
    """The seeds that both have are compared."""
    if not of_jitter(results, 0.0):
        return "–"
    seeds = {each["seed"] for each in of_jitter(results, jitter)} & {each["seed"] for each in of_jitter(results, 0.0)}
    common = [each for each in results if each["seed"] in seeds]
    if jitter == 0 or not common:
        return "–"
    return points(values(common, score, kind, jitter) - values(common, score, kind, 0.0))


def _markdown(heads: list[str], results: Results, rows: list[list[str]]) -> str:
    return markdown_table([*heads, *(f"±{1000 * jitter:g} ms" for jitter in jitters(results))], rows)
