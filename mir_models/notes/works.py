"""Works under different names: recordings of one work are found by their notes, so that no test work is trained on.

Two performances of a work have many n-grams of intervals in common, those of different works few. Between 118
recordings of MAPS and 42 performances, of which two pairs are of one work, those had 11 and 12 % of the n-grams of the
shorter piece in common (8 % where two minutes of one were rendered), all others at most 2.7 %. Scales and single notes
have few n-grams and are of no work. Another key is no hindrance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np

from mir_models.notes.annotations import Notes

NGRAM_LENGTH = 8
"""Intervals in an n-gram."""
MIN_SHARED = 0.05
"""Share of common n-grams from which on two pieces are of one work."""
MIN_NGRAMS = 20
"""A piece with fewer different n-grams is of no work."""

Ngrams = set[tuple[int, ...]]
Name = TypeVar("Name", bound=Hashable)
Other = TypeVar("Other", bound=Hashable)


def find_shared_works(pieces: Mapping[Name, Notes], held: Mapping[Other, Notes]) -> dict[Name, Other]:
    """Pieces whose works are among the held ones.

    Parameters
    ----------
    pieces, held : mapping of name to Notes

    Returns
    -------
    dict
        Name of the held piece, the most alike, by name of the piece.
    """
    held_ngrams = {name: interval_ngrams(notes) for name, notes in held.items()}
    pieces_with: dict[tuple[int, ...], list[Other]] = defaultdict(list)
    for name, ngrams in held_ngrams.items():
        for ngram in ngrams:
            pieces_with[ngram].append(name)
    found = {}
    for piece, notes in pieces.items():
        own = interval_ngrams(notes)
        shared = Counter(name for ngram in own & pieces_with.keys() for name in pieces_with[ngram])
        shares = {name: n / min(len(own), len(held_ngrams[name])) for name, n in shared.items()}
        if max(shares.values(), default=0.0) >= MIN_SHARED:
            found[piece] = max(shares, key=lambda name: shares[name])
    return found


def interval_ngrams(notes: Notes) -> Ngrams:
    """All sequences of `NGRAM_LENGTH` intervals in semitones between consecutive notes, those of an instant from below.

    None of a piece with fewer than `MIN_NGRAMS` of them.
    """
    order = np.lexsort((notes.pitches, notes.onset_times))
    intervals = np.diff(notes.pitches[order]).tolist()
    found = {tuple(intervals[n : n + NGRAM_LENGTH]) for n in range(len(intervals) - NGRAM_LENGTH + 1)}
    return found if len(found) >= MIN_NGRAMS else set()
