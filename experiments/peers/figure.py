"""The figure: note onset F1 over the tolerance, a curve per system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.peers.scores import Scores
from experiments.peers.systems import OURS
from experiments.peers.table import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES = {
    OURS: ("#D55E00", "o"),
    "Transkun": ("#0072B2", "s"),
    "madmom, CNN": ("#009E73", "^"),
    "madmom, RNN": ("#56B4E9", "v"),
    "Basic Pitch": ("#6e6e6e", "D"),
}
"""Colour (Okabe & Ito, "Color Universal Design", 2008) and marker by system."""


def f1_by_tolerance(rows: Sequence[Row]) -> Figure:
    """7 by 4.4 inches: means over recordings, 95 % intervals as bands; systems without scores are left out."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(7, 4.4), dpi=110, layout="constrained")
    axes = drawn.subplots()
    for system, scores in rows:
        if not isinstance(scores, str):
            _curve(axes, system.name, scores)
    axes.axvline(50, color="0.8", linewidth=0.8, zorder=0)
    axes.set(xlabel="onset tolerance in ms", ylabel="note onset F1", xlim=(8, 102), ylim=(0, 1))
    axes.set_xticks(range(10, 101, 10))
    axes.grid(alpha=0.25)
    drawn.legend(loc="outside right upper", frameon=False)
    return drawn


def _curve(axes: Axes, name: str, scores: Scores) -> None:
    sweep = scores.notes["tolerance_sweep"]
    ms = np.array([1000 * each["tolerance"] for each in sweep])
    colour, marker = STYLES.get(name, ("#000000", "."))
    if all(each["interval"] for each in sweep):
        low, high = np.array([each["interval"] for each in sweep]).T
        axes.fill_between(ms, low, high, color=colour, alpha=0.13, linewidth=0)
    axes.plot(ms, [each["f1"] for each in sweep], color=colour, marker=marker, markersize=4.5, label=name)
