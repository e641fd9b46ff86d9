"""Figures of a classification: which classes are taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def confusion_matrix(counts: ArrayLike, classes: Sequence[str]) -> Figure:
    """Rows are the true classes, columns the answers; shades are shares of the row, numbers are tracks.

    Parameters
    ----------
    counts : (n_classes, n_classes) int
    classes : sequence of str
    """
    from matplotlib.figure import Figure

    table = np.asarray(counts)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    side = min(11.0, 2.2 + 0.55 * len(classes))
    figure = Figure(figsize=(side + 1.2, side), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ticks = range(len(classes))
    axes.set_xticks(ticks, classes, rotation=45, ha="right")
    axes.set_yticks(ticks, classes)
    axes.set(xlabel="answered", ylabel="true")
    for (row, column), n in np.ndenumerate(table):
        if n:
            axes.text(
                column, row, str(n), ha="center", va="center", color="white" if shares[row, column] > 0.5 else "black"
            )
    return figure
