"""MIDI files that a library refuses, or reads otherwise, for what touches neither notes nor time."""

from __future__ import annotations

from pathlib import Path

from experiments.odd_files import midi_files, note_files
from experiments.odd_files.case import Case, Outcome
from experiments.odd_files.checkout import Checkout
from experiments.odd_files.midi_bytes import control, file, meta, note, number, off, on, one_note, smpte, tempo, track
from experiments.odd_files.midi_files import PLAIN

LIMITS, UNUSED, STRUCTURE = "limit of a library", "data that is not used", "structure of a MIDI file"
ONE = [(0.0, 0.5, 60)]
OTHER = track(note(64))
BOTH = [(0.0, 0.5, 60), (0.0, 0.5, 64)]
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
    return file(track(note(60, division), on(60, ticks - division), off(60, division)), division=division)


def _own(code: Checkout, folder: Path) -> Outcome:
    """What a checkout writes of three hours, it reads."""
    code.python(WRITE, folder)
    found = code.notes(folder / "own.mid")
    return Outcome(note_files.describe(found), note_files.is_equal(found, [(0, 1, 60), (10800, 10801, 62)]))


def _limit(input: str, seconds: int, division: int) -> Case:
    right = [(0.0, 0.5, 60), (seconds, seconds + 0.5, 60)]
    return note_files.case(LIMITS, input, _long(seconds, division), right, reported=True)


def _unused(input: str, content: bytes, *, reported: bool = False) -> Case:
    return note_files.case(UNUSED, input, content, ONE, reported=reported)


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
    note_files.case(LIMITS, "3,000 tracks", file(*[PLAIN] * 3000), ONE * 3000),
    _unused("key signature of 8 sharps", midi_files.KEY_OF_8_SHARPS, reported=True),
    _unused("key signature, empty", midi_files.EMPTY_KEY_SIGNATURE, reported=True),
    _unused("key signature of one byte", one_note(meta(0x59, b"\x01")), reported=True),
    _unused("time signature, empty", one_note(meta(0x58)), reported=True),
    _unused("time signature of one byte", midi_files.SHORT_TIME_SIGNATURE, reported=True),
    _unused("time signature 0/4", one_note(meta(0x58, b"\0\x02\x18\x08"))),
    _unused("sysex with a byte above 127", midi_files.SYSEX_ABOVE_127, reported=True),
    _unused("SMPTE offset of one byte", one_note(meta(0x54, b"\0"))),
    _unused("SMPTE offset out of range", one_note(meta(0x54, b"\xff" * 5))),
    _unused("a controller's value above 127", one_note(control(7, 255))),
    _unused("a title in Shift JIS with a zero", one_note(meta(3, b"\x83\x65\0\x83\x58"))),
    _smpte(25, 40, reported=True),
    _smpte(24, 80),
    _smpte(29, 100),
    _smpte(30, 80),
    note_files.refused(STRUCTURE, "SMPTE of 17 frames", one_note(division=smpte(17, 40)), "17"),
    note_files.refused(STRUCTURE, "0 ticks a quarter", one_note(division=0), "tick"),
    note_files.read_or_refused(STRUCTURE, "a tempo of 0", one_note(tempo(0)), [(0.0, 0.0, 60)], "tempo"),
    _structure("header names fewer tracks", file(PLAIN, OTHER, n_tracks=1), BOTH),
    _structure("header names more tracks", file(PLAIN, n_tracks=5), ONE),
    _structure("header names no track", file(PLAIN, n_tracks=0), ONE),
    _structure("an alien chunk before the tracks", midi_files.ALIEN_CHUNK, ONE),
    _structure("garbage behind the tracks", midi_files.ONE_NOTE + b"garbage!" * 20, ONE),
    _structure("in a RIFF file (RMID)", midi_files.RMID, ONE),
    _structure("running status after a sysex", file(track(on(), b"\0\xf0\x02\x01\xf7", number(480) + b"\x3c\0")), ONE),
    _structure("tempo in the second track", midi_files.TEMPO_IN_SECOND_TRACK, [(0.0, 1.0, 60)]),
    note_files.refused(STRUCTURE, "a track cut short", midi_files.ONE_NOTE[:-8], "truncated"),
    note_files.refused(STRUCTURE, "drums only", file(track(note(36, channel=9))), "drum"),
    note_files.refused(STRUCTURE, "a web page named .mid", b"<!DOCTYPE html><html>404</html>", "MThd"),
)
