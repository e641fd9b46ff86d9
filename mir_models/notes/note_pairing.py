"""From note-ons and note-offs to notes: which note-off ends which note.

Note-offs end the notes of their key first in, first out, in each track and channel by itself. The MIDI standard leaves
the choice to the receiver; tracks are those of hands or voices, and programs that write them mean the notes of a track
(other readers pair by track and channel as well). pretty_midi ends all open notes of a key at the
first note-off, and leaves notes without one out.

A key that has fewer note-offs than note-ons has notes without a note-off. They are those that stay open when every
note-off is given to the latest note-on before it; the others are then paired first in, first out. So one lost note-off
does not shift all later notes of its key by one.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class PairedNotes:
    """Note-ons with the ticks of their note-offs.

    Attributes
    ----------
    onsets : (n,) int64
        Index of the note-on of each note among the events, in their order.
    ends : (n,) int64
        Tick of its note-off; -1 without one.
    struck_while_held : int
        Notes that were struck before an earlier one of the same key had its note-off.
    strays : (k,) int64
        Index of each note-off that ends no note.
    """

    onsets: NDArray[np.int64]
    ends: NDArray[np.int64]
    struck_while_held: int
    strays: NDArray[np.int64]


def pair_notes(ticks: NDArray[np.int64], is_on: NDArray[np.bool_], keys: NDArray[np.int64]) -> PairedNotes:
    """Pair note-ons with note-offs.

    Parameters
    ----------
    ticks : (n_events,) int64
        In the order of a file, which does not descend within a key.
    is_on : (n_events,) bool
        Whether an event is a note-on; else it is a note-off.
    keys : (n_events,) int64
        One number for each key of a channel of a track.
    """
    ends = np.full(len(ticks), -1, dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    n_struck_while_held, strays = 0, []
    for events in np.split(order, np.flatnonzero(np.diff(keys[order])) + 1):
        ends[events], n_of_key, strays_of_key = _pair_key(ticks[events].tolist(), is_on[events].tolist())
        n_struck_while_held += n_of_key
        strays += events[strays_of_key].tolist()
    onsets = np.flatnonzero(is_on)
    return PairedNotes(onsets, ends[onsets], n_struck_while_held, np.array(sorted(strays), dtype=np.int64))


def _pair_key(ticks: Sequence[int], is_on: Sequence[bool]) -> tuple[list[int], int, list[int]]:
    """Of each event of one key the tick of its note-off, -1 without; notes struck while held; note-offs left over."""
    ends = [-1] * len(ticks)
    unended, strays = _unpaired(ticks, is_on)
    held: deque[int] = deque()
    n_struck_while_held = 0
    for event, on in enumerate(is_on):
        if on and event not in unended:
            held.append(event)
        elif not on and event not in strays:
            ends[held.popleft()] = ticks[event]
            n_struck_while_held += bool(held) and ticks[held[0]] < ticks[event]
    for event, stray in _same_tick(unended, strays, ticks):
        ends[event] = ticks[event]
        strays.remove(stray)
    return ends, n_struck_while_held, sorted(strays)


def _unpaired(ticks: Sequence[int], is_on: Sequence[bool]) -> tuple[set[int], set[int]]:
    """Note-ons without a note-off, and note-offs without a note-on, when each note-off ends the latest note-on.

    A note struck in the tick of a note-off is ended by it only where no earlier one is open: the order within a tick
    is the writer's.
    """
    earlier: list[int] = []
    of_tick: list[int] = []
    strays = set()
    tick = -1
    for event, on in enumerate(is_on):
        if ticks[event] != tick:
            earlier += of_tick
            tick, of_tick = ticks[event], []
        if on:
            of_tick.append(event)
        elif earlier or of_tick:
            (earlier or of_tick).pop()
        else:
            strays.add(event)
    return {*earlier, *of_tick}, strays


def _same_tick(unended: set[int], strays: set[int], ticks: Sequence[int]) -> list[tuple[int, int]]:
    """Note-ons whose note-off stands before them in their own tick, as pretty_midi sorts notes of no length."""
    strays_at: dict[int, list[int]] = defaultdict(list)
    for stray in strays:
        strays_at[ticks[stray]].append(stray)
    return [(event, strays_at[ticks[event]].pop()) for event in unended if strays_at[ticks[event]]]
