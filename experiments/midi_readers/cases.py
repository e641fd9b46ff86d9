"""Small MIDI files, each with one peculiarity."""

from __future__ import annotations

from experiments.odd_files import midi_files
from experiments.odd_files.midi_bytes import TICKS, file, note, off, on, track

CASES = {
    "a note": midi_files.ONE_NOTE,
    "no note-off": midi_files.WITHOUT_NOTE_OFF,
    "struck twice, two note-offs": midi_files.STRUCK_TWICE,
    "struck twice, one note-off, then a note": file(
        track(on(), on(60, TICKS), off(60, TICKS), on(60, TICKS), off(60, TICKS))
    ),
    "zero length": midi_files.NO_DURATION,
    "one key in two tracks": midi_files.TWO_HANDS,
    "20,000,000 ticks": file(track(note(60, 20_000_000))),
    "8 sharps": midi_files.KEY_OF_8_SHARPS,
    "empty key signature": midi_files.EMPTY_KEY_SIGNATURE,
    "short time signature": midi_files.SHORT_TIME_SIGNATURE,
    "sysex above 127": midi_files.SYSEX_ABOVE_127,
    "SMPTE, 25 frames of 40 ticks": midi_files.SMPTE_25_40,
    "tempo in the second track": midi_files.TEMPO_IN_SECOND_TRACK,
    "unknown chunk": midi_files.ALIEN_CHUNK,
    "RIFF": midi_files.RMID,
    "end of track missing": file(track(note(), end=b"")),
}
"""Bytes by what is peculiar."""
