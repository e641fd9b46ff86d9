"""Shares of notes found by what they are: loudness, register, chord, repetition, pedal, what else sounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.real_pianos.contexts import note_contexts
from experiments.real_pianos.experiment import Transcribed


@dataclass(frozen=True)
class Property:
    """A property of notes, divided at some values.

    Attributes
    ----------
    name : str
    edges : tuple of float
        The first value of every stratum but the first.
    values : callable -> (n_notes,)
        Of what the notes are known by, here `NoteContexts`.
    """

    name: str
    edges: tuple[float, ...]
    values: Callable[..., NDArray[Any]]


PROPERTIES = (
    Property("velocity", (30, 40, 50, 60, 70), lambda each: each.notes.velocities),
    Property(
        "steps softer than others within 0.5 s", (0, 10, 20, 30), lambda each: each.loudest - each.notes.velocities
    ),
    Property("MIDI pitch", (36, 48, 60, 72, 84), lambda each: each.notes.pitches),
    Property("notes struck together", (2, 3, 4, 5), lambda each: each.chord),
    Property("seconds since the key was struck", (0.15, 0.25, 0.5, 1, 2), lambda each: each.since_stroke),
    Property("seconds since the key was released", (0, 0.1, 0.3, 1), lambda each: each.since_release),
    Property("other notes that sound", (1, 2, 3, 5, 8), lambda each: each.sounding),
    Property(
        "seconds of the label", (0.05, 0.1, 0.2, 0.5, 1), lambda each: each.notes.offset_times - each.notes.onset_times
    ),
    Property("seconds held by the pedal", (0.05, 0.5, 1), lambda each: each.notes.offset_times - each.released),
)


@dataclass(frozen=True)
class Recall:
    """Notes of each stratum, (n_strata,): of the labels, and those found within 150 ms."""

    n_labels: NDArray[np.int64]
    n_found: NDArray[np.int64]


def strata(edges: Sequence[float]) -> list[str]:
    """The names of the strata between edges, from low to high: one more than there are edges."""
    between = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return [f"below {edges[0]:g}", *between, f"from {edges[-1]:g}"]


def recall(recordings: Sequence[Transcribed], by: Property) -> Recall:
    """The notes of all recordings by a property."""
    counts = np.zeros((2, len(by.edges) + 1), dtype=np.int64)
    for each in recordings:
        numbers = np.digitize(by.values(note_contexts(each.ref, each.released)), by.edges)
        found = each.pairs.found[:, 0]
        counts += [np.bincount(some, minlength=counts.shape[1]) for some in (numbers, numbers[found])]
    return Recall(n_labels=counts[0], n_found=counts[1])
