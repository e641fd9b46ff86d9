"""MIDI files that a library refuses, or reads otherwise, for what touches neither notes nor time."""

from __future__ import annotations

import struct
from pathlib import Path

from experiments.odd_files import note_files
from experiments.odd_files.case import Case, Outcome
from experiments.odd_files.checkout import Checkout
from experiments.odd_files.midi_bytes import control, file, meta, off, on, one_note, smpte, tempo, track

LIMITS, UNUSED, STRUCTURE = "limit of a library", "data that is not used", "structure of a MIDI file"
ONE = [(0.0, 0.5, 60)]
NOTE = track((0, on()), (480, off()))
OTHER = track((0, on(64)), (480, off(64)))
BOTH = [(0.0, 0.5, 60), (0.0, 0.5, 64)]
ALIEN = b"XFIH" + struct.pack(">I", 4) + b"abcd"
"""A chunk of a kind that the standard does not know, to be skipped."""
RMID = b"RIFF" + struct.pack("<I", len(file(NOTE)) + 12) + b"RMIDdata" + struct.pack("<I", len(file(NOTE))) + file(NOTE)
WRITE = """
import sys
sys.path[0] = sys.argv[1]
import numpy as np
from pathlib import Path
from mir_models.notes.annotations import Notes
from storage.media import midi
hours = np.array([[0.0, 1.0], [10800.0, 10801.0]])
Path("own.mid").write_bytes(midi.encode(Notes(hours, np.array([60, 62]), np.array([64, 64]))))
"""


def _long(seconds: int, division: int) -> bytes:
    """A note at the beginning and one after some seconds, of which two are 2 × `division` ticks each."""
    ticks = 2 * division * seconds
    return file(track((0, on()), (division, off()), (ticks - division, on()), (division, off())), division=division)


def _own(code: Checkout, folder: Path) -> Outcome:
    """What a checkout writes of three hours, it reads."""
    code.python(WRITE, folder)
    found = code.notes(folder / "own.mid")
    return Outcome(note_files.describe(found), note_files.is_equal(found, [(0, 1, 60), (10800, 10801, 62)]))


def _limit(input: str, seconds: int, division: int) -> Case:
    right = [(0.0, 0.5, 60), (seconds, seconds + 0.5, 60)]
    return note_files.case(LIMITS, input, _long(seconds, division), right, reported=True)


def _unused(input: str, *events: bytes, reported: bool = False) -> Case:
    return note_files.case(UNUSED, input, one_note(*events), ONE, reported=reported)


def _smpte(frames: int, ticks: int, *, reported: bool = False) -> Case:
    rate = 30 * 1000 / 1001 if frames == 29 else frames
    right = [(0.0, 480 / (rate * ticks), 60)]
    content = one_note(division=smpte(frames, ticks))
    return note_files.read_or_refused(
        UNUSED, f"SMPTE division −{frames}/{ticks}", content, right, "SMPTE", reported=reported
    )


def _structure(input: str, content: bytes, right: list[note_files.Row]) -> Case:
    return note_files.case(STRUCTURE, input, content, right)


CASES = (
    _limit("220 s at 32,767 ticks a quarter", 220, 32767),
    _limit("two hours at 960 ticks a quarter", 7200, 960),
    Case(LIMITS, "MIDI: three hours by `midi.encode`", "60: 0–1 s, 62: 10800–10801 s", _own, reported=True),
    note_files.case(LIMITS, "3,000 tracks", file(*[NOTE] * 3000), ONE * 3000),
    _unused("key signature of 8 sharps", meta(0x59, b"\x08\0"), reported=True),
    _unused("key signature, empty", meta(0x59, b""), reported=True),
    _unused("key signature of one byte", meta(0x59, b"\x01"), reported=True),
    _unused("time signature, empty", meta(0x58, b""), reported=True),
    _unused("time signature of two bytes", meta(0x58, b"\x04\x02"), reported=True),
    _unused("time signature 0/4", meta(0x58, b"\0\x02\x18\x08")),
    _unused("sysex with a byte above 127", b"\xf0\x05\x43\x80\xff\x01\xf7", reported=True),
    _unused("SMPTE offset of one byte", meta(0x54, b"\0")),
    _unused("SMPTE offset out of range", meta(0x54, b"\xff" * 5)),
    _unused("a controller's value above 127", control(7, 255)),
    _unused("a title in Shift JIS with a zero", meta(3, b"\x83\x65\0\x83\x58")),
    _smpte(25, 40, reported=True),
    _smpte(24, 80),
    _smpte(29, 100),
    _smpte(30, 80),
    note_files.refused(STRUCTURE, "SMPTE of 17 frames", one_note(division=smpte(17, 40)), "17"),
    note_files.refused(STRUCTURE, "0 ticks a quarter", one_note(division=0), "tick"),
    note_files.read_or_refused(STRUCTURE, "a tempo of 0", one_note(tempo(0)), [(0.0, 0.0, 60)], "tempo"),
    _structure("header names fewer tracks", file(NOTE, OTHER, n_tracks=1), BOTH),
    _structure("header names more tracks", file(NOTE, n_tracks=5), ONE),
    _structure("header names no track", file(NOTE, n_tracks=0), ONE),
    _structure("an alien chunk before the tracks", file(ALIEN, NOTE, n_tracks=1), ONE),
    _structure("garbage behind the tracks", file(NOTE) + b"garbage!" * 20, ONE),
    _structure("in a RIFF file (RMID)", RMID, ONE),
    _structure("running status after a sysex", file(track((0, on()), (0, b"\xf0\x02\x01\xf7"), (480, b"\x3c\0"))), ONE),
    _structure("tempo in the second track", file(NOTE, track((0, tempo(1_000_000)))), [(0.0, 1.0, 60)]),
    note_files.refused(STRUCTURE, "a track cut short", file(NOTE)[:-8], "truncated"),
    note_files.refused(STRUCTURE, "drums only", file(track((0, on(36, channel=9)), (480, off(36, channel=9)))), "drum"),
    note_files.refused(STRUCTURE, "a web page named .mid", b"<!DOCTYPE html><html>404</html>", "MThd"),
)
