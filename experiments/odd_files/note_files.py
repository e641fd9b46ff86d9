"""Cases of one MIDI file: a checkout reads it, and its notes are compared with those that are right."""

from __future__ import annotations

from pathlib import Path

from experiments.odd_files.case import Case, Outcome
from experiments.odd_files.checkout import Checkout, Notes, shortened

TOLERANCE = 5e-4
"""Seconds."""
Row = tuple[float, float, int]
"""Onset and offset in seconds, pitch."""


def case(
    kind: str, input: str, content: bytes, right: list[Row], *, reported: bool = False, name: str = "x.mid"
) -> Case:
    """A file whose notes have to be these."""

    def trial(code: Checkout, folder: Path) -> Outcome:
        found = _read(code, folder / name, content)
        return Outcome(describe(found), is_equal(found, right))

    return Case(kind, f"MIDI: {input}", _describe_rows(right), trial, reported)


def refused(kind: str, input: str, content: bytes, *words: str, reported: bool = False) -> Case:
    """A file that has to be refused by a sentence with one of some words."""

    def trial(code: Checkout, folder: Path) -> Outcome:
        found = _read(code, folder / "x.mid", content)
        return Outcome(describe(found), any(word in found.error for word in words))

    return Case(kind, f"MIDI: {input}", f"refused, by “{words[0]}”", trial, reported)


def read_or_refused(
    kind: str, input: str, content: bytes, right: list[Row], *words: str, reported: bool = False
) -> Case:
    """A file whose notes have to be these, or that is refused by a sentence with one of some words."""

    def trial(code: Checkout, folder: Path) -> Outcome:
        found = _read(code, folder / "x.mid", content)
        return Outcome(describe(found), is_equal(found, right) or any(word in found.error for word in words))

    return Case(kind, f"MIDI: {input}", f"{_describe_rows(right)}, or refused by “{words[0]}”", trial, reported)


def is_equal(found: Notes, right: list[Row]) -> bool:
    """Whether the notes are these."""
    rows = sorted((pitch, onset, offset) for onset, offset, pitch, _ in found.notes)
    expected = sorted((pitch, onset, offset) for onset, offset, pitch in right)
    if found.error or len(rows) != len(expected):
        return False
    return all(
        a[0] == b[0] and max(abs(a[1] - b[1]), abs(a[2] - b[2])) < TOLERANCE
        for a, b in zip(rows, expected, strict=True)
    )


def describe(found: Notes) -> str:
    """The notes, or why there are none."""
    if found.error:
        text = found.error.partition("Received: ")[2].partition(" Remedy:")[0] or found.error
        return f"refused: {shortened(text.rstrip('.'))}"
    return _describe_rows([(onset, offset, pitch) for onset, offset, pitch, _ in found.notes])


def _describe_rows(rows: list[Row]) -> str:
    if len(rows) > 4:
        return f"{len(rows)} notes until {max(offset for _, offset, _ in rows):.2f} s"
    return ", ".join(f"{pitch}: {onset:g}–{round(offset, 3):g} s" for onset, offset, pitch in sorted(rows)) or "no note"


def _read(code: Checkout, path: Path, content: bytes) -> Notes:
    path.write_bytes(content)
    return code.notes(path)
