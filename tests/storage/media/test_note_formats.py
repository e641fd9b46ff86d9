"""Note files: MIDI, CSV and JSON of notes."""

from __future__ import annotations

import io
import json

import mido

from mir_models.notes.annotations import NO_NOTES, Notes
from storage.media import note_formats


def test_no_notes_are_a_file_too() -> None:
    assert note_formats.FORMATS["csv"].content(NO_NOTES, {}) == b"onset,offset,pitch,velocity\n"
    assert json.loads(note_formats.FORMATS["json"].content(NO_NOTES, {"recording": "é"})) == {
        "recording": "é",
        "notes": [],
    }
    empty = mido.MidiFile(file=io.BytesIO(note_formats.FORMATS["midi"].content(NO_NOTES, {})))
    assert not [message for message in empty if message.type == "note_on"]


def test_a_table_is_exact_to_a_microsecond() -> None:
    notes = Notes([[0.1234567, 3599.9999994]], [60], [64])
    assert note_formats.FORMATS["csv"].content(notes, {}).splitlines()[1] == b"0.123457,3599.999999,60,64"
