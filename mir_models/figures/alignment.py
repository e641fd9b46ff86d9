"""Figures of alignments: label onsets over detected onsets, confidence against residual, the lags of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment import ALIGNMENTS, Alignment
from mir_models.figures._common import (
    BLACK,
    BLUE,
    DPI,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    without_mathtext,
)
from mir_models.notes.time_map import TimeMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DETECTED, REFERENCE = GREY, VERMILLION
"""Grey, vermillion (Okabe & Ito, 2008): apart in hue for the colour-blind, and in lightness in print."""
STYLES = (("o", BLUE), ("s", ORANGE), ("^", GREEN), ("D", PURPLE), ("v", SKY), ("P", BLACK))
"""Marker and colour of the methods, in the order of their names."""
LEFT = 0.06
"""Where the panels of an overlay begin, as a share of its width."""
SECONDS = 6.0
"""Length of the excerpt."""
SMALLEST_RESIDUAL = 1e-4
"""Seconds: smaller ones, 0 among them, stand here on the logarithmic axis."""


class MeasuredTrack(TypedDict):
    """Method, residual in seconds, confidence and its threshold, both in [0, 1], of one aligned track."""

    method: str
    residual: float
    confidence: float
    threshold: float


def overlay(alignment: Alignment, track: str) -> Figure:
    """Label onsets over detected onsets, before and after the time map.

    The excerpt lies around the largest residual inside the recording; without residuals, around the middle note inside
    it. The residuals of the whole track and the correlation function stand below, each where there is one: what a store
    keeps of an alignment is without correlation.

    Parameters
    ----------
    alignment : Alignment
        The measured map is drawn, applied or not.
    track : str
        Title, without mathtext.

    Returns
    -------
    Figure
        12 inches wide, and 3.35 to 6.45 high.
    """
    from matplotlib.figure import Figure

    below = [panel for panel, data in ((_residuals, alignment.residuals), (_correlation, alignment.lags)) if len(data)]
    figure = Figure(figsize=(12, 3.35 + 1.55 * len(below)), dpi=DPI)
    before, after, *others = (
        _strip(figure, top) for top in (0.6, 1.75, *(3.3 + 1.55 * row for row in range(len(below))))
    )
    start = _excerpt_start(alignment)
    _labels(before, after, alignment, start)
    for axes, panel in zip(others, below, strict=True):
        panel(axes, alignment, start)
    before.set_title(_description(alignment), loc="left", fontsize=10)
    figure.suptitle(without_mathtext(track), x=LEFT, y=1 - 0.08 / figure.get_figheight(), ha="left", fontsize=11)
    return figure


def confidence_against_residual(rows: Sequence[MeasuredTrack]) -> Figure:
    """Confidence of every track over its residual, with the thresholds below which tracks go to quarantine.

    Good confidences fall from the upper left to the lower right: trusted tracks scatter little. Tracks below their own
    threshold are drawn hollow.

    Parameters
    ----------
    rows : sequence of MeasuredTrack

    Returns
    -------
    Figure
        8 by 4 inches.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter

    figure = Figure(figsize=(8, 4), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    names = sorted({*ALIGNMENTS.names(), *(row["method"] for row in rows)})
    for name, (marker, colour) in zip(names, cycle(STYLES), strict=False):
        _cloud(axes, [row for row in rows if row["method"] == name], name, marker, colour)
    for threshold in sorted({row["threshold"] for row in rows} - {0}):
        axes.axhline(threshold, color=REFERENCE, linewidth=1.1, linestyle=(0, (4, 2)), label=f"threshold {threshold:g}")
    axes.set(xscale="log", ylim=(-0.03, 1.03), xlabel="residual (ms)", ylabel="confidence")
    axes.set_xlim(*_residual_limits([row["residual"] for row in rows]))
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.25)
    axes.set_title(_counted(len(rows)) if rows else "no alignment was measured", loc="left", fontsize=11)
    if rows:
        figure.legend(loc="outside right upper", frameon=False, fontsize=9)
    return figure


def lag_histogram(lags: Sequence[float]) -> Figure:
    """How many tracks of a dataset have which measured lag; in ms while all are shorter than a second, else in s.

    Parameters
    ----------
    lags : sequence of float
        One per track in seconds.

    Returns
    -------
    Figure
        8 by 3.2 inches.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    unit, scale = ("s", 1.0) if np.abs(lags).max(initial=0.0) >= 1 else ("ms", 1e3)
    values = np.asarray(lags, dtype=np.float64) * scale
    figure = Figure(figsize=(8, 3.2), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    axes.hist(values, bins=_bin_edges(values).tolist(), color=DETECTED, edgecolor="white", linewidth=0.6)
    if len(values):
        axes.axvline(float(np.median(values)), color=REFERENCE, linewidth=1.4)
    axes.set_title(_summary(values, unit), loc="left", fontsize=11)
    axes.set(xlabel=f"lag of the audio behind its labels ({unit})", ylabel="tracks")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", alpha=0.25)
    axes.set_axisbelow(True)
    return figure


def _strip(figure: Figure, top: float) -> Axes:
    """Axes 1.05 inches high that begin `top` inches below the upper edge; a layout engine would take half the time."""
    height = figure.get_figheight()
    axes = figure.add_axes((LEFT, 1 - (top + 1.05) / height, 0.99 - LEFT, 1.05 / height))
    axes.yaxis.set_label_coords(-0.045, 0.5)
    return axes


def _found(alignment: Alignment) -> TimeMap:
    return alignment.measured or alignment.time_map


def _description(alignment: Alignment) -> str:
    if alignment.measured is None or alignment.measured_lag is None:
        return "no lag could be measured"
    applied = "" if alignment.lag == alignment.measured_lag else " (not applied)"
    ratio, evidence = float(np.median(alignment.measured.ratios())), alignment.evidence
    moved = f", fits best {evidence.transposition:+d} semitones away" if evidence.transposition else ""
    return (
        f"{alignment.method}: lag {alignment.measured_lag * 1e3:.1f} ms{applied}, tempo ratio {ratio:.4f}, "
        f"residual {evidence.residual * 1e3:.1f} ms, worst part {evidence.worst_part:.2f}, "
        f"confidence {alignment.confidence:.2f}{moved}"
    )


def _excerpt_start(alignment: Alignment) -> float:
    """Start of an excerpt inside the recording, around the largest residual, or around the middle without any."""
    duration = _duration(alignment)
    times, residuals = _located(alignment)
    if len(times):
        centre = float(times[np.argmax(np.abs(residuals))])
    else:
        onset_times = _found(alignment)(alignment.onset_times)
        inside = onset_times[(onset_times >= 0) & (onset_times < duration)]
        centre = float(np.median(inside)) if len(inside) else duration / 2
    return max(0.0, min(centre - SECONDS / 2, duration - SECONDS))


def _duration(alignment: Alignment) -> float:
    return len(alignment.audio_curve) / alignment.frame_rate


def _located(alignment: Alignment) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Audio times and seconds of the residuals that lie inside the recording."""
    label_times, residuals = np.reshape(alignment.residuals, (-1, 2)).T
    times = _found(alignment)(label_times)
    inside = (times >= 0) & (times < _duration(alignment))
    return times[inside], residuals[inside]


def _labels(before: Axes, after: Axes, alignment: Alignment, start: float) -> None:
    """The excerpt with the label onsets as labelled, and as aligned by the map."""
    frame_times = (np.arange(len(alignment.audio_curve)) - 0.5) / alignment.frame_rate
    onset_times = alignment.onset_times
    for axes, times, name in ((before, onset_times, "as labelled"), (after, _found(alignment)(onset_times), "aligned")):
        _onsets(axes, frame_times, alignment.audio_curve, times, start)
        axes.set_ylabel(name)
    before.legend(frameon=False, fontsize=9, ncols=2, loc="lower right", bbox_to_anchor=(1, 0.97), borderaxespad=0)
    before.tick_params(labelbottom=False)
    after.set_xlabel("audio time (s)", labelpad=1)


def _onsets(
    axes: Axes,
    frame_times: NDArray[np.floating],
    envelope: NDArray[np.float32],
    onset_times: NDArray[np.float64],
    start: float,
) -> None:
    shown = (frame_times >= start) & (frame_times <= start + SECONDS)
    near = onset_times[(onset_times >= start) & (onset_times <= start + SECONDS)]
    floor, top = (float(edge) for edge in np.quantile(envelope[shown], [0, 1])) if shown.any() else (0.0, 0.0)
    top = max(floor + 1.05 * (top - floor), floor + 1e-9)
    axes.fill_between(
        frame_times[shown], floor, envelope[shown], color=DETECTED, linewidth=0, zorder=3, label="onsets detected"
    )
    axes.vlines(near, floor, top, color=REFERENCE, linewidth=1.1, label="onsets of the labels")
    axes.set(xlim=(start, start + SECONDS), ylim=(floor, top), yticks=[])


def _residuals(axes: Axes, alignment: Alignment, start: float) -> None:
    """Residuals over the whole track, with the excerpt marked; a positive one is later than the map puts it."""
    times, residuals = _located(alignment)
    axes.axvspan(start, start + SECONDS, color=REFERENCE, alpha=0.15, linewidth=0)
    axes.axhline(0, color="black", linewidth=0.5)
    axes.plot(times, residuals * 1e3, ".", color=DETECTED, markersize=4)
    axes.set(xlim=(0, _duration(alignment)), ylabel="residual (ms)")
    axes.set_xlabel("audio time (s); shaded: the excerpt above", labelpad=1)
    axes.margins(y=0.15)


def _correlation(axes: Axes, alignment: Alignment, start: float) -> None:
    """The correlation function; it is of the whole track, wherever the excerpt starts."""
    axes.plot(alignment.lags, alignment.correlation, color=DETECTED, linewidth=0.8)
    axes.axhline(0, color="black", linewidth=0.5)
    axes.axvline(0, color=REFERENCE, linewidth=1.1, zorder=0)
    axes.set(xlim=(alignment.lags[0], alignment.lags[-1]), ylabel="correlation")
    axes.set_xlabel("further lag (s)", labelpad=1)


def _cloud(axes: Axes, rows: Sequence[MeasuredTrack], name: str, marker: str, colour: str) -> None:
    for trusted in (True, False):
        points = [row for row in rows if (row["confidence"] >= row["threshold"]) == trusted]
        if points:
            axes.scatter(
                [max(row["residual"], SMALLEST_RESIDUAL) * 1e3 for row in points],
                [row["confidence"] for row in points],
                s=26,
                marker=marker,
                facecolors=colour if trusted else "none",
                edgecolors="white" if trusted else colour,
                linewidths=0.4 if trusted else 1.1,
                label=f"{name} ({len(points)})" if trusted else f"{name}, below its threshold ({len(points)})",
                clip_on=False,
                zorder=3,
            )


def _residual_limits(residuals: Sequence[float]) -> tuple[float, float]:
    """In ms: a decade at least, and room on either side."""
    values = np.maximum([*residuals], SMALLEST_RESIDUAL) * 1e3 if len(residuals) else np.array([1.0, 10.0])
    low, high = float(values.min()) / 1.3, float(values.max()) * 1.3
    widen = max(1.0, np.sqrt(10 * low / high))
    return low / widen, high * widen


def _counted(n_tracks: int) -> str:
    return f"{n_tracks} track{'s' * (n_tracks != 1)}"


def _summary(values: NDArray[np.float64], unit: str) -> str:
    if not len(values):
        return "no lag was measured"
    low, median, high = np.quantile(values, [0, 0.5, 1])
    return f"{_counted(len(values))}: median {median:.4g} {unit}, {low:.4g} to {high:.4g} {unit}"


def _bin_edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """At most 40 bins over all values, also when they are few or equal."""
    if not len(values):
        return np.linspace(-1, 1, 3)
    low, high = float(values.min()), float(values.max())
    margin = max((high - low) / 40, 0.5 if low == high else 0.0)
    return np.linspace(low - margin, high + margin, 1 + int(np.clip(4 * np.sqrt(len(values)), 5, 40)))
