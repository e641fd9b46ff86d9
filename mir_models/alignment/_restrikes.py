"""Restruck keys: by how much notes of a player piano sound early whose key has not come to rest.

On recorded Disklaviers a note whose key was released less than some 0.3 s before sounds earlier than its label, by up
to 0.1 s, the more, the softer the blow; soft notes of keys at rest do not. (A soft blow takes long, and the instrument
begins it early; that a key which is still on its way back has less far to go would explain it.) Where soft chords are
repeated these are most notes, and a map of them all is as much too early.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._anchors import AnchorParams, flux_around, strength_in_key
from mir_models.alignment._onset_features import OnsetFeatures, OnsetParams
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap
from mir_models.setting_types import Amount, Count, Positive, check_settings

VELOCITIES = np.array([15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0, 60.0, 75.0])
"""Between which a lead is interpolated."""
STEP = 0.002
"""Seconds between the leads that are tried."""
ROUGHNESS = 0.3
"""What a lead costs that differs by 20 ms from the next velocity's, in notes; and at the last by 10 ms from none."""
ALONE = 0.06
"""Seconds from a note of a resting key within which a restruck one is not measured: it could be mistaken for it."""
SHORTEST = 0.01
"""Seconds that are left at least of a note that the next of its key cuts."""


@dataclass(frozen=True)
class RestrikeParams:
    """Which notes are restruck, and from which evidence on they are taken to sound early.

    Attributes
    ----------
    rest : float
        A key is at rest so many seconds after its release.
    interval : float
        And so many seconds after its last blow, even where the pedal held the note: its release is then unknown.
    shortest_lead, longest_lead : float
        Seconds: a shorter one of the softest notes is none, a longer one is not sought.
    fewest_notes : int
        Restruck notes, and notes of resting keys, without which nothing is measured.
    smallest_gain : float
        By how much more evidence there must be at the leads than at the labels, as a share of a note's highest.
    """

    rest: Amount = 0.3
    interval: Amount = 1.0
    shortest_lead: Amount = 0.015
    longest_lead: Positive = 0.12
    fewest_notes: Count = 12
    smallest_gain: Amount = 0.05

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True, eq=False)
class RestrikeLeads:
    """By how much restruck notes sound early.

    Attributes
    ----------
    leads : (n_velocities,) float64
        Seconds at each of `VELOCITIES`, falling as they rise.
    gain : float
        Evidence gained per note, as a share of a note's highest.
    """

    leads: NDArray[np.float64]
    gain: float

    def __call__(self, velocities: NDArray[np.int64]) -> NDArray[np.float64]:
        """Seconds for notes of velocities (n,)."""
        return np.interp(velocities, VELOCITIES, self.leads)


USUAL_LEADS = RestrikeLeads(0.09 * np.exp(-np.maximum(VELOCITIES - 20, 0) / 10), gain=0.0)
"""Where the search begins: of the order of those of two recorded Disklaviers (ENSTDkAm and ENSTDkCl of MAPS)."""


def is_restruck(notes: Notes, params: RestrikeParams) -> NDArray[np.bool_]:
    """Whether the key of each note (n,) was struck and released shortly before."""
    order = np.lexsort((notes.onset_times, notes.pitches))
    onsets, offsets, pitches = notes.onset_times[order], notes.offset_times[order], notes.pitches[order]
    soon = (onsets[1:] - offsets[:-1] < params.rest) & (onsets[1:] - onsets[:-1] < params.interval)
    restruck = np.zeros(len(notes), dtype=bool)
    restruck[order[1:]] = soon & (pitches[1:] == pitches[:-1])
    return restruck


def measure_leads(
    features: OnsetFeatures,
    notes: Notes,
    time_map: TimeMap,
    onset_params: OnsetParams,
    anchoring: AnchorParams,
    params: RestrikeParams,
) -> RestrikeLeads | None:
    """The leads with the most evidence about a time map of the notes of resting keys.

    The evidence of a note for a lead is the flux there, where its own key rises. Leads never rise with the velocity; of
    those that do not, the ones with the greatest sum over all notes are found by dynamic programming.

    Parameters
    ----------
    features : OnsetFeatures
        Of the recording.
    notes : Notes
        On the 88 keys, in label time.
    time_map : TimeMap
    onset_params : OnsetParams
        What the features were extracted with.
    anchoring : AnchorParams
    params : RestrikeParams

    Returns
    -------
    RestrikeLeads or None
        None where few notes can be measured, or nothing is gained.
    """
    restruck = is_restruck(notes, params)
    measured = notes.where(restruck & _is_alone(notes.onset_times, notes.onset_times[~restruck]))
    audio_times = time_map(measured.onset_times)
    measured = measured.where((audio_times >= params.longest_lead) & (audio_times < features.duration))
    if len(measured) < params.fewest_notes:
        return None
    lags, shares = _evidence_of_notes(features, measured, time_map, onset_params, anchoring, params)
    evidence = _velocity_weights(measured.velocities).T @ shares
    path = _falling_path(evidence, lags)
    rows = np.arange(len(path))
    gain = float((evidence[rows, path] - evidence[:, -1]).sum()) / len(measured)
    leads = RestrikeLeads(np.abs(lags[path]), gain)
    clear = gain >= params.smallest_gain and leads(measured.velocities).max() >= params.shortest_lead
    return leads if clear else None


def _is_alone(times: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which times (n,) have none of the `others`, ascending, near them."""
    first = np.searchsorted(others, times - ALONE)
    return np.searchsorted(others, times + ALONE, side="right") == first


def _evidence_of_notes(
    features: OnsetFeatures,
    notes: Notes,
    time_map: TimeMap,
    onset_params: OnsetParams,
    anchoring: AnchorParams,
    params: RestrikeParams,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lags (n_lags,) in seconds, ascending to 0, and the evidence of each note for them (n_notes, n_lags)."""
    reach = replace(anchoring, reach=params.longest_lead)
    lags, profiles = flux_around(features.flux, notes, time_map, onset_params.fine_grid, reach, step=STEP)
    times = time_map(notes.onset_times)[:, None] + lags
    profiles *= strength_in_key(features.per_key, notes, times, onset_params.grid)
    profiles /= np.maximum(profiles.max(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    profiles -= profiles.mean(axis=1, keepdims=True)
    early = lags < STEP / 2
    return lags[early], profiles[:, early]


def _velocity_weights(velocities: NDArray[np.int64]) -> NDArray[np.float64]:
    """Shares of each note (n, n_velocities) in the two of `VELOCITIES` next to its own."""
    return np.column_stack([np.interp(velocities, VELOCITIES, row) for row in np.eye(len(VELOCITIES))])


def _falling_path(evidence: NDArray[np.float64], lags: NDArray[np.float64]) -> NDArray[np.int64]:
    """Column of every row with the greatest sum less the costs of steps, by lags that never fall from row to row."""
    steps = lags[None, :] - lags[:, None]
    costs = np.where(steps < -STEP / 2, np.inf, ROUGHNESS * np.square(steps / 0.02))
    total, origins = evidence[0], []
    for row in evidence[1:]:
        reached = total[:, None] - costs
        origins.append(reached.argmax(axis=0))
        total = reached.max(axis=0) + row
    path = [int(np.argmax(total - ROUGHNESS * np.square(lags / 0.01)))]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return np.array(path[::-1])


def as_sounding(notes: Notes, restruck: NDArray[np.bool_], leads: RestrikeLeads) -> Notes:
    """Notes of which those that are `restruck` (n,) begin early by their leads; the notes before end as they begin."""
    early = notes.onset_times - np.where(restruck, leads(notes.velocities), 0.0)
    onsets = np.maximum(early, np.minimum(notes.onset_times, 0.0))  # None is moved across 0, where recordings begin.
    offsets = np.maximum(notes.offset_times, onsets + SHORTEST)
    order = np.lexsort((notes.onset_times, notes.pitches))
    following = np.append(np.where(np.diff(notes.pitches[order]) == 0, onsets[order][1:], np.inf), np.inf)
    offsets[order] = np.maximum(np.minimum(offsets[order], following), onsets[order] + SHORTEST)
    return replace(notes, intervals=np.column_stack([onsets, offsets]))
