"""The table of a transfer as one HTML page: no script, nothing fetched."""

from __future__ import annotations

from storage.reports.pages.note_report import bounds, score
from storage.reports.pages.templates import template
from storage.reports.record import TransferRecord


def render(report: TransferRecord) -> str:
    """The page, in UTF-8 text. Whatever comes from a corpus or a user is escaped."""
    return template("transfer.html", score=score, bounds=bounds, points=_points).render(report=report)


def _points(difference: float) -> str:
    """A difference with its sign."""
    return f"{difference:+.3f}"
