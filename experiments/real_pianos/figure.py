"""The figure: what the causes cost on each piano, notes found by loudness and register, F1 in the conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.real_pianos.causes import CAUSES, errors
from experiments.real_pianos.experiment import Transcribed
from experiments.real_pianos.strata import PROPERTIES, Property, recall, strata
from experiments.real_pianos.table import Groups, by_condition, by_piano

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"time": "Blues", "missed": "Oranges", "added": "Greens"}
"""Colour map of the causes of each kind."""
N_LABELS = 20
"""Notes of a stratum from which its share is drawn."""


def causes_and_conditions(found: Sequence[Transcribed]) -> Figure:
    """12 by 15 inches: stacked costs; below them shares found by two properties; F1 in the conditions."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(12, 15), dpi=100, layout="constrained")
    axes = drawn.subplot_mosaic("CC;SP;RR", height_ratios=(1.2, 1, 1.2))
    groups = by_piano(found)
    _costs(axes["C"], groups)
    _shares(axes["S"], groups, PROPERTIES[1])
    _shares(axes["P"], groups, PROPERTIES[2])
    axes["S"].legend(frameon=False, fontsize=7, loc="lower left")
    _conditions(axes["R"], found)
    return drawn


def _costs(axes: Axes, groups: Groups) -> None:
    import matplotlib

    counted = [[errors(each) for each in group] for group in groups.values()]
    lowest = np.zeros(len(groups))
    for kind, causes in CAUSES.items():
        colours = matplotlib.colormaps[COLOURS[kind]](np.linspace(0.85, 0.25, len(causes)))
        for cause, colour in zip(causes, colours, strict=True):
            points = [100 * np.mean([each.lost(kind, cause) for each in group]) for group in counted]
            axes.barh(list(groups), points, left=lowest, color=colour, label=f"{kind}: {cause}")
            lowest += points
    axes.invert_yaxis()
    axes.set(xlabel="points of note onset F1 that are lost")
    axes.legend(frameon=False, fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.11), ncols=3)


def _shares(axes: Axes, groups: Groups, by: Property) -> None:
    import matplotlib

    axes.set_prop_cycle(color=[matplotlib.colormaps["tab20"](n) for n in range(20)])
    for name, group in groups.items():
        found = recall(group, by)
        shares = np.where(found.n_labels >= N_LABELS, found.n_found / np.maximum(1, found.n_labels), np.nan)
        axes.plot(strata(by.edges), shares, marker="o", markersize=3, label=name)
    axes.tick_params(axis="x", rotation=45)
    axes.set(xlabel=by.name, ylabel="found within 150 ms", ylim=(0.2, 1.01))
    axes.grid(alpha=0.25)


def _conditions(axes: Axes, found: Sequence[Transcribed]) -> None:
    for piano, groups in by_condition(found).items():
        f1 = [float(np.mean([each.onset_f1(wide=True) for each in group])) for group in groups.values()]
        axes.plot(f1, list(groups), marker="o", markersize=5, linestyle="", label=piano)
    axes.invert_yaxis()
    axes.set(xlabel="note onset F1 within 150 ms")
    axes.tick_params(axis="y", labelsize=7)
    axes.grid(alpha=0.25)
    if axes.lines:
        axes.legend(frameon=False, fontsize=7)
