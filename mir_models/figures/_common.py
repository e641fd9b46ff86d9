"""Shared by the figures: colours, resolution, text without mathtext, and notes on a pitch axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

DPI = 110
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SKY, VERMILLION, YELLOW, BLACK, GREY = "#56B4E9", "#D55E00", "#F0E442", "#000000", "#6e6e6e"
"""Colours that the common kinds of colour blindness keep apart (Okabe & Ito, "Color Universal Design", 2008)."""
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, YELLOW, BLACK)
"""Of classes, in their order."""
SMALLEST_SPAN = 24
"""Semitones that a pitch axis spans at least."""


def without_mathtext(text: str) -> str:
    """Text that matplotlib shows as it is: a dollar would begin a formula."""
    return text.replace("$", r"\$")


def plain(name: str) -> str:
    """A name for titles and legends, without mathtext: an underscore at its beginning would hide it in a legend."""
    shown = without_mathtext(name)
    return f"\u200b{shown}" if shown.startswith("_") else shown


def notes_between(notes: Notes, start: float, stop: float) -> Notes:
    """The notes that sound within an excerpt, in seconds."""
    return notes.where((notes.offset_times > start) & (notes.onset_times < stop))


def pitch_limits(first: Notes, second: Notes, start: float, stop: float) -> tuple[float, float]:
    """Lowest and highest pitch of either in an excerpt, with a third on either side, at least `SMALLEST_SPAN`."""
    pitches = np.concatenate([notes_between(notes, start, stop).pitches for notes in (first, second)])
    low, high = (int(pitches.min()) - 4, int(pitches.max()) + 4) if len(pitches) else (48, 72)
    spare = max(0, SMALLEST_SPAN - (high - low)) / 2
    return low - spare, high + spare


def octave_ticks(axis: Axis) -> None:
    """Ticks of a pitch axis at the Cs."""
    from matplotlib.ticker import FixedLocator, FuncFormatter

    axis.set_major_locator(FixedLocator(range(24, LOWEST_PITCH + N_KEYS, 12)))
    axis.set_major_formatter(FuncFormatter(lambda pitch, _: f"C{int(pitch) // 12 - 1}"))


def show_levels(
    axes: Axes, levels: NDArray[np.float32], extent: tuple[float, float, float, float], *, floor: float, headroom: float
) -> None:
    """Levels (n_frames, n_bins) in grey.

    Parameters
    ----------
    axes : Axes
    levels : (n_frames, n_bins) array
        In dB.
    extent : (left, right, bottom, top)
        In seconds and MIDI numbers.
    floor : float
        Level in dB that is white.
    headroom : float
        dB between the loudest level and black.
    """
    axes.imshow(
        levels.T,
        origin="lower",
        aspect="auto",
        extent=extent,
        cmap="gray_r",
        vmin=floor,
        vmax=float(levels.max()) + headroom,
        interpolation="nearest",
    )
