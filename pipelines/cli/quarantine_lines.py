"""Tracks that cannot be used as lines for the screen: a cause of many tracks once, else track by track."""

from collections.abc import Mapping, Sequence

from pipelines.cli.documents.datasets import Reason
from storage.tracks.quarantine import QuarantineRow
from storage.tracks.quarantine_groups import QuarantineGroup, group_rows

N_NAMES = 12
"""Names of the tracks with one cause that are printed."""


def quarantine_lines(rows: Sequence[QuarantineRow], n_tracks: Mapping[str, int]) -> list[str]:
    """One line per track, or one per cause of several tracks.

    Parameters
    ----------
    rows : sequence of QuarantineRow
    n_tracks : mapping of str to int
        By stage, the tracks that it has, those in quarantine among them.
    """
    lines: list[str] = []
    for group in group_rows(rows):
        n_all = n_tracks.get(group.first.stage, 0)
        lines += [_cause_line(group, n_all)] if group.is_large else map(track_line, group.rows)
    return lines


def refusal_lines(reasons: Mapping[str, str], n_tracks: int) -> list[str]:
    """The same of tracks that a loader refuses, by id; `n_tracks` are all that it lists."""
    return quarantine_lines([QuarantineRow(track, "", reason) for track, reason in reasons.items()], {"": n_tracks})


def reasons(rows: Sequence[QuarantineRow]) -> list[Reason]:
    """Rows of a quarantine for a document."""
    return [Reason(row.track, row.stage, row.reason) for row in rows]


def rows_of(found: Sequence[Reason]) -> list[QuarantineRow]:
    """The rows that `reasons` are of, without measurements."""
    return [QuarantineRow(each.track, each.stage, each.reason) for each in found]


def track_line(row: QuarantineRow) -> str:
    """The line of one track."""
    return f"{row.track}{_stage(row)}: {row.reason}"


def _cause_line(group: QuarantineGroup, n_all: int) -> str:
    n, first = len(group.rows), group.first
    of_all = f" of {n_all}" if n_all >= n else ""
    names = ", ".join(row.track for row in group.rows[1 : N_NAMES + 1]) + ", …" * (n > N_NAMES + 1)
    most = " Most tracks have this cause: look at the dataset's table, root and options before the files."
    reason = first.reason + (most if 2 * n > n_all else "")
    return f"{n}{of_all} tracks{_stage(first)} for one reason, {first.track}: {reason} The others: {names}"


def _stage(row: QuarantineRow) -> str:
    return f" ({row.stage})" if row.stage else ""
