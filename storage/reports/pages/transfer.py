"""The table of a transfer as one HTML page: no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage.reports.pages.report import bounds, score
from storage.reports.pages.templates import template


def render(report: Mapping[str, Any]) -> str:
    """The page, in UTF-8 text. Whatever comes from a corpus or a user is escaped.

    Parameters
    ----------
    report : mapping
        ``date``, ``label``, ``layer``, ``group`` : str; ``model`` with ``task``, ``architecture``, ``datasets``;
        ``layers``, ``datasets`` : list of str; ``classes``, tracks by class; ``left_out``, groups by class;
        ``n_groups``, ``seeds`` : int; ``rows`` of `mir_models.transfer.comparison.compare`.
    """
    return template("transfer.html", score=score, bounds=bounds, points=_points).render(report=report)


def _points(difference: float) -> str:
    """A difference with its sign."""
    return f"{difference:+.3f}"
