"""The alignments of a dataset as one HTML page: style and figures inside, no script, nothing fetched.

The page is a function of what is stored and has no date, so that equal stores have equal pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from storage.reports.pages.templates import data_url, template

ROWS_SHOWN = 20
"""Rows of the quarantine that are visible before it is unfolded."""
CAPTIONS = {
    "lags": "Lags between labels and audio, as measured. Positive: the audio is late.",
    "confidence": "Confidence over residual, one point per track. What is trusted should scatter little: points belong "
    "in the upper left, and few close to the threshold.",
}
"""Captions of figures by name."""


class AlignmentContent(TypedDict):
    """What the page shows.

    Attributes
    ----------
    dataset, made_from : str
    methods : sequence of mapping
        By method ``method``, ``tracks``, ``unmeasured``, ``applied``, and (low, median, high) of ``lag``, ``residual``
        (s), ``tempo_ratio`` and ``confidence``, or None for these four.
    thresholds : sequence of float
        Confidences that tracks had to reach.
    worst : sequence of mapping
        ``track``, ``method``, ``lag``, ``measured_lag``, ``tempo_ratio``, ``residual``, ``confidence`` and
        ``picture`` (PNG bytes), worst first.
    quarantine : sequence of mapping
        ``track`` and ``reason``, and ``picture`` (PNG bytes or None).
    pictures : str
        Address of the pictures that the page leaves out.
    left_out : int
        How many these are.
    """

    dataset: str
    made_from: str
    methods: Sequence[Mapping[str, Any]]
    thresholds: Sequence[float]
    worst: Sequence[Mapping[str, Any]]
    quarantine: Sequence[Mapping[str, Any]]
    pictures: str
    left_out: int


def render(content: AlignmentContent, figures: Mapping[str, bytes]) -> str:
    """The page, in UTF-8 text. Whatever comes from a corpus is escaped.

    Parameters
    ----------
    content : AlignmentContent
    figures : mapping of str to bytes
        PNG images by name, in the order of the page; those of `CAPTIONS` have a caption.

    Returns
    -------
    str
        The HTML document.
    """
    images = [{"name": name, "src": data_url(png), "caption": CAPTIONS[name]} for name, png in figures.items()]
    return template("alignment.html", ms=ms, ratio=ratio, spread=spread, data_url=data_url).render(
        **content, figures=images, rows_shown=ROWS_SHOWN
    )


def ms(seconds: float | None) -> str:
    """Seconds as milliseconds with one decimal, from 10 s on as seconds; a dash if there is none."""
    if seconds is None:
        return "–"
    shown = f"{seconds:.2f} s" if abs(seconds) >= 10 else f"{seconds * 1e3:.1f} ms"
    return shown.replace("-", "−")


def ratio(value: float | None) -> str:
    """A tempo ratio with four decimals; a dash if there is none."""
    return "–" if value is None else f"{value:.4f}"


def spread(values: tuple[float, float, float] | None, kind: str) -> str:
    """The lowest and the highest of three values in brackets; empty if there are none or only one."""
    if values is None or values[0] == values[2]:
        return ""
    shown = {"ms": ms, "ratio": ratio, "share": "{:.2f}".format}[kind]
    return f"[{shown(values[0])}, {shown(values[2])}]"
