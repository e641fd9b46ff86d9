"""Figures of a classification: the confusion matrix, and class probabilities over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from mir_models.figures._common import DPI, PALETTE, plain
from mir_models.inference.classification import Prediction

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def confusion_matrix(counts: ArrayLike, classes: Sequence[str]) -> Figure:
    """Rows are the true classes, columns the predicted ones; shades are shares of the row, numbers are tracks.

    Parameters
    ----------
    counts : (n_classes, n_classes) int
    classes : sequence of str
    """
    from matplotlib.figure import Figure

    table = np.asarray(counts)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    side = min(11.0, 2.2 + 0.55 * len(classes))
    figure = Figure(figsize=(side + 1.2, side), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ticks = range(len(classes))
    names = [plain(each) for each in classes]
    axes.set_xticks(ticks, names, rotation=45, ha="right")
    axes.set_yticks(ticks, names)
    axes.set(xlabel="predicted", ylabel="true")
    for (row, column), n in np.ndenumerate(table):
        if n:
            axes.text(
                column, row, str(n), ha="center", va="center", color="white" if shares[row, column] > 0.5 else "black"
            )
    return figure


def class_probabilities(prediction: Prediction, n: int, name: str) -> Figure:
    """Probabilities of the `n` most probable classes over a recording called `name`, stacked; grey is all others."""
    from matplotlib.figure import Figure

    shown = [found for found, _ in prediction.top(n)]
    rows = prediction.probabilities[:, [prediction.classes.index(each) for each in shown]]
    edges = np.append(prediction.starts, prediction.starts[-1] + prediction.seconds)
    layers = np.cumsum(np.vstack([rows, rows[-1:]]).T, axis=0)
    figure = Figure(figsize=(10, 2.8), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    axes.fill_between(edges, 0, 1, color="#dddddd", step="post")
    for number in reversed(range(len(shown))):
        text = f"{plain(shown[number])} {rows[:, number].mean():.2f}"
        axes.fill_between(edges, 0, layers[number], color=PALETTE[number % len(PALETTE)], step="post", label=text)
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, 1), xlabel="seconds", ylabel="probability", title=plain(name))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=8)
    return figure
