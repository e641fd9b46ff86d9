"""Figures of what is inside a network: filters, answers, what is answered to most, why, and a map of its tracks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mir_models.figures.classes import COLOURS, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 8


def pictures(images: NDArray[np.float32], titles: Sequence[str], *, signed: bool) -> Figure:
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
    figure = Figure(figsize=(10, 0.4 + 1.75 * rows), dpi=110, layout="constrained")
    cells = np.ravel(figure.subplots(rows, columns, squeeze=False))
    for cell in cells:
        cell.set_axis_off()
    for cell, image, title in zip(cells, images, titles, strict=False):
        _spectrum(cell, image, signed)
        cell.set_title(plain(title), fontsize=7)
    return figure


def answers(window: NDArray[np.float32], responses: Mapping[str, NDArray[np.float32]], title: str) -> Figure:
    """A clip (n_frames, n_bins) above, and below what every layer says: a row per filter, in the order of their peaks.

    Of each filter its mean over the clip is taken away: what it says all the time would hide what it says of a moment.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 2.2 + 1.3 * len(responses)), dpi=110, layout="constrained")
    first, *others = figure.subplots(1 + len(responses), 1)
    _spectrum(first, window, False)
    first.set(title=plain(title), ylabel="bins", xticks=[])
    for axes, (name, said) in zip(others, responses.items(), strict=True):
        changes = (said - said.mean(axis=0)) / (said.std(axis=0) + 1e-6)
        peaks = np.argsort(changes.argmax(axis=0), kind="stable")
        axes.imshow(changes[:, peaks].T, aspect="auto", origin="lower", cmap="magma", interpolation="nearest")
        axes.set(xticks=[], yticks=[])
        axes.set_title(plain(name), loc="left", fontsize=8, pad=2)  # Beside the rows, long names would overlap.
    return figure


def reasons(window: NDArray[np.float32], slopes: NDArray[np.float32], title: str) -> Figure:
    """A clip (n_frames, n_bins), and below it what speaks for the answer (red) and against it (blue)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.4), dpi=110, layout="constrained")
    heard, why = figure.subplots(2, 1)
    _spectrum(heard, window, False)
    heard.set(title=plain(title), ylabel="bins", xticks=[])
    _spectrum(why, slopes, True)
    why.set(ylabel="bins", xlabel="frames")
    return figure


def track_map(points: NDArray[np.float64], classes: Sequence[str], right: Sequence[bool]) -> Figure:
    """Tracks as points (n, 2) in the colour of their class; a cross where the network took them for another."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.5, 5.2), dpi=110, layout="constrained")
    axes, names, ok = figure.subplots(), sorted(set(classes)), np.asarray(right)
    for number, name in enumerate(names):
        here = np.array([each == name for each in classes])
        colour, shape = COLOURS[number % len(COLOURS)], "os^D"[number // len(COLOURS) % 4]
        axes.scatter(points[here & ok, 0], points[here & ok, 1], color=colour, marker=shape, s=36, label=plain(name))
        axes.scatter(points[here & ~ok, 0], points[here & ~ok, 1], color=colour, marker="x", s=48)
    axes.set(xticks=[], yticks=[])
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=8)
    return figure


def _spectrum(axes: Any, image: NDArray[np.float32], signed: bool) -> None:
    limit = float(np.abs(image).max()) or 1.0
    shades = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit} if signed else {"cmap": "magma"}
    axes.imshow(image.T, aspect="auto", origin="lower", interpolation="nearest", **shades)
