"""Figures of a training: losses, the validation score and the learning rate by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mir_models.figures._common import BLUE, DPI, GREEN, GREY, VERMILLION

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def loss_curves(history: Sequence[Mapping[str, float]]) -> Figure:
    """Loss of training and validation (left), validation scores and learning rate (right).

    Parameters
    ----------
    history : sequence of mapping
        One per epoch, with any of ``loss``, ``val_loss``, ``chance_loss``, ``val_note_f1``, ``val_frame_f1``,
        ``val_accuracy``, ``val_window_accuracy`` and ``learning_rate``; what is missing is not drawn.

    Returns
    -------
    Figure
        10 by 3.6 inches.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), dpi=DPI, layout="constrained")
    losses, quality = figure.subplots(1, 2)
    _curve(losses, history, "loss", colour=BLUE, label="training")
    _curve(losses, history, "val_loss", colour=VERMILLION, label="validation", dashes=(4, 1.5))
    _curve(losses, history, "chance_loss", colour=GREY, label="chance: constant prediction", dashes=(1, 1))
    losses.set(xlabel="epoch", ylabel="loss", title="Loss")
    _mark_best(losses, history)
    _curve(quality, history, "val_note_f1", colour=BLUE, label="note onset F1, validation")
    _curve(quality, history, "val_frame_f1", colour=GREEN, label="frame F1, validation")
    _curve(quality, history, "val_accuracy", colour=BLUE, label="accuracy of tracks, validation")
    _curve(quality, history, "val_window_accuracy", colour=GREEN, label="accuracy of windows, validation")
    quality.set(xlabel="epoch", ylabel="score", title="Validation score and learning rate", ylim=(0, 1))
    rate = quality.twinx()
    _curve(rate, history, "learning_rate", colour=GREY, label="learning rate", dashes=(1, 1), step=True)
    rate.set(ylabel="learning rate", yscale="log" if _values(history, "learning_rate")[1].any() else "linear")
    for axes in (losses, quality):
        axes.grid(alpha=0.25)
        axes.xaxis.get_major_locator().set_params(integer=True)
    _legend(losses, losses.get_legend_handles_labels())
    handles, labels = quality.get_legend_handles_labels()
    _legend(quality, tuple(a + b for a, b in zip((handles, labels), rate.get_legend_handles_labels(), strict=True)))
    return figure


def _values(history: Sequence[Mapping[str, float]], key: str) -> tuple[np.ndarray, np.ndarray]:
    """Epochs that have a value of `key`, counted from 1, and the values."""
    rows = [(n, row[key]) for n, row in enumerate(history, start=1) if row.get(key) is not None]
    epochs, values = np.asarray(rows, dtype=float).reshape(-1, 2).T
    return epochs, values


def _curve(
    axes: Axes,
    history: Sequence[Mapping[str, float]],
    key: str,
    *,
    colour: str,
    label: str,
    dashes: tuple[float, float] | None = None,
    step: bool = False,
) -> None:
    epochs, values = _values(history, key)
    if not epochs.size:
        return
    axes.plot(
        epochs,
        values,
        color=colour,
        label=label,
        linewidth=1.8,
        marker="o" if len(epochs) < 30 else None,
        markersize=3.5,
        linestyle=(0, dashes) if dashes else "-",
        drawstyle="steps-post" if step else "default",
    )


def _mark_best(axes: Axes, history: Sequence[Mapping[str, float]]) -> None:
    """A vertical line at the epoch with the lowest validation loss."""
    epochs, values = _values(history, "val_loss")
    if np.isfinite(values).any():
        best = epochs[np.nanargmin(values)]
        axes.axvline(best, color=GREY, linewidth=0.9, alpha=0.7, label=f"lowest validation loss: epoch {best:g}")


def _legend(axes: Axes, entries: tuple[Sequence[Artist], Sequence[str]]) -> None:
    if entries[0]:
        axes.legend(*entries, fontsize=8, frameon=False, loc="best")
    else:
        axes.text(0.5, 0.5, "not recorded", transform=axes.transAxes, ha="center", va="center", color=GREY)
