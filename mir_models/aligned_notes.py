"""Labels of one recording: the notes that sound, aligned to it; settings, excerpts, and checks against its length."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment import (
    ALIGNMENTS,
    Alignment,
    MethodParams,
    as_sounding,
    auto,
    correlation,
    drift,
    dtw,
    is_restruck,
    none,
)
from mir_models.errors import TrackError
from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap
from mir_models.setting_types import Share, check_settings

BY_LOADER = "by_loader"
"""Method that is ``none`` where the corpus promises exact labels, else ``auto``."""

WRITTEN: Final = "written"
SOUNDING: Final = "sounding"
"""Where notes of restruck keys begin: at their labels, or where they were measured to sound."""

EXCERPT_MARGIN = 15.0
"""Seconds of labels before and after an excerpt that are aligned with it."""


@dataclass(frozen=True)
class Params:
    """How labels are made.

    Attributes
    ----------
    method : str
        A method of `mir_models.alignment`, or ``by_loader``.
    performance : mir_models.notes.sustain_pedal.Params
        Rules for the pedal and for short notes.
    none, correlation, drift, dtw, auto : Params of these methods
    max_outside : float in [0, 1]
        Share of the notes that may lie outside the recording once the lag is added.
    restruck : {"written", "sounding"}
        Where notes of restruck keys begin: at their labels, or earlier by the leads that were measured, also where
        labels are promised to be exact. To train with: a score against such labels is not one against the corpus' own.
    """

    method: str = BY_LOADER
    performance: sustain_pedal.Params = field(default_factory=sustain_pedal.Params)
    none: none.Params = field(default_factory=none.Params)
    correlation: correlation.Params = field(default_factory=correlation.Params)
    drift: drift.Params = field(default_factory=drift.Params)
    dtw: dtw.Params = field(default_factory=dtw.Params)
    auto: auto.Params = field(default_factory=auto.Params)
    max_outside: Share = 0.2
    restruck: Literal["written", "sounding"] = WRITTEN

    def __post_init__(self) -> None:
        check_settings(self)
        if self.method != BY_LOADER:
            ALIGNMENTS.get(self.method)

    def method_for(self, *, labels_exact: bool) -> tuple[str, MethodParams]:
        """Name and parameters of the method for a corpus."""
        by_loader = "none" if labels_exact else "auto"
        method = by_loader if self.method == BY_LOADER else self.method
        ALIGNMENTS.get(method)
        return method, getattr(self, method)


def align(y: NDArray[np.float32], notes: Notes, method: str, params: MethodParams) -> Alignment:
    """The alignment of `notes` to `y` by a method; see the methods' own ``align``.

    Notes may begin before 0 s, as those around an excerpt do; ``none`` leaves them where they are.
    """
    early = -min(0.0, float(notes.onset_times[0])) if len(notes) and method != "none" else 0.0
    found = ALIGNMENTS.get(method).align(y, notes.shifted(early), params)
    return found.relabelled(-early) if early else found


def early_restrikes(notes: Notes, alignment: Alignment, params: MethodParams) -> tuple[Notes, int]:
    """Notes that begin where they were measured to sound, and how many of them were moved for it.

    Parameters
    ----------
    notes : Notes
        In label time.
    alignment : Alignment
        Of these notes; its leads are taken.
    params : MethodParams
        Of its method: which notes are restruck.
    """
    if alignment.restruck_leads is None:
        return notes, 0
    restruck = is_restruck(notes, params.restriking)
    moved = restruck & (alignment.restruck_leads(notes.velocities) > 0)
    return as_sounding(notes, restruck, alignment.restruck_leads), int(moved.sum())


def excerpt(notes: Notes, start: float, duration: float, *, margin: float = 0.0) -> Notes:
    """The notes of a whole recording that begin in an excerpt of it, in seconds from the excerpt's start.

    Labels that are still to be aligned need a `margin` in seconds on either side, since the lag is not known yet.
    """
    moved = notes.shifted(-start)
    return moved.where((moved.onset_times >= -margin) & (moved.onset_times < duration + margin))


def notes_within(notes: Notes, time_map: TimeMap, duration: float) -> Notes:
    """The notes, in label time, that begin in a recording of `duration` seconds."""
    onset_times = time_map(notes.onset_times)
    return notes.where((onset_times >= 0) & (onset_times < duration))


def share_outside(notes: Notes, duration: float) -> float:
    """Share of the notes, in audio time, that begin before or after a recording of `duration` seconds."""
    return float(np.mean((notes.onset_times < -0.05) | (notes.onset_times > duration))) if len(notes) else 0.0


def check_inside(notes: Notes, duration: float, limit: float) -> None:
    """Raise where more notes than `limit` lie outside the recording: the two do not belong together.

    Raises
    ------
    TrackError
    """
    share = share_outside(notes, duration)
    if share > limit:
        raise TrackError(
            f"at most {limit:.0%} of the notes outside the recording",
            received=f"{share:.0%}: notes until {notes.duration:.1f} s, a recording of {duration:.1f} s",
            remedy="check that the MIDI file belongs to this recording and is complete",
        )
