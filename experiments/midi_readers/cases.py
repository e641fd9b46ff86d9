"""Small MIDI files, each with one peculiarity."""

from __future__ import annotations

from experiments.odd_files.midi_bytes import END, file, meta, off, on, one_note, smpte, tempo, track

PLAIN = track((0, on()), (480, off()))
CASES = {
    "a note": file(PLAIN),
    "no note-off": file(track((0, on()), (0, on(62)), (480, off(62)), (960, meta(1, b"")))),
    "struck twice, two note-offs": file(track((0, on()), (480, on()), (480, off()), (480, off()))),
    "struck twice, one note-off, then a note": file(
        track((0, on()), (480, on()), (480, off()), (480, on()), (480, off()))
    ),
    "zero length": file(track((0, on()), (0, off()), (0, on(62)), (96, off(62)))),
    "one key in two tracks": file(track((0, on()), (1920, off())), track((480, on()), (480, off()))),
    "20,000,000 ticks": file(track((0, on()), (20_000_000, off()))),
    "8 sharps": one_note(meta(0x59, b"\x08\x00")),
    "empty key signature": one_note(meta(0x59, b"")),
    "short time signature": one_note(meta(0x58, b"\x04")),
    "sysex above 127": one_note(b"\xf0\x04\x7f\xff\x80\xf7"),
    "SMPTE, 25 frames of 40 ticks": one_note(division=smpte(25, 40)),
    "tempo in the second track": file(PLAIN, track((0, tempo(1_000_000)))),
    "unknown chunk": file(PLAIN).replace(b"MTrk", b"XFIH\0\0\0\2abMTrk"),
    "RIFF": b"RIFF....RMIDdata...." + file(PLAIN),
    "end of track missing": file(PLAIN).replace(b"\0" + END[1], b"").replace(b"\0\0\0\x0d", b"\0\0\0\x09"),
}
"""Bytes by what is peculiar."""
