"""Figure of a training example: the features that a network gets, above the targets that it is to give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mir_models.figures._common import BLUE, DPI, VERMILLION, octave_ticks, without_mathtext
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def features_and_targets(
    features: NDArray[np.floating],
    frame_rate: float,
    *,
    start: float = 0.0,
    frame: NDArray[np.uint8] | None = None,
    onset: NDArray[np.uint8] | None = None,
    title: str = "",
) -> Figure:
    """Features over time, and below them the piano rolls of sounding keys and of onsets.

    Parameters
    ----------
    features : (n_frames, n_bins)
    frame_rate : float
        Frames per second.
    start : float
        Second of the track at which the first frame lies.
    frame, onset : (n_frames, 88), optional
        Piano rolls; without them the figure has the features only.
    title : str

    Returns
    -------
    Figure
        10 by 5 inches, 10 by 2.8 without piano rolls.
    """
    from matplotlib.figure import Figure

    stop, with_notes = start + len(features) / frame_rate, frame is not None and onset is not None
    figure = Figure(figsize=(10, 5 if with_notes else 2.8), dpi=DPI, layout="constrained")
    rows = figure.subplots(2 if with_notes else 1, 1, sharex=True, squeeze=False)[:, 0]
    extent = (start, stop, 0, features.shape[1])
    rows[0].imshow(features.T, origin="lower", aspect="auto", extent=extent, cmap="gray_r", interpolation="nearest")
    rows[0].set(ylabel="bin", title=without_mathtext(title))
    if frame is not None and onset is not None:
        _roll(rows[1], frame, onset, start, stop)
    rows[-1].set(xlabel="seconds")
    return figure


def _roll(axes: Axes, frame: NDArray[np.uint8], onset: NDArray[np.uint8], start: float, stop: float) -> None:
    """Sounding keys in blue, onsets in vermillion."""
    from matplotlib.colors import to_rgb

    picture = np.ones((*frame.shape, 3), dtype=np.float32)
    picture[frame > 0] = to_rgb(BLUE)
    picture[onset > 0] = to_rgb(VERMILLION)
    extent = (start, stop, LOWEST_PITCH - 0.5, LOWEST_PITCH + N_KEYS - 0.5)
    axes.imshow(picture.swapaxes(0, 1), origin="lower", aspect="auto", extent=extent, interpolation="nearest")
    axes.set(ylabel="key")
    octave_ticks(axes.yaxis)
