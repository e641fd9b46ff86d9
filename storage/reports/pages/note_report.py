"""The report of a transcription as one HTML page: style and figures inside, no script, nothing fetched.

Only sounds are files of their own, in a folder beside the page; they are loaded when they are played.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from storage.dotted import flatten
from storage.reports.pages.templates import data_url, template
from storage.reports.record import ExcerptRecord, ReportRecord

CAPTIONS = {
    "tolerance_sweep": "Note onset F1 by how far an onset may be off: mean over tracks, with its interval as a band.",
    "onset_errors": "Of the notes found within 100 ms, the share whose onset is at most so late; left of 0 is early.",
    "loss_curves": "Loss of training and validation by epoch, and the validation score with the learning rate.",
    "f1_by_track": "F1 of every track, worst first: a few bad tracks and a weak model look different here.",
    "per_note_f1": "Frame F1 by key over the number of frames in which the key sounds in the reference.",
    "lags": "Lags between labels and audio. Positive: the audio is late.",
    "confidence": "Confidence in the alignment of each track, over how much its lags scatter about its time map.",
}
"""Captions of figures by name; any other has its name."""
ONSETS = ("tolerance_sweep", "onset_errors")
"""Figures of the section about onsets."""

SYSTEMS = {"energy": "energy threshold on the constant-Q transform", "silence": "silence"}
"""Baselines as the table of scores names them, best first."""
ROWS_SHOWN = 20
"""Rows of a long table that are visible before it is unfolded."""


def render(report: ReportRecord, figures: Mapping[str, bytes]) -> str:
    """The page, in UTF-8 text. Whatever comes from a corpus or a user is escaped.

    Parameters
    ----------
    report : ReportRecord
        Its ``evaluation`` is a `mir_models.evaluation.notes.NoteEvaluation`.
    figures : mapping of str to bytes
        PNG images by name, in the order of the page; may be empty. Those of `ONSETS` and of excerpts have sections of
        their own.

    Returns
    -------
    str
        The HTML document.
    """
    images = {
        name: {"name": name, "src": data_url(png), "caption": CAPTIONS.get(name, name)} for name, png in figures.items()
    }
    excerpts = report.excerpts or []
    elsewhere = {*ONSETS, *(each.figure for each in excerpts)}
    return template("note_report.html", score=score, bounds=bounds, ms=ms).render(
        report=report,
        evaluation=report.evaluation,
        convention=report.evaluation["convention"],
        systems=_systems(report),
        onset_figures=[images[name] for name in ONSETS if name in images],
        excerpts=[_excerpt(each, images) for each in excerpts],
        figures=[image for name, image in images.items() if name not in elsewhere],
        parameters=flatten(report.parameters),
        links=link_rows(report.links),
        midis={track: href(path) for track, path in (report.midis or {}).items()},
        quarantine=report.quarantine,
        rows_shown=ROWS_SHOWN,
    )


def link_rows(links: Mapping[str, str]) -> list[dict[str, str | None]]:
    """Rows of the section of links: name, text, and where it leads, or None."""
    return [{"name": name, "text": text, "href": href(text)} for name, text in links.items()]


def href(target: str) -> str | None:
    """The target as a link: http(s) URLs as they are, relative paths percent-encoded, None for anything else.

    A relative path is recognised by a slash or a suffix; a bare word such as a run id is text. Other schemes
    (``javascript:``, ``file:``) are no links.
    """
    text = str(target)
    parts, path = urlsplit(text), PurePosixPath(text)
    if parts.scheme in ("http", "https") and parts.netloc:
        return text
    if not path.parts or path.is_absolute() or ":" in path.parts[0]:
        return None
    return quote(text) if len(path.parts) > 1 or path.suffix else None


def score(value: float | None) -> str:
    """A score with three decimals; a dash if there is none."""
    return "–" if value is None else f"{value:.3f}"


def bounds(interval: Sequence[float] | None) -> str:
    """An interval in brackets; empty if it is not defined."""
    return "" if interval is None else f"[{interval[0]:.3f}, {interval[1]:.3f}]"


def ms(value: float | None) -> str:
    """Milliseconds with one decimal; a dash if there are none."""
    return "–" if value is None else f"{value:.1f}".replace("-", "−")


def _excerpt(excerpt: ExcerptRecord, images: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """An excerpt with its figure, if there is one, and its sounds as links."""
    sounds = {"recording": excerpt.recording, "prediction": excerpt.prediction}
    links = {kind: href(path) if path else None for kind, path in sounds.items()}
    heading = f"The {excerpt.name.replace('_', ' ')} track"
    return {**asdict(excerpt), **links, "heading": heading, "image": images.get(excerpt.figure)}


def _systems(report: ReportRecord) -> list[dict[str, Any]]:
    """Rows of the table of scores: the model, then the baselines."""
    baselines = report.evaluation["baselines"]
    order = [*(name for name in SYSTEMS if name in baselines), *(name for name in baselines if name not in SYSTEMS)]
    rows = [{"name": SYSTEMS.get(name, name), "model": False, "scores": baselines[name]} for name in order]
    return [{"name": report.architecture, "model": True, "scores": report.evaluation}, *rows]
