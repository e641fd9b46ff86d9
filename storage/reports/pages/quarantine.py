"""Lines of a page's table of tracks in quarantine: a cause of many tracks is one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.tracks.quarantine import QuarantineRow
from storage.tracks.quarantine_groups import group_rows


@dataclass(frozen=True)
class QuarantineLine:
    """A track in quarantine with its stage and reason, and the other tracks with the same cause."""

    track: str
    stage: str
    reason: str
    others: tuple[str, ...]


def by_cause(rows: Sequence[Mapping[str, str]]) -> list[QuarantineLine]:
    """Lines of rows with ``track``, ``reason`` and, where they are of several stages, ``stage``."""
    groups = group_rows(QuarantineRow(row["track"], row.get("stage", ""), row["reason"]) for row in rows)
    lines = []
    for group in groups:
        tracks = [row.track for row in group.rows]
        shown = [(group.first, tuple(tracks[1:]))] if group.is_large else [(row, ()) for row in group.rows]
        lines += [QuarantineLine(row.track, row.stage, row.reason, others) for row, others in shown]
    return lines
