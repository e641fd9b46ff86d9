"""The sustain pedal, and other rules that make notes that sound of keys pressed: overlaps, doubled and short notes.

The pedal has two rules. ``extend``: a note released while the pedal is down sounds until the pedal is up or its
key is struck again, whichever comes first (as in Hawthorne et al. 2018; half-pedalling is not modelled, a pedal
is down from control value 64). ``none``: a note ends when its key is released.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.setting_types import Amount, check_settings

VERSION = 1


@dataclass(frozen=True)
class Params:
    """How a performance becomes notes.

    Attributes
    ----------
    pedal : {"extend", "none"}
        The rule for the sustain pedal; without effect where a corpus' offsets already contain it.
    min_duration : float
        Seconds that a note sounds at least; shorter ones, zero length among them, are lengthened.
    """

    pedal: Literal["extend", "none"] = "extend"
    min_duration: Amount = 0.01

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True)
class Counts:
    """How many notes each rule changed."""

    read: int = 0
    outside_piano: int = 0
    extended_by_pedal: int = 0
    doubled: int = 0
    overlapping: int = 0
    lengthened: int = 0

    def as_dict(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


def sounding_notes(played: Notes, pedal: NDArray[np.float64], params: Params) -> tuple[Notes, Counts]:
    """The notes that sound in a performance.

    Parameters
    ----------
    played : Notes
        Keys pressed and released; notes of one key may overlap.
    pedal : (m, 2) float64
        Intervals in seconds during which the sustain pedal is down.
    params : Params

    Returns
    -------
    Notes
        On the 88 keys; no two notes of a key overlap, none is shorter than `min_duration` unless its key is struck
        again sooner.
    Counts
    """
    inside = (played.pitches >= LOWEST_PITCH) & (played.pitches < LOWEST_PITCH + N_KEYS)
    notes, doubled = _without_doubles(played.where(inside))
    strikes_again = _next_onset_of_key(notes)
    ends = notes.offset_times.copy()
    released_late = sustained_offsets(ends, pedal) if params.pedal == "extend" else ends
    extended = np.minimum(released_late, strikes_again)
    lengthened = np.maximum(np.maximum(ends, extended), notes.onset_times + params.min_duration)
    final = np.minimum(lengthened, strikes_again)
    counts = Counts(
        read=len(played),
        outside_piano=int((~inside).sum()),
        extended_by_pedal=int((extended > ends).sum()),
        doubled=doubled,
        overlapping=int((ends > strikes_again).sum()),
        lengthened=int((ends - notes.onset_times < params.min_duration).sum()),
    )
    return Notes(np.column_stack([notes.onset_times, final]), notes.pitches, notes.velocities), counts


def sustained_offsets(ends: NDArray[np.float64], pedal: NDArray[np.float64]) -> NDArray[np.float64]:
    """When each end, in seconds, takes effect: when the pedal that is down at that moment is lifted, else at once."""
    if not len(pedal):
        return ends
    pedal = pedal[np.argsort(pedal[:, 0])]
    last = np.searchsorted(pedal[:, 0], ends, side="right") - 1
    down = (last >= 0) & (ends < pedal[last, 1])
    return np.where(down, pedal[last, 1], ends)


def _without_doubles(notes: Notes) -> tuple[Notes, int]:
    """One note where a key is struck twice at one instant (two voices in unison): the one that lasts longest."""
    order = np.lexsort((-notes.offset_times, notes.onset_times, notes.pitches))
    same = (np.diff(notes.pitches[order]) == 0) & (np.diff(notes.onset_times[order]) == 0)
    keep = np.ones(len(notes), dtype=bool)
    keep[order[1:][same]] = False
    return notes.where(keep), int((~keep).sum())


def _next_onset_of_key(notes: Notes) -> NDArray[np.float64]:
    """(n,) time at which the key of each note is struck again; infinity when it is not."""
    again = np.full(len(notes), np.inf)
    order = np.lexsort((notes.onset_times, notes.pitches))
    same = np.diff(notes.pitches[order]) == 0
    again[order[:-1][same]] = notes.onset_times[order][1:][same]
    return again
