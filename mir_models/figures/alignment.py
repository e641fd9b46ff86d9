"""Figures of an alignment: onsets written over onsets heard, the correlation function, the lags of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment import Alignment

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEARD, WRITTEN, SECOND = "#6e6e6e", "#D55E00", "#0072B2"
"""Grey, vermillion, blue (Okabe & Ito, 2008): apart in hue for the colour-blind, and in lightness in print."""
DPI = 110
SECONDS = 6.0
"""Length of the excerpt."""


def overlay(alignment: Alignment, track: str) -> Figure:
    """Written onsets over the onsets heard, before and after the lag is added, above the correlation function.

    The excerpt lies around the middle note among those inside the recording.

    Parameters
    ----------
    alignment : Alignment
        Its `measured_lag` is drawn, applied or not.
    track : str
        For the title; written as it is.

    Returns
    -------
    Figure
        12 by 6.4 inches.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 6.4), dpi=DPI, layout="constrained")
    before, after, correlation = figure.subplots(3, 1, height_ratios=[1, 1, 1.2])
    lag = alignment.measured_lag or 0.0
    heard_times = (np.arange(len(alignment.audio_curve)) - 0.5) / alignment.frame_rate
    written_times = np.flatnonzero(alignment.label_curve) / alignment.frame_rate
    start = _excerpt_start(written_times + lag, len(heard_times) / alignment.frame_rate)
    for axes, shift, name in ((before, 0.0, "as labelled"), (after, lag, "lag added")):
        _onsets(axes, heard_times, alignment.audio_curve, written_times + shift, start)
        axes.set_ylabel(name)
    before.legend(frameon=False, fontsize=9, ncols=2, loc="lower right", bbox_to_anchor=(1, 0.98))
    after.set_xlabel("audio time (s)")
    before.tick_params(labelbottom=False)
    before.set_title(_title(alignment, track), loc="left", fontsize=11)
    _correlation(correlation, alignment)
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
    axes.hist(values, bins=_bin_edges(values).tolist(), color=HEARD, edgecolor="white", linewidth=0.6)
    if len(values):
        axes.axvline(float(np.median(values)), color=WRITTEN, linewidth=1.4)
    axes.set_title(_summary(values, unit), loc="left", fontsize=11)
    axes.set(xlabel=f"lag of the audio behind its labels ({unit})", ylabel="tracks")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", alpha=0.25)
    axes.set_axisbelow(True)
    return figure


def _summary(values: NDArray[np.float64], unit: str) -> str:
    if not len(values):
        return "no lag was measured"
    low, median, high = np.quantile(values, [0, 0.5, 1])
    return f"{len(values)} track{'s' * (len(values) > 1)}: median {median:.4g} {unit}, {low:.4g} to {high:.4g} {unit}"


def _title(alignment: Alignment, track: str) -> str:
    if alignment.measured_lag is None:
        return track.replace("$", r"\$") + ": no lag could be measured"
    applied = "" if alignment.lag == alignment.measured_lag else " (not applied)"
    return (
        f"{track}: lag {alignment.measured_lag * 1e3:.1f} ms{applied}, confidence {alignment.confidence:.2f}, "
        f"peak ratio {alignment.peak_ratio:.1f}, drift {alignment.drift * 1e3:.1f} ms"
    ).replace("$", r"\$")


def _excerpt_start(onset_times: NDArray[np.float64], duration: float) -> float:
    inside = onset_times[(onset_times >= 0) & (onset_times < duration)]
    middle = float(np.median(inside)) if len(inside) else duration / 2
    return max(0.0, min(middle - SECONDS / 2, duration - SECONDS))


def _onsets(
    axes: Axes,
    heard_times: NDArray[np.floating],
    heard: NDArray[np.float32],
    written_times: NDArray[np.float64],
    start: float,
) -> None:
    shown = (heard_times >= start) & (heard_times <= start + SECONDS)
    near = written_times[(written_times >= start) & (written_times <= start + SECONDS)]
    axes.fill_between(heard_times[shown], heard[shown], color=HEARD, linewidth=0, zorder=3, label="onsets heard")
    top = float(heard[shown].max(initial=1e-9)) * 1.05
    axes.vlines(near, 0, top, color=WRITTEN, linewidth=1.1, label="onsets written")
    axes.set(xlim=(start, start + SECONDS), ylim=(0, top), yticks=[])


def _correlation(axes: Axes, alignment: Alignment) -> None:
    axes.plot(alignment.lags, alignment.correlation, color=HEARD, linewidth=0.8)
    axes.axhline(0, color="black", linewidth=0.5)
    peaks = {"highest peak": (alignment.measured_lag, WRITTEN), "second peak": (alignment.second_lag, SECOND)}
    for name, (lag, colour) in peaks.items():
        if lag is not None:
            nearest = int(np.argmin(np.abs(alignment.lags - lag)))
            axes.plot(
                lag, alignment.correlation[nearest], "o", color=colour, markersize=6, label=f"{name}, {lag:.3f} s"
            )
    if len(alignment.lags):
        axes.set_xlim(alignment.lags[0], alignment.lags[-1])
        axes.legend(frameon=False, fontsize=9, ncols=2, loc="lower right", bbox_to_anchor=(1, 0.98))
    axes.set(xlabel="lag (s)", ylabel="correlation")


def _bin_edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """At most 40 bins over all values, also when they are few or equal."""
    if not len(values):
        return np.linspace(-1, 1, 3)
    low, high = float(values.min()), float(values.max())
    margin = max((high - low) / 40, 0.5 if low == high else 0.0)
    return np.linspace(low - margin, high + margin, 1 + int(np.clip(4 * np.sqrt(len(values)), 5, 40)))
