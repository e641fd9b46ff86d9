"""The figure: certainty and note onset F1 of recordings whose notes are known, and the certainty of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.certainty.table import (
    CHOICE,
    MEASURE,
    OTHERS,
    REPORT,
    best_threshold,
    is_known,
    is_piano,
    of_half,
    of_measure,
)
from experiments.trials import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = np.linspace(0.45, 1.0, 45)


def certainty_and_f1(results: Results) -> Figure:
    """9 by 6 inches: certainty and F1 as points; below them the distribution of certainty where no notes are known."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(9, 6), dpi=110, layout="constrained")
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    found, threshold = of_half(results, REPORT), best_threshold(of_half(results, CHOICE))
    _points(above, found)
    for name in ("game music", "signals"):
        values = of_measure([each for each in found if OTHERS[name](each)], MEASURE)
        below.hist(values[np.isfinite(values)], bins=BINS, alpha=0.6, label=name)
    above.set(ylabel="note onset F1", ylim=(-0.02, 1.02))
    below.set(xlabel="certainty", ylabel="recordings")
    for axes in (above, below):
        axes.axvline(threshold, color="0.3", linestyle="--", linewidth=1)
        axes.legend(frameon=False, loc="upper left")
    return drawn


def _points(axes: Axes, results: Results) -> None:
    kinds = {
        "pianos": is_piano,
        "degraded pianos and excerpts": lambda each: each["is_degraded"],
        "relatives of the piano": lambda each: each["is_piano"] is None,
        "other instruments": OTHERS["other instruments"],
    }
    for number, (name, kind) in enumerate(kinds.items()):
        known = [each for each in results if is_known(each) and kind(each)]
        f1 = [each["f1"] for each in known]
        axes.plot(of_measure(known, MEASURE), f1, ".", color=f"C{number}", markersize=4, alpha=0.7, label=name)
