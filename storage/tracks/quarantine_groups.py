"""Tracks in quarantine by cause: rows of one stage whose reasons differ by names and numbers only.

Reasons are compared without the id of the track, what is quoted, paths, names of files and numbers, which is how log
lines are grouped by their templates (Vaarandi, "A data clustering algorithm for mining patterns from event logs",
IPOM 2003).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage.tracks.quarantine import QuarantineRow

N_ALIKE = 4
"""Rows from which on a cause is stated once instead of track by track."""

_VARIABLE = re.compile(r"""(?<!\w)'[^']*'|"[^"]*"|\S*[/\\]\S*|\S*[\w\0]\.[A-Za-z]\w{1,5}\b|\S*\d\S*""")
_PLACES = re.compile(r"(?:\0[\s,;:]*)+")


@dataclass(frozen=True)
class QuarantineGroup:
    """Rows of one stage with one cause, sorted by track."""

    rows: Sequence[QuarantineRow]

    @property
    def first(self) -> QuarantineRow:
        """The row whose reason is shown for all."""
        return self.rows[0]

    @property
    def is_large(self) -> bool:
        """Whether the cause is that of so many tracks that it is stated once."""
        return len(self.rows) >= N_ALIKE


def group_rows(rows: Iterable[QuarantineRow]) -> list[QuarantineGroup]:
    """The rows by stage and cause; in a stage the largest groups first."""
    by_cause: dict[tuple[str, str], list[QuarantineRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.track):
        by_cause[row.stage, _cause(row.track, row.reason)].append(row)
    groups = map(QuarantineGroup, by_cause.values())
    return sorted(groups, key=lambda group: (group.first.stage, -len(group.rows), group.first.track))


def _cause(track: str, reason: str) -> str:
    """A reason with one sign for every name and number.

    Parts of the id that are a word, such as ``notes``, may be one of the sentence too: they count only as file names.
    """
    for name in sorted({track, *track.split("/")}, key=len, reverse=True):
        if name and not name.isalpha():
            reason = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "\0", reason)
    return _PLACES.sub("\0", _VARIABLE.sub("\0", reason))
