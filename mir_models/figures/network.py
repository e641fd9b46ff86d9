"""Figures of a network's inside: filters, layer responses, most responding inputs, saliency, and a map of tracks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mir_models.figures._common import DPI, PALETTE, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 8


def spectra(images: NDArray[np.float32], titles: Sequence[str], *, signed: bool) -> Figure:
    """Spectra side by side, frames to the right and bins upward, each in shades of its own.

    Parameters
    ----------
    images : (n, n_frames, n_bins)
    titles : n str
    signed : bool
        Whether 0 has a meaning, as for weights: red above, blue below.
    """
    from matplotlib.figure import Figure

    columns = min(COLUMNS, len(images))
    rows = math.ceil(len(images) / columns)
    figure = Figure(figsize=(10, 0.4 + 1.75 * rows), dpi=DPI, layout="constrained")
    cells = np.ravel(figure.subplots(rows, columns, squeeze=False))
    for cell in cells:
        cell.set_axis_off()
    for cell, image, title in zip(cells, images, titles, strict=False):
        _spectrum(cell, image, signed)
        cell.set_title(plain(title), fontsize=7)
    return figure


def layer_responses(window: NDArray[np.float32], responses: Mapping[str, NDArray[np.float32]], title: str) -> Figure:
    """A clip (n_frames, n_bins) above, and below every layer's response: a row per filter, in the order of their peaks.

    Of each filter its mean over the clip is subtracted, and it is divided by its standard deviation.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 2.2 + 1.3 * len(responses)), dpi=DPI, layout="constrained")
    first, *others = figure.subplots(1 + len(responses), 1)
    _spectrum(first, window, False)
    first.set(title=plain(title), ylabel="bins", xticks=[])
    for axes, (name, response) in zip(others, responses.items(), strict=True):
        changes = (response - response.mean(axis=0)) / (response.std(axis=0) + 1e-6)
        peaks = np.argsort(changes.argmax(axis=0), kind="stable")
        axes.imshow(changes[:, peaks].T, aspect="auto", origin="lower", cmap="magma", interpolation="nearest")
        axes.set(xticks=[], yticks=[])
        axes.set_title(plain(name), loc="left", fontsize=8, pad=2)  # Beside the rows, long names would overlap.
    return figure


def saliency_map(window: NDArray[np.float32], slopes: NDArray[np.float32], title: str) -> Figure:
    """A clip (n_frames, n_bins), and below it the slopes: for the predicted class (red) and against it (blue)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.4), dpi=DPI, layout="constrained")
    upper, lower = figure.subplots(2, 1)
    _spectrum(upper, window, False)
    upper.set(title=plain(title), ylabel="bins", xticks=[])
    _spectrum(lower, slopes, True)
    lower.set(ylabel="bins", xlabel="frames")
    return figure


def track_map(points: NDArray[np.float64], classes: Sequence[str], right: Sequence[bool]) -> Figure:
    """Tracks as points (n, 2) in the colour of their class; a cross where the network took them for another."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.5, 5.2), dpi=DPI, layout="constrained")
    axes, names, ok = figure.subplots(), sorted(set(classes)), np.asarray(right)
    for number, name in enumerate(names):
        here = np.array([each == name for each in classes])
        colour, shape = PALETTE[number % len(PALETTE)], "os^D"[number // len(PALETTE) % 4]
        axes.scatter(points[here & ok, 0], points[here & ok, 1], color=colour, marker=shape, s=36, label=plain(name))
        axes.scatter(points[here & ~ok, 0], points[here & ~ok, 1], color=colour, marker="x", s=48)
    axes.set(xticks=[], yticks=[])
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=8)
    return figure


def _spectrum(axes: Axes, image: NDArray[np.float32], signed: bool) -> None:
    limit = float(np.abs(image).max()) or 1.0
    shades = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit} if signed else {"cmap": "magma"}
    axes.imshow(image.T, aspect="auto", origin="lower", interpolation="nearest", **shades)
