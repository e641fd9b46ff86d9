"""Notes as one array of a label store: onset, offset (s, label time), MIDI pitch, velocity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap
from storage.tracks.records import LabelsRecord, VariantRecord
from storage.tracks.track_store import TrackStore


def to_array(notes: Notes) -> NDArray[np.float64]:
    """(n, 4) float64 rows of onset, offset, pitch, velocity."""
    return np.column_stack([notes.intervals, notes.pitches, notes.velocities]).astype(np.float64)


def from_array(rows: NDArray[np.float64]) -> Notes:
    """The inverse of `to_array`."""
    return Notes(rows[:, :2], rows[:, 2].astype(np.int64), rows[:, 3].astype(np.int64))


def read(labels: TrackStore[LabelsRecord], track: str, fingerprint: str) -> tuple[Notes, LabelsRecord]:
    """The notes of a track in **audio time**, through its time map, and the record of its labels."""
    try:
        arrays = labels.read(track, fingerprint, "notes", "time_map")
    except KeyError as error:
        received = f"labels of {track} by an older version"
        raise MirlitonError(
            "labels with a time map", received=received, remedy="mirliton backfill the dataset"
        ) from error
    return TimeMap(arrays["time_map"]).moved(from_array(arrays["notes"])), labels.record(track, fingerprint)


def move_to_variant(notes: Notes, variants: TrackStore[VariantRecord], track: str, fingerprint: str) -> Notes:
    """Notes of a recording, in audio time, mapped to the audio time of its variant `track`."""
    return TimeMap(variants.read(track, fingerprint, "time_map")["time_map"]).moved(notes)
