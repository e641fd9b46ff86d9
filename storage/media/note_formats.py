"""Note files: transcribed notes as MIDI, as CSV or as JSON with the model that transcribed them.

Times are seconds from the beginning of the recording, with six decimals in CSV and JSON; velocities are MIDI's, 1 to
127.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict

from mir_models.notes.annotations import Notes
from storage.media import midi

COLUMNS = ("onset", "offset", "pitch", "velocity")
DECIMALS = 6


class Metadata(TypedDict):
    """What a file holds beside the notes.

    The name of the recording; the model by name, task, licence and hash; the certainty of the notes
    (`mir_models.inference.certainty`) and the one below which they are doubtful, each None where there is none.
    """

    recording: str
    model: Mapping[str, str]
    certainty: float | None
    certainty_threshold: float | None


@dataclass(frozen=True)
class Format:
    """A file format of notes.

    Attributes
    ----------
    suffix : str
        File name extension, with the dot.
    content : callable
        Function of notes and `Metadata` that returns the bytes of a file.
    """

    suffix: str
    content: Callable[[Notes, Metadata], bytes]


def _as_midi(notes: Notes, metadata: Metadata) -> bytes:
    return midi.encode(notes)


def _as_csv(notes: Notes, metadata: Metadata) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for (onset, offset), pitch, velocity in zip(notes.intervals, notes.pitches, notes.velocities, strict=True):
        table.writerow([f"{onset:.{DECIMALS}f}", f"{offset:.{DECIMALS}f}", pitch, velocity])
    return text.getvalue().encode()


def _as_json(notes: Notes, metadata: Metadata) -> bytes:
    rows = zip(
        notes.onset_times.round(DECIMALS).tolist(),
        notes.offset_times.round(DECIMALS).tolist(),
        notes.pitches.tolist(),
        notes.velocities.tolist(),
        strict=True,
    )
    document = {**metadata, "notes": [dict(zip(COLUMNS, row, strict=True)) for row in rows]}
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


FORMATS = {"midi": Format(".mid", _as_midi), "csv": Format(".csv", _as_csv), "json": Format(".json", _as_json)}
