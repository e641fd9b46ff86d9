"""Duplicates: tracks of the same recording, whose landmarks agree at one common offset.

Two steps. **Votes**: equal hashes of two tracks vote for an offset in frames; an offset with a few votes becomes a
candidate. **Count**: at the best candidates of a pair all landmarks are compared, which costs no more than
the landmarks are many. A cut between two frames spreads the true offset over neighbouring frames, so an offset counts
together with its two neighbours.

Each hash counts once. The *share* of a match is the Dice coefficient of the overlap: with the offset known, let n_a and
n_b be the different hashes of the two tracks in the time that both cover; share = n_shared / ((n_a + n_b) / 2). It does
not fall when one track is a short excerpt of the other, as a share of the whole would; it is low when a sparse track
only coincides with parts of a dense one, where a share of the smaller number would be high; and a loop of two seconds
under different music counts as its two seconds, however often it comes back, while of a track that is nothing but this
loop they are all.

A hash that thousands of tracks have (a tone, a drum loop, one recording in 500 copies) would give millions of pairs.
So of one track only the first `Search.repeats` occurrences of a hash vote, and in the list of a hash's occurrences,
sorted by the track's name, each votes with the next `Search.reach` only: the cost grows linearly. Tracks that
share also rarer hashes are found by these. Where a whole group shares nothing but common ones, such as 500 copies of
one recording, neighbours by name are found and the matches *connect* the group, but not each pair of it is listed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, ParameterError
from mir_models.identification.landmarks import Params

VOTES_AT_ONCE = 2**20
"""Votes counted at a time; it bounds memory and does not change the result."""
SLOTS_PER_VOTE = 2
"""Size of the table in which votes are counted, a power of two: the larger, the fewer share a slot by chance."""
_TRACK_BITS, _OFFSET_BITS = 19, 24
"""A vote is one positive 64-bit number: two tracks and an offset."""
_SCRAMBLE = 0x1E3779B97F4A7C15
"""An odd number that spreads pairs over the table in which votes are counted."""
_FRAME_BITS = 31
"""A landmark in an overlap is one 64-bit number: its hash and its frame."""
_NO_OFFSET = 1 << (_OFFSET_BITS - 1)

Landmarks = NDArray[np.uint32]
Candidates = NDArray[np.int64]
"""(n, 3) rows (track, later track, offset in frames), sorted; tracks by their rank among the sorted names."""


@dataclass(frozen=True)
class Search:
    """When two tracks are the same recording.

    Attributes
    ----------
    min_shared : int >= 1
        Different hashes shared at one offset.
    min_share : float in [0, 1]
        Shared hashes among those of the overlap, see the module.
    min_votes : int >= 1
        Votes that make an offset a candidate.
    n_offsets : int >= 1
        Candidates counted per pair; loops agree at several offsets.
    repeats, reach : int >= 1
        How many occurrences of a hash vote per track, and with how many of the following.
    """

    min_shared: int = 10
    min_share: float = 0.08
    min_votes: int = 3
    n_offsets: int = 3
    repeats: int = 4
    reach: int = 32

    def __post_init__(self) -> None:
        if min(self.min_shared, self.min_votes, self.n_offsets, self.repeats, self.reach) < 1:
            expected = "positive min_shared, min_votes, n_offsets, repeats and reach"
            raise ParameterError(expected, received=self, remedy="raise them")
        if not 0 <= self.min_share <= 1:
            raise ParameterError("a min_share in [0, 1]", received=self.min_share, remedy="change it")


@dataclass(frozen=True, order=True)
class Match:
    """Two tracks of one recording.

    Attributes
    ----------
    a, b : str
        The tracks, ``a < b``.
    offset_s : float
        Seconds to add to a time in `b` to obtain the time in `a`; negative where `a` begins later.
    n_shared : int
        Different hashes that agree at this offset.
    share : float
        Their share of the hashes in the overlap.
    """

    a: str
    b: str
    offset_s: float
    n_shared: int
    share: float


def find_duplicates(
    landmarks: Mapping[str, Landmarks],
    params: Params,
    search: Search | None = None,
    *,
    among: Collection[str] | None = None,
) -> list[Match]:
    """The pairs of tracks that are the same recording.

    Parameters
    ----------
    landmarks : mapping of str to (n, 2) uint32
        Of each track, as `extract` gives them under `params`; their order does not matter.
    params : Params
        Parameters with which the landmarks were extracted.
    search : Search, optional
        Thresholds and bounds.
    among : collection of str, optional
        Only pairs with at least one member in it: exactly those of the whole search that have one, for less work.

    Returns
    -------
    matches : list of Match
        Sorted by (a, b); one per pair.

    Raises
    ------
    MirlitonError
        Where `among` names a track without landmarks, or there are more than half a million tracks.
    """
    search, names = search or Search(), sorted(landmarks)
    _check_tracks(names, among)
    selected = np.array([among is None or name in among for name in names], dtype=bool)
    matches: dict[tuple[str, str], Match] = {}
    for a, b, offset in _candidates([landmarks[name] for name in names], selected, search):
        found = _compared(landmarks[names[a]], landmarks[names[b]], offset)
        if found is None or found[1] < search.min_shared or found[2] < search.min_share:
            continue
        match = Match(names[a], names[b], found[0] / params.grid.frame_rate, *found[1:])
        best = matches.setdefault((match.a, match.b), match)
        if (match.n_shared, match.share) > (best.n_shared, best.share):
            matches[match.a, match.b] = match
    return sorted(matches.values())


def _check_tracks(names: list[str], among: Collection[str] | None) -> None:
    unknown = sorted(set(among or ()) - set(names))
    if unknown:
        raise MirlitonError("tracks with landmarks", received=", ".join(unknown), remedy="extract theirs first")
    if len(names) > 2**_TRACK_BITS:
        remedy = "search smaller collections"
        raise MirlitonError(f"at most {2**_TRACK_BITS} tracks", received=len(names), remedy=remedy)


def _candidates(tracks: list[Landmarks], selected: NDArray[np.bool_], search: Search) -> Iterator[tuple[int, int, int]]:
    """Tracks and offsets worth counting, sorted."""
    hashes, owners, frames = _occurrences(tracks, selected, search.repeats)
    as_first = (owners << (_TRACK_BITS + _OFFSET_BITS)) + frames + _NO_OFFSET
    as_second = (owners << _OFFSET_BITS) - frames
    n_blocks = 1 + len(hashes) * search.reach // VOTES_AT_ONCE
    blocks = (owners % n_blocks).astype(np.int32)  # all votes of a track as the first of its pairs are in one block
    for rows in np.split(np.argsort(blocks, kind="stable"), np.cumsum(np.bincount(blocks, minlength=n_blocks))[:-1]):
        votes = np.concatenate([np.zeros(0, np.int64), *_votes(hashes, as_first, as_second, rows, search.reach)])
        yield from map(tuple, _elected(_admitted(votes, selected, search.min_votes), search).tolist())


def _occurrences(
    tracks: list[Landmarks], selected: NDArray[np.bool_], repeats: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """Hashes, tracks and frames of all that vote, sorted in this order."""
    owners = np.repeat(np.arange(len(tracks)), [len(track) for track in tracks])
    rows = np.concatenate([np.zeros((0, 2), dtype=np.uint32), *tracks])
    if not selected.all():
        shared = np.flatnonzero(np.isin(rows[:, 0], rows[selected[owners], 0]))
        rows, owners = rows[shared], owners[shared]
    order = np.argsort(rows[:, 0], kind="stable")  # rows of a track are sorted by (hash, frame) already
    hashes, owners = rows[order, 0], owners[order]
    first = np.r_[True, (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])][: len(order)]
    index = np.arange(len(order))
    early = index - np.maximum.accumulate(np.where(first, index, 0)) < repeats
    return hashes[early], owners[early], rows[order, 1][early].astype(np.int64)


def _votes(
    hashes: NDArray[np.uint32],
    as_first: NDArray[np.int64],
    as_second: NDArray[np.int64],
    rows: NDArray[np.int64],
    reach: int,
) -> Iterator[NDArray[np.int64]]:
    """Packed (track, track, offset) of the given occurrences with those up to `reach` behind them."""
    for ahead in range(1, reach + 1):
        rows = rows[rows + ahead < len(hashes)]
        rows = rows[hashes[rows] == hashes[rows + ahead]]  # a list that ends here has nothing further ahead either
        yield as_first[rows] + as_second[rows + ahead]


def _admitted(votes: NDArray[np.int64], selected: NDArray[np.bool_], min_votes: int) -> NDArray[np.int64]:
    """The votes that can be enough, of two different tracks and one of them selected.

    Nearly all votes stand alone. Counting them in a table by a hash of the vote, in which some share a slot,
    leaves few to be sorted and loses none.
    """
    n_slots = SLOTS_PER_VOTE * 2 ** len(votes).bit_length()
    slots = (((votes >> _OFFSET_BITS) * _SCRAMBLE >> 32) + (votes & (2**_OFFSET_BITS - 1))) & (n_slots - 1)
    counts = np.bincount(slots, minlength=n_slots)
    votes = votes[counts[slots - 1] + counts[slots] + counts[(slots + 1) & (n_slots - 1)] >= min_votes]
    a, b = votes >> (_TRACK_BITS + _OFFSET_BITS), (votes >> _OFFSET_BITS) & (2**_TRACK_BITS - 1)
    return votes[(a != b) & (selected[a] | selected[b])]


def _elected(votes: NDArray[np.int64], search: Search) -> Candidates:
    """The offsets with the most votes of each pair, counting an offset together with its two neighbours."""
    votes.sort()
    first = np.flatnonzero(np.r_[True, votes[1:] != votes[:-1]][: len(votes)])
    kept, counts = votes[first], np.diff(np.r_[first, len(votes)])
    adjacent, own = kept[1:] == kept[:-1] + 1, counts.copy()
    counts[:-1] += np.where(adjacent, own[1:], 0)
    counts[1:] += np.where(adjacent, own[:-1], 0)
    enough = counts >= search.min_votes
    kept, counts = kept[enough], counts[enough]
    pairs = kept >> _OFFSET_BITS
    order = np.lexsort((kept, -counts, pairs))
    pairs, index = pairs[order], np.arange(len(order))
    first_of_pair = np.r_[True, pairs[1:] != pairs[:-1]][: len(order)]
    rank = index - np.maximum.accumulate(np.where(first_of_pair, index, 0))
    best = np.sort(kept[order][rank < search.n_offsets])
    a, b = best >> (_TRACK_BITS + _OFFSET_BITS), (best >> _OFFSET_BITS) & (2**_TRACK_BITS - 1)
    return np.c_[a, b, (best & (2**_OFFSET_BITS - 1)) - _NO_OFFSET]


def _compared(a: Landmarks, b: Landmarks, offset: int) -> tuple[float, int, float] | None:
    """Offset in frames, shared hashes and their share when `b` is late by `offset` frames, give or take one."""
    a_frames, b_frames = a[:, 1].astype(np.int64), b[:, 1].astype(np.int64) + offset
    first, last = max(a_frames.min(), b_frames.min()), min(a_frames.max(), b_frames.max())
    a_keys, b_keys = _keys(a[:, 0], a_frames, first, last), _keys(b[:, 0], b_frames, first, last)
    early, exact, late = (_among(a_keys, b_keys + by) for by in (-1, 0, 1))
    n_shared = _n_hashes(a_keys[early | exact | late])
    if not n_shared:
        return None
    fraction = (late.sum() - early.sum()) / (early.sum() + exact.sum() + late.sum())
    return offset + float(fraction), n_shared, 2 * n_shared / (_n_hashes(a_keys) + _n_hashes(b_keys))


def _keys(hashes: Landmarks, frames: NDArray[np.int64], first: int, last: int) -> NDArray[np.int64]:
    """(hash, frames since `first`) as one number, sorted, of what lies in the overlap."""
    inside = (frames >= first) & (frames <= last)
    return (hashes[inside].astype(np.int64) << _FRAME_BITS) + frames[inside] - first


def _n_hashes(keys: NDArray[np.int64]) -> int:
    """How many different hashes sorted keys have."""
    return int(np.count_nonzero(np.diff(keys >> _FRAME_BITS))) + min(len(keys), 1)


def _among(keys: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each key is one of the others, which are sorted and different."""
    at = np.searchsorted(others, keys)
    return (at < len(others)) & (others[np.minimum(at, len(others) - 1)] == keys) if len(others) else at > 0
