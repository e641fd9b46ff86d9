"""The comparison of all systems of a task as one HTML page: no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from storage.reports.comparisons import ComparisonTable
from storage.reports.pages.note_report import bounds, href, score
from storage.reports.pages.templates import template

HEADINGS = {
    "note_onset_f1": "note onset F1",
    "note_onset_offset_f1": "onset + offset F1",
    "note_onset_offset_velocity_f1": "+ velocity F1",
    "frame_f1": "frame F1",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
}
"""Names of scores in the table."""
VERDICTS = {"better": "better", "worse": "worse", "undecided": "not told apart"}
"""What the interval of a difference says."""


def render(table: ComparisonTable, *, verdict: Any, pages: Mapping[str, str]) -> str:
    """The page, in UTF-8 text. Whatever comes from a corpus or a user is escaped.

    Parameters
    ----------
    table : ComparisonTable
    verdict : callable
        From a score to a key of `VERDICTS`, or nothing: `mir_models.evaluation.comparison.verdict`.
    pages : mapping of str to str
        By network, the path of its report relative to the page.
    """
    rows: list[dict[str, Any]] = [
        {
            **row,
            "href": href(pages[row["system"]]) if row["system"] in pages else None,
            "cells": [_cell(row["scores"][measure], verdict) for measure in table.measures],
        }
        for row in table.systems
    ]
    chart = [row for row in rows if row["kind"] != "baseline" and _has_interval(row["cells"][0])]
    return template("comparison.html", score=score, bounds=bounds, signed=signed).render(
        table=table,
        rows=rows,
        headings=[HEADINGS.get(measure, measure) for measure in table.measures],
        chart=chart,
        reach=_reach(chart),
    )


def signed(value: float | None) -> str:
    """A difference with its sign; a dash if there is none."""
    return "–" if value is None else f"{value:+.3f}".replace("-", "−")


def _cell(found: Any, verdict: Any) -> dict[str, Any] | None:
    return found and {**found, "verdict": VERDICTS.get(verdict(found), "")}


def _has_interval(cell: dict[str, Any] | None) -> bool:
    return bool(cell and cell["difference_interval"])


def _reach(chart: Sequence[dict[str, Any]]) -> float:
    """The largest size of an end of an interval of the first measure, at least 0.01."""
    return max([0.01, *(abs(end) for row in chart for end in row["cells"][0]["difference_interval"])])
