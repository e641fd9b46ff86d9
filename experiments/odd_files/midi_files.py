"""Small MIDI files, each with one peculiarity, that this experiment and :mod:`experiments.midi_readers` read."""

from __future__ import annotations

from experiments.odd_files.midi_bytes import TICKS, file, meta, note, off, on, one_note, smpte, tempo, track

PLAIN = track(note())
ONE_NOTE = file(PLAIN)
WITHOUT_NOTE_OFF = file(track(on(), note(62), meta(1, b"end", 2 * TICKS)))
STRUCK_TWICE = file(track(on(), on(60, TICKS), off(60, TICKS), off(60, TICKS)))
"""A key that is struck while it is held; two note-offs."""
NO_DURATION = file(track(note(60, 0), note(62, 96)))
TWO_HANDS = file(track(note(60, 4 * TICKS)), track(on(60, TICKS), off(60, TICKS)))
"""One key in two tracks, the one note within the other."""
KEY_OF_8_SHARPS = one_note(meta(0x59, b"\x08\x00"))
EMPTY_KEY_SIGNATURE = one_note(meta(0x59))
SHORT_TIME_SIGNATURE = one_note(meta(0x58, b"\x04"))
SYSEX_ABOVE_127 = one_note(b"\x00\xf0\x04\x7f\xff\x80\xf7")
SMPTE_25_40 = one_note(division=smpte(25, 40))
TEMPO_IN_SECOND_TRACK = file(PLAIN, track(tempo(1_000_000)))
ALIEN_CHUNK = ONE_NOTE.replace(b"MTrk", b"XFIH\0\0\0\4abcdMTrk")
"""A chunk of a kind that the standard does not know, to be skipped."""
RMID = (
    b"RIFF" + (len(ONE_NOTE) + 12).to_bytes(4, "little") + b"RMIDdata" + len(ONE_NOTE).to_bytes(4, "little") + ONE_NOTE
)
"""In a RIFF file."""
