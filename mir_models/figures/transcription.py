"""Figures of a transcription: its notes below the constant-Q transform, and scores by key and by track."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics import note_level
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.notes.frames import FrameGrid

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
    """The notes of an excerpt that were found, added and missed, below what the network heard with the true notes.

    Notes instead of frames: it is what note scores count. A note is found if its onset is
    (`mir_models.evaluation.metrics.note_level.matches`); where a found note should have ended is seen by its outline, which is
    that of the true one.

    Parameters
    ----------
    ref, est : Notes
        The truth and the estimate, of the whole track.
    start, seconds : float
        The excerpt.
    title : str
        Title; written as it is.
    spectrum : Spectrum, optional
        What the network heard of the whole track; without it there is no upper panel.

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
        _boxes(above[0], _between(ref, start, stop), facecolor="none", edgecolor=FOUND, linewidth=1.2)
    _judged(lower, ref, est, start, stop)
    lower.set(xlabel="time (s)", xlim=(start, stop), ylim=_pitch_range(ref, est, start, stop))
    figure.axes[0].set_title(title.replace("$", r"\$"), loc="left", fontsize=11)
    for axes in figure.axes:
        _octaves(axes.yaxis)
    return figure


def per_note_f1(per_note: Sequence[Mapping[str, Any]]) -> Figure:
    """Frame F1 of each key over its support; keys that do not occur in the reference have no bar.

    Parameters
    ----------
    per_note : sequence of mapping
        Rows of `mir_models.evaluation.notes.per_note`.
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


def f1_by_track(tracks: Sequence[Mapping[str, Any]]) -> Figure:
    """Note F1 and frame F1 of every track, in the order of the rows.

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
    onset = [row["note_onset_f1"] for row in tracks]
    frame = [row["f1"] for row in tracks]
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
    top = float(levels.max())
    axes.imshow(
        levels.T,
        origin="lower",
        aspect="auto",
        extent=(left, right, bottom, bottom + semitones * levels.shape[1]),
        cmap="gray_r",
        vmin=max(float(levels.min()), top - DYNAMIC_RANGE),
        vmax=top + HEADROOM,
        interpolation="nearest",
    )
    axes.set_ylabel("constant-Q level, true notes outlined")


def _judged(axes: Axes, ref: Notes, est: Notes, start: float, stop: float) -> None:
    """Notes found, added and missed, each in its colour; of found ones also the outline of the true note."""
    from matplotlib.patches import Patch

    of_ref, of_est = note_level.matches(ref, est).T
    true, heard = np.zeros(len(ref), dtype=bool), np.zeros(len(est), dtype=bool)
    true[of_ref] = heard[of_est] = True
    kinds = {
        "missed": (ref.where(~true), MISSED),
        "added, not in the reference": (est.where(~heard), EXTRA),
        "found": (est.where(heard), FOUND),
    }
    for notes, colour in kinds.values():
        _boxes(axes, _between(notes, start, stop), facecolor=colour, edgecolor="white", linewidth=0.6)
    _boxes(axes, _between(ref.where(true), start, stop), facecolor="none", edgecolor="black", linewidth=0.8)
    handles = [Patch(facecolor=colour, label=name) for name, (_, colour) in reversed(kinds.items())]
    handles.append(Patch(facecolor="none", edgecolor="black", linewidth=0.8, label="true extent of a note found"))
    axes.legend(handles=handles, ncols=4, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
    axes.set_ylabel("notes, judged by their onsets")
    axes.grid(alpha=0.2)
    axes.set_axisbelow(True)


def _boxes(axes: Axes, notes: Notes, **look: Any) -> None:
    """A rectangle for every note."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    rows = zip(notes.onset_times, notes.offset_times, notes.pitches, strict=True)
    boxes = [Rectangle((onset, pitch - 0.5), offset - onset, 1) for onset, offset, pitch in rows]
    axes.add_collection(PatchCollection(boxes, **look))


def _between(notes: Notes, start: float, stop: float) -> Notes:
    return notes.where((notes.offset_times > start) & (notes.onset_times < stop))


def _pitch_range(ref: Notes, est: Notes, start: float, stop: float) -> tuple[float, float]:
    """Lowest and highest pitch in the excerpt, with a third on either side, at least two octaves."""
    pitches = np.concatenate([_between(notes, start, stop).pitches for notes in (ref, est)])
    low, high = (int(pitches.min()) - 4, int(pitches.max()) + 4) if len(pitches) else (48, 72)
    spare = max(0, 24 - (high - low)) / 2
    return low - spare, high + spare


def _octaves(axis: Any) -> None:
    """Ticks at the Cs."""
    from matplotlib.ticker import FixedLocator, FuncFormatter

    axis.set_major_locator(FixedLocator(range(24, LOWEST_PITCH + N_KEYS, 12)))
    axis.set_major_formatter(FuncFormatter(lambda pitch, _: f"C{int(pitch) // 12 - 1}"))
