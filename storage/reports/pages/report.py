"""The report of an evaluation as one HTML page: style and figures inside, no script, nothing fetched.

Only sounds lie beside it, in a folder of their own; they are read when somebody listens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from storage.dotted import flat
from storage.reports.pages.templates import data_url, template

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


def render(report: Mapping[str, Any], figures: Mapping[str, bytes]) -> str:
    """The page, in UTF-8 text. Whatever comes from a corpus or a user is escaped.

    Parameters
    ----------
    report : mapping
        ``task``, ``architecture``, ``date`` : str.
        ``evaluation`` : the result of ``mir_models.evaluation.notes.evaluate``.
        ``quarantine`` : sequence of ``{"track", "stage", "reason"}``, optional.
        ``parameters`` : mapping, optional; nested mappings are shown with dotted names.
        ``links`` : mapping of name to URL, relative path or plain text such as a run id, optional.
        ``midis`` : mapping of track to the relative path of its predicted MIDI file, optional.
        ``captions`` : mapping of figure to caption, optional; it goes before `CAPTIONS`.
        ``excerpts`` : sequence of mappings, optional: ``name`` (which track it is), ``track``, ``start`` and ``stop``
        in seconds, ``figure``, the relative paths of ``recording`` (or None, then ``missing`` says why) and
        ``prediction``.
    figures : mapping of str to bytes
        PNG images by name, in the order of the page; may be empty. Those of `ONSETS` and of excerpts have sections of
        their own.

    Returns
    -------
    str
        The HTML document.
    """
    captions = CAPTIONS | dict(report.get("captions") or {})
    images = {
        name: {"name": name, "src": data_url(png), "caption": captions.get(name, name)} for name, png in figures.items()
    }
    excerpts = [_excerpt(each, images) for each in report.get("excerpts") or []]
    elsewhere = {*ONSETS, *(each["figure"] for each in report.get("excerpts") or [])}
    return template("report.html", score=score, bounds=bounds, ms=ms).render(
        report=report,
        evaluation=report["evaluation"],
        convention=report["evaluation"]["convention"],
        systems=_systems(report),
        onset_figures=[images[name] for name in ONSETS if name in images],
        excerpts=excerpts,
        figures=[image for name, image in images.items() if name not in elsewhere],
        parameters=flat(report.get("parameters") or {}),
        links=[{"name": name, "text": text, "href": href(text)} for name, text in (report.get("links") or {}).items()],
        midis={track: href(path) for track, path in (report.get("midis") or {}).items()},
        quarantine=report.get("quarantine") or [],
        rows_shown=ROWS_SHOWN,
    )


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


def _excerpt(told: Mapping[str, Any], images: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """An excerpt with its picture, if there is one, and its sounds as links."""
    sounds = {kind: href(told[kind]) if told[kind] else None for kind in ("recording", "prediction")}
    heading = f"The {told['name'].replace('_', ' ')} track"
    return {**told, **sounds, "heading": heading, "image": images.get(told["figure"])}


def _systems(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the table of scores: the model, then the baselines."""
    baselines = report["evaluation"]["baselines"]
    order = [*(name for name in SYSTEMS if name in baselines), *(name for name in baselines if name not in SYSTEMS)]
    rows = [{"name": SYSTEMS.get(name, name), "model": False, "scores": baselines[name]} for name in order]
    return [{"name": report["architecture"], "model": True, "scores": report["evaluation"]}, *rows]
