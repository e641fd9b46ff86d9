"""Works under other names: two corpora name one piece each in its own way, and what is tested on must not train.

Two performances of a work have many runs of intervals in common, those of different works few. Between 118 recordings
of MAPS and 42 performances, of which two pairs are of one work, those had 11 and 12 % of the runs of the shorter piece
in common (8 % where two minutes of one were rendered), all others at most 2.7 %. Scales and single notes have few runs
and are of no work. Another key is no hindrance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np

from mir_models.notes.annotations import Notes

RUN = 8
"""Intervals in a run."""
SAME = 0.05
"""Share of common runs from which on two pieces are of one work."""
FEWEST = 20
"""Runs below which nothing is said of a piece."""

Runs = set[tuple[int, ...]]
Name = TypeVar("Name", bound=Hashable)
Other = TypeVar("Other", bound=Hashable)


def recurring(pieces: Mapping[Name, Notes], held: Mapping[Other, Notes]) -> dict[Name, Other]:
    """Pieces whose works are among the held ones.

    Parameters
    ----------
    pieces, held : mapping of name to Notes

    Returns
    -------
    dict
        Name of the held piece, the most alike, by name of the piece.
    """
    known = {name: runs(notes) for name, notes in held.items()}
    having: dict[tuple[int, ...], list[Other]] = defaultdict(list)
    for name, theirs in known.items():
        for run in theirs:
            having[run].append(name)
    found = {}
    for piece, notes in pieces.items():
        own = runs(notes)
        shared = Counter(name for run in own & having.keys() for name in having[run])
        shares = {name: n / min(len(own), len(known[name])) for name, n in shared.items()}
        if max(shares.values(), default=0.0) >= SAME:
            found[piece] = max(shares, key=lambda name: shares[name])
    return found


def runs(notes: Notes) -> Runs:
    """All runs of `RUN` intervals in semitones between consecutive notes, those of an instant from below.

    None of a piece with fewer than `FEWEST` of them.
    """
    order = np.lexsort((notes.pitches, notes.onset_times))
    intervals = np.diff(notes.pitches[order]).tolist()
    found = {tuple(intervals[n : n + RUN]) for n in range(len(intervals) - RUN + 1)}
    return found if len(found) >= FEWEST else set()
