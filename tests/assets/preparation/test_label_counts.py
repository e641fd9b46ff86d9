"""What the record of labels counts of the MIDI file that they were read from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from assets.preparation import labels
from experiments.odd_files.midi_bytes import TICKS, file, meta, off, on, track
from storage.corpora.registrations import Registration
from storage.tracks.arrays import Stored
from storage.tracks.records import LabelFile
from tests.storage.track_records import raw_audio_record

TWICE = on(62, TICKS) + on(62, TICKS) + off(62, TICKS) + off(62, TICKS)
EVENTS = on(60), on(61), off(61), TWICE, off(62), on(10), off(10, 96), on(38, channel=9), meta(0x01, b"", TICKS)
COUNTS = {
    "read": 5,
    "outside_piano": 1,
    "extended_by_pedal": 0,
    "doubled": 0,
    "overlapping": 1,
    "lengthened": 1,
    "drums": 1,
    "without_note_off": 1,
    "struck_while_held": 1,
    "zero_length": 1,
    "without_note_on": 1,
}


def _label(folder: Path) -> Stored:
    """The labels of three seconds of noise with exact notes."""
    soundfile.write(folder / "a.wav", 0.1 * np.random.default_rng(0).standard_normal(3 * 22050), 22050)
    (folder / "a.mid").write_bytes(file(track(*EVENTS)))
    notes = LabelFile(path=str(folder / "a.mid"), content="0123", exact=True, pedal="separate")
    record = raw_audio_record("a", path=str(folder / "a.wav"), labels={"notes": notes}, duration=3.0)
    (job,) = labels.jobs([record], Registration("x", "folder", str(folder)), labels.DEFAULTS)
    made = labels.label(job.item)
    assert isinstance(made, Stored)
    return made


def test_a_record_counts_how_the_notes_of_its_midi_file_were_read(tmp_path: Path) -> None:
    record = _label(tmp_path).record
    assert (record.n_notes, record.counts) == (4, COUNTS)  # type: ignore[attr-defined]


def test_the_notes_are_those_of_the_file(tmp_path: Path) -> None:
    """Of key, onset and offset: without its note-off to the end; of zero length; cut where its key is struck again."""
    notes = _label(tmp_path).arrays["notes"]
    rows = sorted((pitch, onset, offset) for onset, offset, pitch, _ in notes.tolist())
    assert rows == [(60, 0, 2.6), (61, 0, 0.01), (62, 0.5, 1.0), (62, 1.0, 2.0)]
