"""MIDI files whose notes have no end, several ends, or no duration."""

from __future__ import annotations

from pathlib import Path

from experiments.odd_files import note_files
from experiments.odd_files.case import Case, Outcome
from experiments.odd_files.checkout import Checkout
from experiments.odd_files.midi_bytes import Event, control, file, meta, off, on, track
from experiments.odd_files.note_files import Row

KIND = "ends of notes"
Q = 480
"""Ticks of a quarter, half a second."""


def _one(input: str, events: list[Event], right: list[Row], *, reported: bool = False) -> Case:
    return note_files.case(KIND, input, file(track(*events)), right, reported=reported)


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


_PEDAL_TRACK = file(
    track((0, on()), (Q, off())), track((0, control(64, 127, channel=3)), (2 * Q, control(64, 0, channel=3)))
)
_TWO_PEDALS = file(
    track((0, on()), (4 * Q, off())),
    track((0, control(64, 127)), (2 * Q, control(64, 0))),
    track((Q, control(64, 127, channel=1)), (3 * Q, control(64, 0, channel=1))),
)
_RESET = file(track((0, control(64, 127)), (0, on()), (Q, off()), (Q, control(121, 0)), (Q, meta(1, b"end"))))
_OTHER_TRACK = file(track((0, on())), track((Q, off())))
_TWO_HANDS = file(track((0, on()), (2 * Q, off())), track((Q, on()), (2 * Q, off())))
CASES = (
    _one("a note without its note-off", [(0, on()), (Q, meta(1, b"end"))], [(0, 0.5, 60)], reported=True),
    _one(
        "a key struck twice, two note-offs",
        [(0, on()), (Q, on()), (Q, off()), (Q, off())],
        [(0, 1.0, 60), (0.5, 1.5, 60)],
        reported=True,
    ),
    _one(
        "a note of no duration",
        [(0, on()), (0, off()), (Q, on(64)), (Q, off(64))],
        [(0, 0, 60), (0.5, 1, 64)],
        reported=True,
    ),
    _one("a note-off without its note", [(0, off(61)), (0, on()), (Q, off())], [(0, 0.5, 60)]),
    _one(
        "struck again at the tick of its note-off",
        [(0, on()), (Q, off()), (0, on()), (Q, off())],
        [(0, 0.5, 60), (0.5, 1, 60)],
    ),
    _one("ended by All Notes Off", [(0, on()), (Q, control(123, 0)), (Q, meta(1, b"end"))], [(0, 0.5, 60)]),
    _one("ended by All Sound Off", [(0, on()), (Q, control(120, 0)), (Q, meta(1, b"end"))], [(0, 0.5, 60)]),
    note_files.case(KIND, "one key in two tracks, overlapping", _TWO_HANDS, [(0, 1, 60), (0.5, 1.5, 60)]),
    note_files.case(KIND, "its note-off in another track", _OTHER_TRACK, [(0, 0.5, 60)]),
    _pedal("pedal on a track and channel of its own", _PEDAL_TRACK, [(0.0, 1.0)], reported=True),
    _pedal("pedals of two channels, overlapping", _TWO_PEDALS, [(0.0, 2.0)]),
    _pedal("pedal lifted by Reset All Controllers", _RESET, [(0.0, 1.0)]),
)
