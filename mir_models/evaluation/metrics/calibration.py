"""Calibration: are events that have a probability of 0.7 true seven times in ten [1]_?

.. [1] C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics.note_level import ONSET_TOLERANCE
from mir_models.notes.annotations import LOWEST_PITCH, Notes
from mir_models.notes.decoding import Activations, Decoding, onset_head
from mir_models.notes.frames import FrameGrid
from mir_models.notes.peak_picking import local_maxima

EDGES = np.linspace(0.0, 1.0, 11)
"""Of the ten classes of probabilities."""
LOWEST = 0.05
"""Less probable onsets and frames do not count: nearly all are, nearly all of them rightly, and would hide the rest."""


class CalibrationBin(TypedDict):
    """``n`` events between two probabilities, the mean of theirs, and the share that is true; None without any."""

    low: float
    high: float
    n: int
    probability: float | None
    share: float | None


class Calibration(TypedDict):
    """Probabilities of ``events`` (what they are, in words) beside the shares that are true.

    ``error`` is the expected calibration error: the mean over events of the difference between the two in their class.
    """

    events: str
    n: int
    error: float | None
    bins: list[CalibrationBin]


def counts(probabilities: NDArray[np.floating], true: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(10, 3) by class of `EDGES`: events, sum of their probabilities, events that are true.

    Parameters
    ----------
    probabilities : (n,) array in [0, 1]
    true : (n,) bool
    """
    values = np.column_stack([np.ones(len(true)), probabilities, true])
    found = np.zeros((len(EDGES) - 1, 3))
    np.add.at(found, np.clip(np.searchsorted(EDGES, probabilities, side="right") - 1, 0, len(found) - 1), values)
    return found


def summary(found: NDArray[np.float64], events: str) -> Calibration:
    """The calibration from the sum of `counts`; `events` are what has the probabilities, in words."""
    n = found[:, 0].sum()
    bins = [_bin(low, high, row) for low, high, row in zip(EDGES, EDGES[1:], found, strict=False)]
    error = float(np.abs(found[:, 1] - found[:, 2]).sum() / n) if n else None
    return Calibration(events=events, n=int(n), error=error, bins=bins)


def _bin(low: float, high: float, row: NDArray[np.float64]) -> CalibrationBin:
    n, probability, true = (float(value) for value in row)
    return CalibrationBin(
        low=round(float(low), 2),
        high=round(float(high), 2),
        n=int(n),
        probability=probability / n if n else None,
        share=true / n if n else None,
    )


def note_events(
    activations: Activations, ref_notes: Notes, ref_roll: NDArray[np.bool_], grid: FrameGrid, decoding: Decoding
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Probabilities (n,) of a network's onsets, and which (n,) are true; without an onset head, of its frames.

    Parameters
    ----------
    activations : mapping of str to (n_frames, 88) array
    ref_notes : Notes
    ref_roll : (n_frames, 88) bool
    grid : FrameGrid
    decoding : Decoding
        An onset is a local maximum within its ``onset_radius``.
    """
    head = onset_head(activations)
    if head is None:
        frame = np.asarray(activations["frame"], dtype=np.float32)
        counted = frame >= LOWEST
        return frame[counted], ref_roll[counted]
    onset = np.asarray(activations[head], dtype=np.float32)
    padded = np.pad(onset, ((decoding.onset_radius,) * 2, (0, 0)))
    frames, keys = np.nonzero(local_maxima(padded, decoding.onset_radius) & (onset >= LOWEST))
    probabilities = onset[frames, keys]
    return probabilities, _are_onsets(grid.times(frames), keys + LOWEST_PITCH, probabilities, ref_notes)


def events_of(activations: Activations) -> str:
    """What `note_events` counts, in words."""
    return "frames of keys" if onset_head(activations) is None else "onsets"


def _are_onsets(
    times: NDArray[np.float64], pitches: NDArray[np.int64], probabilities: NDArray[np.float32], ref: Notes
) -> NDArray[np.bool_]:
    """(n,) whether an event is an onset of the reference within the tolerance; of several at one, the likeliest is."""
    true = np.zeros(len(times), dtype=bool)
    for pitch in np.unique(pitches):
        here = np.flatnonzero(pitches == pitch)
        onsets = np.concatenate([[-np.inf], np.sort(ref.onset_times[ref.pitches == pitch]), [np.inf]])
        after = np.searchsorted(onsets, times[here])
        nearest = np.where(times[here] - onsets[after - 1] <= onsets[after] - times[here], after - 1, after)
        near = np.abs(onsets[nearest] - times[here]) <= ONSET_TOLERANCE
        here, nearest = here[near], nearest[near]
        likeliest = np.argsort(-probabilities[here], kind="stable")
        true[here[likeliest][np.unique(nearest[likeliest], return_index=True)[1]]] = True
    return true
