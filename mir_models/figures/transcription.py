"""Figures of a transcription: the piano roll over the constant-Q transform, and scores by key and by track."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mir_models.annotations import LOWEST_PITCH, N_KEYS
from mir_models.baselines import notes_of_roll
from mir_models.errors import MirlitonError
from mir_models.frames import FrameGrid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FOUND, EXTRA, MISSED = "#0072B2", "#D55E00", "#b0b0b0"
"""Blue, vermillion, grey (Okabe & Ito, 2008): apart in hue for the colour-blind, and in lightness in print."""
DPI = 110
DYNAMIC_RANGE = 60.0
"""dB below the loudest level of the excerpt that are drawn."""
HEADROOM = 25.0
"""dB between the loudest level and black: loud notes stay grey enough for their outlines to be seen."""


def roll_over_cqt(
    features_db: NDArray[np.float32],
    est_roll: NDArray[Any],
    ref_roll: NDArray[np.bool_],
    grid: FrameGrid,
    *,
    start: float,
    seconds: float = 20,
    first_pitch: int,
    title: str,
    threshold: float = 0.5,
) -> Figure:
    """The constant-Q transform with the true notes outlined, above the frames found, added and missed.

    Parameters
    ----------
    features_db : (n_frames, n_bins) array
        Constant-Q levels in dB, 12 bins per octave.
    est_roll : (n_frames, 88) array
        Estimated piano roll if boolean, else activations, which are compared with `threshold`.
    ref_roll : (n_frames, 88) bool array
        Piano roll of the reference.
    grid : FrameGrid
        Frames of all three.
    start, seconds : float
        The excerpt; what lies beyond the end of the track is left out.
    first_pitch : int
        MIDI number of bin 0.
    title : str
        Title; written as it is.
    threshold : float
        For activations.

    Returns
    -------
    Figure
        12 by 7.4 inches.

    Raises
    ------
    MirlitonError
        If no frame lies in the excerpt.
    """
    from matplotlib.figure import Figure

    first, last = _excerpt(grid, start, seconds, len(ref_roll))
    est, ref = np.asarray(est_roll)[first:last], ref_roll[first:last]
    est = est if est.dtype == bool else est.astype(np.float32) >= np.float32(threshold)
    figure = Figure(figsize=(12, 7.4), dpi=DPI, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, sharey=True)
    _cqt(upper, features_db[first:last], grid, first, first_pitch)
    _outlines(upper, ref, grid, first)
    _agreement(lower, est, ref, grid, first)
    upper.set_title(title.replace("$", r"\$"), loc="left", fontsize=11)
    lower.set_xlabel("time (s)")
    lower.set_xlim(*grid.times(np.array([first, last]) - 0.5))
    lower.set_ylim(*_pitch_range(est | ref))
    for axes in (upper, lower):
        _octaves(axes.yaxis)
    return figure


def per_note_f1(per_note: Sequence[Mapping[str, Any]]) -> Figure:
    """Frame F1 of each key over its support; keys that do not occur in the reference have no bar.

    Parameters
    ----------
    per_note : sequence of mapping
        Rows of `mir_models.evaluation.per_note`.
    """
    from matplotlib.figure import Figure

    rows = [row for row in per_note if row["support"] > 0]
    pitches = [row["pitch"] for row in rows]
    figure = Figure(figsize=(12, 4.2), dpi=DPI, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    upper.bar(pitches, [row["f1"] for row in rows], width=0.8, color=FOUND)
    upper.set(ylabel="frame F1", ylim=(0, 1))
    lower.bar(pitches, [row["support"] for row in rows], width=0.8, color=MISSED)
    lower.set(ylabel="frames", xlabel="key", xlim=(LOWEST_PITCH - 1, LOWEST_PITCH + N_KEYS))
    for axes in (upper, lower):
        axes.grid(axis="y", alpha=0.25)
        axes.set_axisbelow(True)
    _octaves(lower.xaxis)
    return figure


def frame_f1_by_track(tracks: Sequence[Mapping[str, Any]]) -> Figure:
    """Frame F1 and note F1 of every track, worst first.

    Parameters
    ----------
    tracks : sequence of mapping
        Rows of ``evaluate(...)["tracks"]``.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    rank = np.arange(1, len(tracks) + 1)
    figure = Figure(figsize=(12, 3.4), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    size = 5.0 if len(tracks) < 100 else 2.5
    frame = [row["f1"] for row in tracks]
    onset = [row["note_onset_f1"] for row in tracks]
    axes.plot(rank, frame, "o", color=FOUND, markersize=size, label="frame F1")
    axes.plot(rank, onset, "x", color=EXTRA, markersize=size + 1, label="note F1, onset")
    axes.set(xlabel="track, worst frame F1 first", ylabel="F1", ylim=(0, 1.02), xlim=(0, len(tracks) + 1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", alpha=0.25)
    axes.legend(frameon=False, fontsize=9, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
    return figure


def _excerpt(grid: FrameGrid, start: float, seconds: float, n_frames: int) -> tuple[int, int]:
    """First frame of an excerpt and the frame after its last."""
    first, last = (int(frame) for frame in np.clip(grid.frames([start, start + seconds]), 0, n_frames))
    if first == last:
        raise MirlitonError(
            "an excerpt that begins within the track",
            received=f"{seconds} s from {start} s of {float(grid.times(n_frames)):.1f} s",
            remedy="give an earlier start",
        )
    return first, last


def _cqt(axes: Axes, levels: NDArray[np.float32], grid: FrameGrid, first: int, first_pitch: int) -> None:
    left, right = grid.times(np.array([first, first + len(levels)]) - 0.5)
    extent = (left, right, first_pitch - 0.5, first_pitch + levels.shape[1] - 0.5)
    low, top = float(levels.min()), float(levels.max())
    axes.imshow(
        levels.T,
        origin="lower",
        aspect="auto",
        extent=extent,
        cmap="gray_r",
        vmin=max(low, top - DYNAMIC_RANGE),
        vmax=top + HEADROOM,
        interpolation="nearest",
    )
    axes.set_ylabel("constant-Q level, true notes outlined")


def _outlines(axes: Axes, ref: NDArray[np.bool_], grid: FrameGrid, first: int) -> None:
    """Boxes around the runs of the reference."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    notes = notes_of_roll(ref, grid, min_frames=1)
    onsets, offsets = notes.intervals.T + grid.times(first - 0.5)
    rows = zip(onsets, offsets, notes.pitches, strict=True)
    boxes = [Rectangle((onset, pitch - 0.5), offset - onset, 1) for onset, offset, pitch in rows]
    axes.add_collection(PatchCollection(boxes, facecolor="none", edgecolor=FOUND, linewidth=1.2))


def _agreement(axes: Axes, est: NDArray[np.bool_], ref: NDArray[np.bool_], grid: FrameGrid, first: int) -> None:
    """Frames found, added and missed, each in its colour."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    kind = np.where(est & ref, 1, np.where(est, 2, np.where(ref, 3, 0)))
    left, right = grid.times(np.array([first, first + len(kind)]) - 0.5)
    extent = (left, right, LOWEST_PITCH - 0.5, LOWEST_PITCH + N_KEYS - 0.5)
    colours = ListedColormap(["white", FOUND, EXTRA, MISSED])
    axes.imshow(
        kind.T,
        origin="lower",
        aspect="auto",
        extent=extent,
        cmap=colours,
        vmin=-0.5,
        vmax=3.5,
        interpolation="nearest",
    )
    names = {"found": FOUND, "added, not in the reference": EXTRA, "missed": MISSED}
    handles = [Patch(facecolor=colour, label=name) for name, colour in names.items()]
    axes.legend(handles=handles, ncols=3, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
    axes.set_ylabel("estimated piano roll")
    axes.grid(alpha=0.2)


def _pitch_range(sounding: NDArray[np.bool_]) -> tuple[float, float]:
    """Lowest and highest pitch that sounds, with a third on either side, at least two octaves."""
    keys = np.flatnonzero(sounding.any(axis=0)) if sounding.any() else np.array([27, 51])
    low, high = keys[0] + LOWEST_PITCH - 4, keys[-1] + LOWEST_PITCH + 4
    spare = max(0, 24 - (high - low)) / 2
    return float(low - spare), float(high + spare)


def _octaves(axis: Any) -> None:
    """Ticks at the Cs."""
    from matplotlib.ticker import FixedLocator, FuncFormatter

    axis.set_major_locator(FixedLocator(range(24, LOWEST_PITCH + N_KEYS, 12)))
    axis.set_major_formatter(FuncFormatter(lambda pitch, _: f"C{int(pitch) // 12 - 1}"))
