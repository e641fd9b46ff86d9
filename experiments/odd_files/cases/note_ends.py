"""MIDI files whose notes have no end, several ends, or no duration."""

from __future__ import annotations

from pathlib import Path

from experiments.odd_files import midi_files, note_files
from experiments.odd_files.case import Case, Outcome
from experiments.odd_files.checkout import Checkout
from experiments.odd_files.midi_bytes import TICKS, control, file, meta, note, off, on, track
from experiments.odd_files.note_files import Row

KIND = "ends of notes"


def _notes(input: str, content: bytes, right: list[Row], *, reported: bool = False) -> Case:
    return note_files.case(KIND, input, content, right, reported=reported)


def _pedal(input: str, content: bytes, right: list[tuple[float, float]], *, reported: bool = False) -> Case:
    """A file whose pedal has to be down in these intervals."""

    def trial(code: Checkout, folder: Path) -> Outcome:
        path = folder / "x.mid"
        path.write_bytes(content)
        found = code.notes(path)
        intervals = [(round(down, 3), round(up, 3)) for down, up in found.pedal]
        return Outcome(found.error or _intervals(intervals), intervals == right)

    return Case(KIND, f"MIDI: {input}", _intervals(right), trial, reported)


def _intervals(found: list[tuple[float, float]]) -> str:
    return "pedal " + (", ".join(f"{down:g}–{up:g} s" for down, up in found) or "never down")


_PEDAL_TRACK = file(track(note()), track(control(64, 127, channel=3), control(64, 0, 2 * TICKS, channel=3)))
_TWO_PEDALS = file(
    track(note(60, 4 * TICKS)),
    track(control(64, 127), control(64, 0, 2 * TICKS)),
    track(control(64, 127, TICKS, channel=1), control(64, 0, 3 * TICKS, channel=1)),
)
_RESET = file(track(control(64, 127), note(), control(121, 0, TICKS), meta(1, b"end", TICKS)))
_OTHER_TRACK = file(track(on()), track(off(60, TICKS)))


def _ended_by(controller: int) -> bytes:
    """A note that a controller ends half a second before the file."""
    return file(track(on(), control(controller, 0, TICKS), meta(1, b"end", TICKS)))


CASES = (
    _notes("a note without its note-off", midi_files.WITHOUT_NOTE_OFF, [(0, 1.5, 60), (0, 0.5, 62)], reported=True),
    _notes(
        "a key struck twice, two note-offs",
        midi_files.STRUCK_TWICE,
        [(0, 1.0, 60), (0.5, 1.5, 60)],
        reported=True,
    ),
    _notes("a note of no duration", midi_files.NO_DURATION, [(0, 0, 60), (0, 0.1, 62)], reported=True),
    _notes("a note-off without its note", file(track(off(61), note())), [(0, 0.5, 60)]),
    _notes("struck again at the tick of its note-off", file(track(note(), note())), [(0, 0.5, 60), (0.5, 1, 60)]),
    _notes("ended by All Notes Off", _ended_by(123), [(0, 0.5, 60)]),
    _notes("ended by All Sound Off", _ended_by(120), [(0, 0.5, 60)]),
    _notes("one key in two tracks, one note within the other", midi_files.TWO_HANDS, [(0, 2, 60), (0.5, 1, 60)]),
    _notes("its note-off in another track", _OTHER_TRACK, [(0, 0.5, 60)]),
    _pedal("pedal on a track and channel of its own", _PEDAL_TRACK, [(0.0, 1.0)], reported=True),
    _pedal("pedals of two channels, overlapping", _TWO_PEDALS, [(0.0, 2.0)]),
    _pedal("pedal lifted by Reset All Controllers", _RESET, [(0.0, 1.0)]),
)
