"""The tables: means over recordings with their intervals, scores over all notes, and what to know of each system."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.peers.scoring import Judgement
from experiments.peers.systems import System

Row = tuple[System, Judgement | str]
"""A system, and its scores or why it has none."""
NONE = "–"


def page(rows: Sequence[Row], about: str) -> str:
    """Markdown: what was heard, the table of means over recordings, that over all notes."""
    pooled = "Over all frames and notes together instead, and how far off the onsets are that were found within 100 ms:"
    return "\n\n".join([about, means(rows), pooled, totals(rows), remarks(rows)]) + "\n"


def means(rows: Sequence[Row]) -> str:
    """A row per system; systems without scores say why."""
    heads = ["system", "version", "frame F1", "note onset F1", "onset + offset F1", "+ velocity F1", "× real time"]
    return _markdown(heads, rows, _means)


def totals(rows: Sequence[Row]) -> str:
    """A row per system that has scores."""
    heads = ["system", "frame F1", "onset P", "onset R", "onset F1", "onset + offset F1", "+ velocity F1", "ms off"]
    return _markdown(heads, [row for row in rows if not isinstance(row[1], str)], _totals)


def remarks(rows: Sequence[Row]) -> str:
    """A line per system: its licence, and what to know of its scores."""
    said = [(system.name, [text for text in (system.licence, system.caution) if text]) for system, _ in rows]
    return "\n".join(f"* {name}: {'; '.join(texts)}." for name, texts in said if texts)


def _means(system: System, judged: Judgement) -> list[str]:
    frame, notes = judged.frame, judged.scores
    return [
        system.version,
        _sure(*frame) if system.offsets else NONE,
        f"**{_mean(notes['note_onset'])}**",
        _mean(notes["note_onset_offset"]) if system.offsets else NONE,
        _mean(notes["note_onset_offset_velocity"]),
        f"{judged.real_time:.1f}",
    ]


def _totals(system: System, judged: Judgement) -> list[str]:
    notes = judged.scores
    pooled = notes["note_onset"]["micro"]
    return [
        f"{notes['frame']['f1']:.3f}" if system.offsets else NONE,
        *(f"{pooled[name]:.3f}" for name in ("precision", "recall", "f1")),
        f"{notes['note_onset_offset']['micro']['f1']:.3f}" if system.offsets else NONE,
        NONE if notes["note_onset_offset_velocity"] is None else _micro(notes["note_onset_offset_velocity"]),
        NONE if notes["onset_errors"]["median"] is None else f"{notes['onset_errors']['median']:+.1f}",
    ]


def _mean(scored: Mapping[str, Any] | None) -> str:
    return NONE if scored is None else _sure(scored["f1"], scored["interval"])


def _micro(scored: Mapping[str, Any]) -> str:
    return f"{scored['micro']['f1']:.3f}"


def _sure(value: float, interval: Sequence[float] | None) -> str:
    return f"{value:.3f}" + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")


def _markdown(heads: list[str], rows: Sequence[Row], cells: Callable[[System, Judgement], list[str]]) -> str:
    lines = [heads, ["---"] * len(heads)]
    for system, judged in rows:
        if isinstance(judged, str):
            lines.append([system.name, system.version, judged.replace("|", "/"), *[""] * (len(heads) - 3)])
        else:
            lines.append([system.name, *cells(system, judged)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
