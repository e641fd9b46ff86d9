"""Figures of one track: its constant-Q transform under the labels before and after alignment, onsets, and the lag."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from mir_models.figures._common import (
    BLUE,
    DPI,
    notes_between,
    octave_ticks,
    pitch_limits,
    show_levels,
    without_mathtext,
)
from mir_models.figures.alignment import DETECTED
from mir_models.figures.alignment import REFERENCE as AFTER
from mir_models.notes.annotations import Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.time_map import TimeMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEFORE = BLUE
"""Blue; with the vermillion of what is aligned (Okabe & Ito, 2008) apart for the colour-blind, and in print."""
ONSET_LINE = 1.8
"""Width of the left edge of a note: where it begins matters most."""
DYNAMIC_RANGE, HEADROOM = 50.0, 20.0
"""dB below the loudest level of the excerpt that are drawn, and between it and black."""
NARROW = 10.0
"""Milliseconds that the axis of lags spans at least, so that a constant lag does not look like noise."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What is drawn of one track.

    Attributes
    ----------
    levels : (n_frames, n_bins) float32
        Constant-Q levels in dB.
    grid : FrameGrid
        Their frames.
    first_pitch : float
        MIDI number of bin 0.
    bins_per_octave : int
    notes : Notes
        In label time; none where the track has only classes.
    time_map : TimeMap
        From label time to audio time, as measured.
    residuals : (n_anchors, 2) float64
        Label time, and by how many seconds the onsets detected there are later than `time_map` puts them.
    onset_envelope : (n_onset_frames,) floating
        Spectral flux, from 0 s on; may be empty.
    envelope_rate : float
        Frames per second of `onset_envelope`.
    after : str
        Name of the labels in audio time.
    """

    levels: NDArray[np.float32]
    grid: FrameGrid
    first_pitch: float
    bins_per_octave: int
    notes: Notes
    time_map: TimeMap
    residuals: NDArray[np.float64]
    onset_envelope: NDArray[np.floating]
    envelope_rate: float
    after: str = "aligned"

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return float(self.grid.times(len(self.levels) - 1))

    @property
    def played(self) -> Notes:
        """The notes in audio time."""
        return self.time_map.moved(self.notes)


@dataclass(frozen=True)
class Excerpt:
    """An excerpt of a track: its name, and where it begins in seconds of audio time."""

    name: str
    start: float


def middle_start(scene: Scene, seconds: float) -> float:
    """Where an excerpt of `seconds` around the middle note inside the recording begins; without notes, the middle."""
    onsets = scene.played.onset_times
    inside = onsets[(onsets >= 0) & (onsets < scene.duration)]
    centre = float(np.median(inside)) if len(inside) else scene.duration / 2
    return _clipped(centre - seconds / 2, scene, seconds)


def select_excerpts(scene: Scene, seconds: float, *, n_worst: int = 3) -> list[Excerpt]:
    """The excerpts with the largest residuals, worst first, then the beginning, the middle and the end.

    An excerpt that overlaps one before it is left out, so that a short track has few. The beginning and the end are
    those of the notes, where there are any.
    """
    candidates = [*_worst(scene, seconds, n_worst), *_ends(scene, seconds)]
    chosen: list[Excerpt] = []
    for each in candidates:
        if all(abs(each.start - other.start) >= seconds for other in chosen):
            chosen.append(each)
    return chosen


def overview(scene: Scene, start: float, seconds: float, title: str) -> Figure:
    """The constant-Q transform under the labels before and after alignment, the onsets, and the lag of the track.

    Parameters
    ----------
    scene : Scene
    start, seconds : float
        The excerpt in audio time; what lies beyond the end of the recording is left out.
    title : str
        Without mathtext.

    Returns
    -------
    Figure
        12 by 11 inches, with a panel of residuals where there are any; of a track without notes 12 by 4.5 inches, the
        transform alone.

    Raises
    ------
    MirlitonError
        If the excerpt begins before or after the recording.
    """
    from matplotlib.figure import Figure

    stop = _end(scene, start, seconds)
    if not len(scene.notes):
        return _without_notes(scene, start, stop, title)
    figure = Figure(figsize=(12, 11), dpi=DPI, layout="constrained")
    n_last = 2 if len(scene.residuals) else 1
    before, after, onsets, *last = figure.subplots(3 + n_last, 1, height_ratios=[3, 3, 1.2, 1.4, 1][: 3 + n_last])
    panels = ((before, scene.notes, BEFORE, "as labelled"), (after, scene.played, AFTER, scene.after))
    for axes, notes, colour, name in panels:
        _spectrum(axes, scene, start, stop)
        _rectangles(axes, notes, colour, start, stop)
        axes.set(ylabel=name, ylim=pitch_limits(scene.notes, scene.played, start, stop))
        axes.yaxis.label.set_color(colour)
        axes.tick_params(labelbottom=False)
    _onsets(onsets, scene, start, stop)
    _lags(last[0], scene, start, stop)
    if len(scene.residuals):
        _residuals(last[1], scene, last[0])
    before.set_title(without_mathtext(title), loc="left", fontsize=11)
    return figure


def excerpt(scene: Scene, start: float, seconds: float) -> Figure:
    """The constant-Q transform under the aligned labels, and label and detected onsets; 12 by 4.6 inches.

    Parameters and errors are those of `overview`; of a track without notes, the transform alone is drawn.
    """
    from matplotlib.figure import Figure

    stop = _end(scene, start, seconds)
    if not len(scene.notes):
        return _without_notes(scene, start, stop, "")
    figure = Figure(figsize=(12, 4.6), dpi=DPI, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1.2])
    _spectrum(above, scene, start, stop)
    _rectangles(above, scene.played, AFTER, start, stop)
    above.set(ylabel=scene.after, ylim=pitch_limits(scene.notes, scene.played, start, stop))
    above.yaxis.label.set_color(AFTER)
    _onsets(below, scene, start, stop)
    return figure


def _worst(scene: Scene, seconds: float, n: int) -> Iterable[Excerpt]:
    """Excerpts around the `n` largest residuals that are apart from each other."""
    order = np.argsort(-np.abs(scene.residuals[:, 1]), kind="stable")
    found: list[Excerpt] = []
    for time, late in scene.residuals[order]:
        at = float(scene.time_map(time))
        start = _clipped(at - seconds / 2, scene, seconds)
        apart = all(abs(start - other.start) >= seconds for other in found)
        if len(found) < n and apart and 0 <= at <= scene.duration:
            found.append(Excerpt(f"residual {late * 1e3:+.1f} ms at {at:.2f} s", start))
    return found


def _ends(scene: Scene, seconds: float) -> list[Excerpt]:
    onsets = scene.played.onset_times
    inside = onsets[(onsets >= 0) & (onsets < scene.duration)]
    first, last = (float(inside[0]), float(inside[-1])) if len(inside) else (0.0, scene.duration)
    return [
        Excerpt("the beginning", _clipped(first - 0.1 * seconds, scene, seconds)),
        Excerpt("the middle", middle_start(scene, seconds)),
        Excerpt("the end", _clipped(last - 0.9 * seconds, scene, seconds)),
    ]


def _clipped(start: float, scene: Scene, seconds: float) -> float:
    """`start`, or the nearest from which an excerpt of `seconds` lies inside the recording."""
    return max(0.0, min(start, scene.duration - seconds))


def _end(scene: Scene, start: float, seconds: float) -> float:
    if not 0 <= start < scene.duration or seconds <= 0:
        received = f"{seconds:g} s from {start:g} s on"
        expected = f"an excerpt that begins inside the {scene.duration:.1f} s of the recording"
        raise MirlitonError(expected, received=received, remedy="choose another start")
    return min(start + seconds, scene.duration)


def _without_notes(scene: Scene, start: float, stop: float, title: str) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.5), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    _spectrum(axes, scene, start, stop)
    n_bins = scene.levels.shape[1]
    axes.set(xlabel="audio time (s)", ylim=(scene.first_pitch - 0.5, scene.first_pitch + _semitones(scene, n_bins)))
    axes.set_title(without_mathtext(title), loc="left", fontsize=11)
    return figure


def _spectrum(axes: Axes, scene: Scene, start: float, stop: float) -> None:
    """Levels in grey, relative to the loudest of the excerpt."""
    first, last = (int(frame) for frame in scene.grid.frames([start, stop]))
    shown = scene.levels[first : last + 1]
    left, right = scene.grid.times(np.array([first, first + len(shown)]) - 0.5)
    half = _semitones(scene, 1) / 2
    bottom, top = scene.first_pitch - half, scene.first_pitch + _semitones(scene, shown.shape[1]) - half
    floor = max(float(scene.levels.min()), float(shown.max()) - DYNAMIC_RANGE)
    show_levels(axes, shown, (left, right, bottom, top), floor=floor, headroom=HEADROOM)
    axes.set_xlim(start, stop)
    octave_ticks(axes.yaxis)


def _rectangles(axes: Axes, notes: Notes, colour: str, start: float, stop: float) -> None:
    """The outlines of the notes, their left edges heavy."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    shown = notes_between(notes, start, stop)
    rows = zip(shown.onset_times, shown.offset_times, shown.pitches, strict=True)
    boxes = [Rectangle((onset, pitch - 0.5), offset - onset, 1) for onset, offset, pitch in rows]
    axes.add_collection(PatchCollection(boxes, facecolor="none", edgecolor=colour, linewidth=0.9))
    axes.vlines(shown.onset_times, shown.pitches - 0.5, shown.pitches + 0.5, color=colour, linewidth=ONSET_LINE)


def _onsets(axes: Axes, scene: Scene, start: float, stop: float) -> None:
    """Detected onsets, with label onsets: before alignment from the top, after it from the bottom."""
    times = (np.arange(len(scene.onset_envelope)) - 0.5) / scene.envelope_rate
    near = (times >= start) & (times <= stop)
    envelope = scene.onset_envelope[near].astype(np.float64)
    top = max(float(envelope.max(initial=0.0)), 1e-9)
    axes.fill_between(times[near], envelope, color=DETECTED, linewidth=0, zorder=3, label="onsets detected")
    before, after = scene.notes.onset_times, scene.played.onset_times
    for onsets, low, high, colour, name in (
        (after, 0.0, 1.1 * top, AFTER, f"labels, {scene.after}"),
        (before, 1.15 * top, 1.4 * top, BEFORE, "labels, unaligned"),
    ):
        shown = onsets[(onsets >= start) & (onsets <= stop)]
        axes.vlines(shown, low, high, color=colour, linewidth=1.0, label=name)
    axes.set(ylim=(0, 1.4 * top), yticks=[], ylabel="onsets", xlabel="audio time (s)", xlim=(start, stop))
    axes.legend(frameon=False, fontsize=9, ncols=3, loc="lower right", bbox_to_anchor=(1, 0.98))


def _lags(axes: Axes, scene: Scene, start: float, stop: float) -> None:
    """The lag of the time map over the whole track, with local measurements as dots."""
    onsets, knots = scene.notes.onset_times, scene.time_map.knots[:, 0]
    ends = np.array([onsets[0], max(onsets[-1], onsets[0] + 1e-3)])
    times = np.unique(np.concatenate([ends, knots[(knots > ends[0]) & (knots < ends[1])]]))
    line = 1e3 * scene.time_map.lags(times)
    axes.plot(times, line, color=AFTER, linewidth=1.4, label="time map", zorder=3)
    measured, late = scene.residuals.T
    dots = 1e3 * (scene.time_map.lags(measured) + late)
    if len(dots):
        axes.plot(measured, dots, ".", color=DETECTED, markersize=3.5, label="measured locally")
    axes.axvspan(*scene.time_map.inverse()([start, stop]), color=BEFORE, alpha=0.12, linewidth=0, label="excerpt")
    axes.set(xlabel="label time (s)", ylabel="lag (ms)", xlim=ends)
    axes.ticklabel_format(axis="y", useOffset=False)
    _span(axes, np.concatenate([line, dots]))
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=9, ncols=3, loc="lower right", bbox_to_anchor=(1, 0.98))


def _residuals(axes: Axes, scene: Scene, lags: Axes) -> None:
    """Local measurements, less the time map: below the lags, on their time axis."""
    measured, late = scene.residuals.T
    axes.axhline(0, color=AFTER, linewidth=1.0)
    axes.plot(measured, 1e3 * late, ".", color=DETECTED, markersize=3.5)
    axes.set(xlim=lags.get_xlim(), xlabel=lags.get_xlabel(), ylabel="residual (ms)")
    lags.set_xlabel("")
    lags.tick_params(labelbottom=False)
    _span(axes, np.append(1e3 * late, 0.0))
    axes.grid(alpha=0.25)


def _span(axes: Axes, values: NDArray[np.float64]) -> None:
    """Let the vertical axis hold all values and span `NARROW` at least."""
    low, high = float(values.min()), float(values.max())
    spare = max(0.08 * (high - low), (NARROW - (high - low)) / 2)
    axes.set_ylim(low - spare, high + spare)


def _semitones(scene: Scene, n_bins: int) -> float:
    return 12 * n_bins / scene.bins_per_octave
