"""Figures of onset timing: note F1 over the tolerance, and the distribution of the errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mir_models.figures._common import BLUE, DPI, GREEN, PURPLE, VERMILLION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mir_models.evaluation.metrics.onset_timing import OnsetErrors
    from mir_models.evaluation.metrics.tally import ToleranceScore

COLOURS = (BLUE, VERMILLION, GREEN, PURPLE)
"""Of systems in their order: blue, vermillion, green, purple (Okabe & Ito, 2008)."""
DASHES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))
"""Of systems in their order: lines that are apart in print as well."""


def tolerance_sweep(systems: Mapping[str, Sequence[ToleranceScore]]) -> Figure:
    """Note onset F1, mean over tracks, over the tolerance; the interval as a band where there is one.

    Parameters
    ----------
    systems : mapping of str to sequence of ToleranceScore
        By name, the ``tolerance_sweep`` of `mir_models.evaluation.metrics.tally.SystemScores`; the model first.

    Returns
    -------
    Figure
        10 by 3.6 inches.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    for (name, rows), colour, dash in zip(systems.items(), COLOURS, DASHES, strict=False):
        ms = [1e3 * row["tolerance"] for row in rows]
        axes.plot(ms, [row["f1"] for row in rows], color=colour, linestyle=dash, marker="o", markersize=4, label=name)
        bounds = [row["interval"] for row in rows]
        if all(bounds):
            axes.fill_between(ms, *np.array(bounds).T, color=colour, alpha=0.15, linewidth=0)
    axes.axvline(50, color="black", linewidth=0.8, alpha=0.5)
    axes.annotate("headline: 50 ms", (50, 1.02), (4, -2), textcoords="offset points", va="top", fontsize=8, alpha=0.7)
    axes.set(xlabel="tolerance of the onset (ms)", ylabel="note F1, onset", ylim=(0, 1.02), xlim=(5, 105))
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=9, ncols=4, loc="lower left", bbox_to_anchor=(0, 1))
    return figure


def onset_error_ecdf(systems: Mapping[str, OnsetErrors]) -> Figure:
    """Empirical distribution of the errors of the onsets found: the share of notes that are at most so late.

    Parameters
    ----------
    systems : mapping of str to OnsetErrors
        By name, the ``onset_errors`` of `mir_models.evaluation.metrics.tally.SystemScores`, the model first. A system
        that found no note is left out.

    Returns
    -------
    Figure
        10 by 3.6 inches.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    for (name, errors), colour, dash in zip(systems.items(), COLOURS, DASHES, strict=False):
        if quantiles := errors["quantiles"]:
            words = f"{name}: median |error| {errors['median_abs']:.1f} ms, 90 % within {errors['p90_abs']:.1f} ms"
            share = np.linspace(0, 1, len(quantiles))
            axes.plot(quantiles, share, color=colour, linestyle=dash, label=words)
    reach = max(1e3 * errors["within"] for errors in systems.values())
    axes.axvline(0, color="black", linewidth=0.8, alpha=0.5)
    axes.axhline(0.5, color="black", linewidth=0.8, alpha=0.2)
    axes.set(xlabel="estimated less true onset (ms)", ylabel="share of notes found", ylim=(0, 1), xlim=(-reach, reach))
    axes.grid(alpha=0.25)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=9, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
    else:
        axes.text(0.5, 0.5, "no note was found", transform=axes.transAxes, ha="center", va="center")
    return figure
