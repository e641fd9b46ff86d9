"""The alignments of a dataset as one HTML page: style and figures inside, no script, nothing fetched.

The page is a function of what is stored and has no date, so that equal stores have equal pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from storage.pages.data_urls import data_url
from storage.reports.pages.templates import template

ROWS_SHOWN = 20
"""Rows of the quarantine that are visible before it is unfolded."""
CAPTIONS = {
    "lags": "Lags between labels and audio, as measured. Positive: the audio is late.",
    "confidence": "Confidence over residual, one point per track. What is trusted should scatter little: points belong "
    "in the upper left, and few close to the threshold.",
}
"""Captions of figures by name."""


Spread = tuple[float, float, float]
"""Lowest, median and highest."""


class MethodRow(TypedDict):
    """Summary of one method: its tracks, those without a measured lag, and the spread of what was measured."""

    method: str
    tracks: int
    unmeasured: int
    applied: bool
    lag: Spread | None
    tempo_ratio: Spread | None
    residual: Spread | None
    confidence: Spread | None


class WorstTrack(TypedDict):
    """What was measured of a track that is trusted little, times in seconds, with its picture as PNG."""

    track: str
    method: str
    measured_lag: float | None
    tempo_ratio: float | None
    residual: float
    confidence: float
    picture: bytes


class RefusedTrack(TypedDict):
    """A track in quarantine with the reason, and its picture as PNG where it is shown."""

    track: str
    reason: str
    picture: bytes | None


class AlignmentContent(TypedDict):
    """What the page shows.

    Attributes
    ----------
    dataset, made_from : str
    methods : sequence of MethodRow
    thresholds : sequence of float
        Confidences that tracks had to reach.
    worst : sequence of WorstTrack
        Worst first.
    quarantine : sequence of RefusedTrack
    pictures : str
        Address of the pictures that the page leaves out.
    left_out : int
        How many these are.
    """

    dataset: str
    made_from: str
    methods: Sequence[MethodRow]
    thresholds: Sequence[float]
    worst: Sequence[WorstTrack]
    quarantine: Sequence[RefusedTrack]
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


def spread(values: Spread | None, kind: str) -> str:
    """The lowest and the highest of three values in brackets; empty if there are none or only one."""
    if values is None or values[0] == values[2]:
        return ""
    shown = {"ms": ms, "ratio": ratio, "share": "{:.2f}".format}[kind]
    return f"[{shown(values[0])}, {shown(values[2])}]"
