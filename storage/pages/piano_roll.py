"""A piano roll on a page: notes beside the reference, a spectrum, sounds; drawn by ``piano_roll.js``."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.frames import FrameGrid
from storage.pages.data_urls import data_url

STYLES = ("piano_roll.css",)
SCRIPTS = ("roll_canvas.js", "piano_roll.js")
"""Files of this package, in the order in which a page has them."""
DYNAMIC_RANGE = 60.0
"""dB below the loudest level that are drawn."""
WIDEST = 8_000
"""Columns of a spectrum at most: browsers limit the width of a picture."""
START_OF_PAGE = "pianoRollsOfPage();"
"""Draws every roll of a page that has its data inside."""


@dataclass(frozen=True)
class RollNote:
    """A note of a piano roll; times in seconds of the track.

    Attributes
    ----------
    onset, offset : float
    pitch : int
        MIDI number.
    kind : {"found", "added", "missed"} or None
        None where there is no reference.
    ref_onset, ref_offset : float or None
        Of the true note, where `kind` is ``"found"``.
    end : {"right", "early", "late"} or None
        Where a found note ends.
    velocity : int or None
    probability : float or None
        That the network gave the note.
    """

    onset: float
    offset: float
    pitch: int
    kind: str | None = None
    ref_onset: float | None = None
    ref_offset: float | None = None
    end: str | None = None
    velocity: int | None = None
    probability: float | None = None


@dataclass(frozen=True)
class RollSpectrum:
    """A spectrum behind notes.

    Attributes
    ----------
    picture : bytes
        See `levels_png`.
    start, stop : float
        Seconds of the track at its edges.
    lowest, highest : float
        MIDI numbers at its edges.
    """

    picture: bytes
    start: float
    stop: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class RollView:
    """What a piano roll shows: notes between two seconds of a track, over a spectrum where there is one."""

    start: float
    stop: float
    notes: Sequence[RollNote]
    spectrum: RollSpectrum | None = None


def asset(name: str) -> str:
    """The text of one of the files in this package.

    Parameters
    ----------
    name : str
        E.g. one of `STYLES` or `SCRIPTS`.
    """
    return files("storage.pages").joinpath(name).read_text(encoding="utf-8")


def spectrum_of(
    levels: NDArray[np.float32], grid: FrameGrid, start: float, stop: float, *, lowest: float, bins_per_octave: int
) -> RollSpectrum:
    """The part of a constant-Q transform between two seconds.

    Parameters
    ----------
    levels : (n_frames, n_bins) float32
        In dB, of the whole track.
    grid : FrameGrid
        Its frames.
    start, stop : float
    lowest : float
        MIDI number of bin 0, with its fraction where there are several bins to a semitone.
    bins_per_octave : int
    """
    first, last = (int(frame) for frame in np.clip(grid.frames([start, stop]), 0, len(levels) - 1))
    left, right = (float(time) for time in grid.times(np.array([first - 0.5, last + 0.5])))
    semitones = 12 / bins_per_octave
    bottom = lowest - semitones / 2
    return RollSpectrum(levels_png(levels[first : last + 1]), left, right, bottom, bottom + semitones * levels.shape[1])


def page_script() -> str:
    """The script of a page that has the data of its piano rolls inside."""
    return "\n".join([*map(asset, SCRIPTS), START_OF_PAGE])


def view_json(view: RollView) -> dict[str, Any]:
    """A view as ``pianoRoll`` takes it, notes as rows: a column that no note has is left out, times are whole ms."""
    names = [each.name for each in fields(RollNote)]
    columns = [name for name in names if any(getattr(note, name) is not None for note in view.notes)] or names[:3]
    spectrum = view.spectrum
    return {
        "start": view.start,
        "stop": view.stop,
        "notes": {
            "columns": columns,
            "rows": [[_rounded(getattr(note, name)) for name in columns] for note in view.notes],
        },
        "spectrum": spectrum
        and {
            "url": data_url(spectrum.picture),
            "start": spectrum.start,
            "stop": spectrum.stop,
            "lowest": spectrum.lowest,
            "highest": spectrum.highest,
        },
    }


def levels_png(levels: NDArray[np.float32], *, dynamic_range: float = DYNAMIC_RANGE) -> bytes:
    """Levels as a grey picture (PNG), a row per bin with the highest first: the loudest is white.

    Parameters
    ----------
    levels : (n_frames, n_bins) float32
        In dB. Of more than `WIDEST` frames the loudest of neighbours are drawn.
    dynamic_range : float
        dB below the loudest level that are told apart; what is below is black.
    """
    from PIL import Image

    joined = -(-len(levels) // WIDEST)
    rows = np.maximum.reduceat(levels, np.arange(0, len(levels), joined), axis=0) if joined > 1 else levels
    floor = max(float(rows.min()), float(rows.max()) - dynamic_range)
    share = np.clip((rows - floor) / max(float(rows.max()) - floor, 1e-6), 0.0, 1.0)
    buffer = io.BytesIO()
    Image.fromarray(np.rint(63 * share).astype(np.uint8)[:, ::-1].T * 4).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _rounded(value: float | str | None) -> float | str | None:
    return round(value, 3) if isinstance(value, float) else value
