"""Tables of peers: means over recordings with intervals, scores over all notes, licence and reservations of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from experiments.peers.scores import Scores
from experiments.peers.systems import System
from experiments.tables import markdown_table
from mir_models.evaluation.metrics.tally import NoteRatios

Row = tuple[System, Scores | str]
"""A system, and its scores or the reason why it has none."""
NONE = "–"


def page(rows: Sequence[Row], about: str, agreement: str) -> str:
    """Markdown: the recordings, the table of means over recordings, that over all notes, that of agreements."""
    agree = "Note onset F1 of each with the labels, or another system's notes, as the reference:"
    pooled = "Over all frames and notes together instead, and how far off the onsets are that were found within 100 ms:"
    return "\n\n".join([about, means(rows), pooled, totals(rows), agree, agreement, remarks(rows)]) + "\n"


def means(rows: Sequence[Row]) -> str:
    """A row per system; systems without scores have the reason."""
    heads = ["system", "version", "frame F1", "note onset F1", "onset + offset F1", "+ velocity F1", "× real time"]
    return _markdown(heads, rows, _means)


def totals(rows: Sequence[Row]) -> str:
    """A row per system that has scores."""
    heads = ["system", "frame F1", "onset P", "onset R", "onset F1", "onset + offset F1", "+ velocity F1", "ms off"]
    return _markdown(heads, [row for row in rows if not isinstance(row[1], str)], _totals)


def remarks(rows: Sequence[Row]) -> str:
    """A line per system: its licence, and the reservation about its scores."""
    lines = [(system.name, [text for text in (system.licence, system.caution) if text]) for system, _ in rows]
    return "\n".join(f"* {name}: {'; '.join(texts)}." for name, texts in lines if texts)


def _means(system: System, scores: Scores) -> list[str]:
    frame, notes = scores.frame, scores.notes
    return [
        system.version,
        _with_interval(*frame) if system.offsets else NONE,
        f"**{_mean(notes['note_onset'])}**",
        _mean(notes["note_onset_offset"]) if system.offsets else NONE,
        _mean(notes["note_onset_offset_velocity"]),
        f"{scores.real_time:.1f}",
    ]


def _totals(system: System, scores: Scores) -> list[str]:
    notes = scores.notes
    pooled = notes["note_onset"]["micro"]
    return [
        f"{notes['frame']['f1']:.3f}" if system.offsets else NONE,
        *(f"{value:.3f}" for value in (pooled["precision"], pooled["recall"], pooled["f1"])),
        f"{notes['note_onset_offset']['micro']['f1']:.3f}" if system.offsets else NONE,
        NONE if notes["note_onset_offset_velocity"] is None else _micro(notes["note_onset_offset_velocity"]),
        NONE if notes["onset_errors"]["median"] is None else f"{notes['onset_errors']['median']:+.1f}",
    ]


def _mean(ratios: NoteRatios | None) -> str:
    return NONE if ratios is None else _with_interval(ratios["f1"], ratios["interval"])


def _micro(ratios: NoteRatios) -> str:
    return f"{ratios['micro']['f1']:.3f}"


def _with_interval(value: float, interval: Sequence[float] | None) -> str:
    return f"{value:.3f}" + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")


def _markdown(heads: list[str], rows: Sequence[Row], cells: Callable[[System, Scores], list[str]]) -> str:
    lines = []
    for system, scores in rows:
        if isinstance(scores, str):
            lines.append([system.name, system.version, scores.replace("|", "/"), *[""] * (len(heads) - 3)])
        else:
            lines.append([system.name, *cells(system, scores)])
    return markdown_table(heads, lines)
