"""The figure: F1 by jitter with intervals, note onsets within each tolerance, and frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.label_noise.table import MEASURES, bounds, jitters, label_of, values
from experiments.trials import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES = {
    "frame": ("#6e6e6e", "v"),
    "onset": ("#D55E00", "s"),
    "softened": ("#E69F00", "D"),
    "regressed": ("#0072B2", "o"),
    "regressed wide": ("#009E73", "^"),
}
"""Colour (Okabe & Ito, "Color Universal Design", 2008) and marker by kind of target."""
APART = 0.08
"""Between two curves at one jitter, so that their intervals stay apart; jitters are 1 apart."""


def f1_by_jitter(results: Results) -> Figure:
    """13 by 4.2 inches: a panel per score, a curve per kind of target, jitters at equal distances."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(13, 4.2), dpi=110, layout="constrained")
    panels = drawn.subplots(1, len(MEASURES), sharey=True)
    for axes, (score, kinds) in zip(panels, MEASURES.items(), strict=True):
        for n, kind in enumerate(kinds):
            _curve(axes, results, score, kind, shift=APART * (n - (len(kinds) - 1) / 2))
        axes.set(title=score, xlabel="labels wrong by up to ± ms")
        axes.set_xticks(range(len(jitters(results))), [f"{1000 * jitter:g}" for jitter in jitters(results)])
        axes.grid(alpha=0.25)
    panels[0].set(ylabel="F1, 95 % intervals", ylim=(0, 1))
    handles, labels = panels[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=9, frameon=False)
    return drawn


def _curve(axes: Axes, results: Results, score: str, kind: str, *, shift: float) -> None:
    scores = [values(results, score, kind, jitter) for jitter in jitters(results)]
    means = np.array([each.mean() for each in scores])
    errors = np.abs(np.array([bounds(each) for each in scores]).T - means)
    colour, marker = STYLES[kind]
    axes.errorbar(
        np.arange(len(means)) + shift,
        means,
        yerr=errors,
        color=colour,
        marker=marker,
        markersize=4.5,
        linewidth=1.6,
        elinewidth=1,
        capsize=2,
        label=label_of(kind),
    )
