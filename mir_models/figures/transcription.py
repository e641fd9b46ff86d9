"""Figures of a transcription: its notes below the constant-Q transform, and scores by key and by track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics import note_level
from mir_models.figures._common import (
    BLUE,
    DPI,
    VERMILLION,
    notes_between,
    octave_ticks,
    pitch_limits,
    show_levels,
    without_mathtext,
)
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.notes.frames import FrameGrid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mir_models.evaluation.metrics.per_key import KeyScores
    from mir_models.evaluation.notes import TrackRow

FOUND, EXTRA, MISSED = BLUE, VERMILLION, "#b0b0b0"
"""Blue, vermillion, grey (Okabe & Ito, 2008): apart in hue for the colour-blind, and in lightness in print."""
DYNAMIC_RANGE = 60.0
"""dB below the loudest level of the excerpt that are drawn."""
HEADROOM = 25.0
"""dB between the loudest level and black: loud notes stay grey enough for their outlines to be seen."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """A constant-Q transform to draw notes over.

    Attributes
    ----------
    levels : (n_frames, n_bins) array
        In dB.
    grid : FrameGrid
        Its frames.
    lowest : float
        MIDI number of bin 0, with its fraction where there are several bins to a semitone.
    bins_per_octave : int
    """

    levels: NDArray[np.float32]
    grid: FrameGrid
    lowest: float
    bins_per_octave: int = 12


def notes_found(
    ref: Notes, est: Notes, *, start: float, seconds: float, title: str, spectrum: Spectrum | None = None
) -> Figure:
    """The notes of an excerpt that were found, added and missed, below the constant-Q transform with the true notes.

    Notes instead of frames: it is what note scores count. A note is found if its onset is
    (`mir_models.evaluation.metrics.note_level.matches`); the outline of a found note is that of the true one, so
    that errors of its offset show.

    Parameters
    ----------
    ref, est : Notes
        The truth and the estimate, of the whole track.
    start, seconds : float
        The excerpt.
    title : str
        Without mathtext.
    spectrum : Spectrum, optional
        Of the whole track; without it there is no upper panel.

    Returns
    -------
    Figure
        12 by 7.4 inches, without spectrum 12 by 4.

    Raises
    ------
    MirlitonError
        If the excerpt begins outside the track.
    """
    from matplotlib.figure import Figure

    stop = start + seconds
    figure = Figure(figsize=(12, 7.4 if spectrum else 4), dpi=DPI, layout="constrained")
    *above, lower = figure.subplots(2 if spectrum else 1, 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    if spectrum:
        _cqt(above[0], spectrum, start, stop)
        _boxes(above[0], notes_between(ref, start, stop), facecolor="none", edgecolor=FOUND, linewidth=1.2)
    _matched(lower, ref, est, start, stop)
    lower.set(xlabel="time (s)", xlim=(start, stop), ylim=pitch_limits(ref, est, start, stop))
    figure.axes[0].set_title(without_mathtext(title), loc="left", fontsize=11)
    for axes in figure.axes:
        octave_ticks(axes.yaxis)
    return figure


def per_note_f1(per_note: Sequence[KeyScores]) -> Figure:
    """Frame F1 of each key over its support; keys that do not occur in the reference have no bar.

    Parameters
    ----------
    per_note : sequence of KeyScores
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
    octave_ticks(lower.xaxis)
    return figure


def f1_by_track(tracks: Sequence[TrackRow]) -> Figure:
    """Note F1 and frame F1 of every track, in the order of the rows.

    Parameters
    ----------
    tracks : sequence of TrackRow
        With ``note_onset_f1`` and ``f1``.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    rank = np.arange(1, len(tracks) + 1)
    figure = Figure(figsize=(12, 3.4), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    size = 5.0 if len(tracks) < 100 else 2.5
    onset = np.array([row["note_onset_f1"] for row in tracks], dtype=float)
    frame = np.array([row["f1"] for row in tracks], dtype=float)
    axes.plot(rank, onset, "o", color=FOUND, markersize=size, label="note F1, onset")
    axes.plot(rank, frame, "x", color=EXTRA, markersize=size + 1, label="frame F1")
    axes.set(xlabel="track, worst note F1 first", ylabel="F1", ylim=(0, 1.02), xlim=(0, len(tracks) + 1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", alpha=0.25)
    axes.legend(frameon=False, fontsize=9, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
    return figure


def _cqt(axes: Axes, spectrum: Spectrum, start: float, stop: float) -> None:
    """Levels in grey, relative to the loudest of the excerpt."""
    first, last = (int(frame) for frame in np.clip(spectrum.grid.frames([start, stop]), 0, len(spectrum.levels)))
    if first == last:
        received = f"{stop - start:g} s from {start:g} s of {float(spectrum.grid.times(len(spectrum.levels))):.1f} s"
        raise MirlitonError(
            "an excerpt that begins within the track", received=received, remedy="give an earlier start"
        )
    levels, semitones = spectrum.levels[first:last], 12 / spectrum.bins_per_octave
    left, right = spectrum.grid.times(np.array([first, last]) - 0.5)
    bottom = spectrum.lowest - semitones / 2
    top = bottom + semitones * levels.shape[1]
    floor = max(float(levels.min()), float(levels.max()) - DYNAMIC_RANGE)
    show_levels(axes, levels, (left, right, bottom, top), floor=floor, headroom=HEADROOM)
    axes.set_ylabel("constant-Q level, true notes outlined")


def _matched(axes: Axes, ref: Notes, est: Notes, start: float, stop: float) -> None:
    """Notes found, added and missed, each in its colour; of found ones also the outline of the true note."""
    from matplotlib.patches import Patch

    of_ref, of_est = note_level.matches(ref, est).T
    found, correct = np.zeros(len(ref), dtype=bool), np.zeros(len(est), dtype=bool)
    found[of_ref] = correct[of_est] = True
    kinds = {
        "missed": (ref.where(~found), MISSED),
        "added, not in the reference": (est.where(~correct), EXTRA),
        "found": (est.where(correct), FOUND),
    }
    for notes, colour in kinds.values():
        _boxes(axes, notes_between(notes, start, stop), facecolor=colour, edgecolor="white", linewidth=0.6)
    _boxes(axes, notes_between(ref.where(found), start, stop), facecolor="none", edgecolor="black", linewidth=0.8)
    handles = [Patch(facecolor=colour, label=name) for name, (_, colour) in reversed(kinds.items())]
    handles.append(Patch(facecolor="none", edgecolor="black", linewidth=0.8, label="true extent of a note found"))
    axes.legend(handles=handles, ncols=4, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
    axes.set_ylabel("notes, matched by their onsets")
    axes.grid(alpha=0.2)
    axes.set_axisbelow(True)


def _boxes(axes: Axes, notes: Notes, **look: Any) -> None:
    """A rectangle for every note."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    rows = zip(notes.onset_times, notes.offset_times, notes.pitches, strict=True)
    boxes = [Rectangle((onset, pitch - 0.5), offset - onset, 1) for onset, offset, pitch in rows]
    axes.add_collection(PatchCollection(boxes, **look))
