"""The report of a transcription as one HTML file: style, figures, sounds and piano rolls inside, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from storage.dotted import flatten
from storage.pages.data_urls import data_url
from storage.pages.piano_roll import RollView, page_script, view_json
from storage.reports.pages.templates import template
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
MIDIS_INSIDE = 8 * 2**20
"""Bytes of MIDI files that a page contains at most; more of them stay beside it."""
ROWS_SHOWN = 20
"""Rows of a long table that are visible before it is unfolded."""


def render(
    report: ReportRecord,
    figures: Mapping[str, bytes],
    *,
    midis: Mapping[str, bytes] | None = None,
    sounds: Mapping[str, bytes] | None = None,
    rolls: Mapping[str, RollView] | None = None,
) -> str:
    """The page, in UTF-8 text. Whatever comes from a corpus or a user is escaped.

    Parameters
    ----------
    report : ReportRecord
        Its ``evaluation`` is a `mir_models.evaluation.notes.NoteEvaluation`.
    figures : mapping of str to bytes
        PNG images by name, in the order of the page; may be empty. Those of `ONSETS` and of excerpts have sections of
        their own.
    midis : mapping of str to bytes, optional
        The predicted notes by track. What is not given, or is more than `MIDIS_INSIDE`, is a link to its path.
    sounds : mapping of str to bytes, optional
        Ogg files by their paths in the record's excerpts; what is not given is a link to its path.
    rolls : mapping of str to RollView, optional
        Piano rolls by the names of excerpts; an excerpt without one shows its figure.

    Returns
    -------
    str
        The HTML document.
    """
    images = {
        name: {"name": name, "src": data_url(png), "caption": CAPTIONS.get(name, name)} for name, png in figures.items()
    }
    excerpts, views = report.excerpts or [], rolls or {}
    elsewhere = {*ONSETS, *(each.figure for each in excerpts)}
    return template("note_report.html", score=score, bounds=bounds, ms=ms).render(
        report=report,
        evaluation=report.evaluation,
        convention=report.evaluation["convention"],
        systems=_systems(report),
        onset_figures=[images[name] for name in ONSETS if name in images],
        excerpts=[_excerpt(each, images, sounds or {}, views) for each in excerpts],
        figures=[image for name, image in images.items() if name not in elsewhere],
        parameters=flatten(report.parameters),
        links=link_rows(report.links),
        midis=_midi_links(report.midis or {}, midis or {}),
        quarantine=report.quarantine,
        rows_shown=ROWS_SHOWN,
        rolls=[{"id": roll_id(name), "view": view_json(view)} for name, view in views.items()],
        roll_script=page_script(),
    )


def roll_id(name: str) -> str:
    """Id of the element with the data of an excerpt's piano roll."""
    return f"roll-{name}"


def _midi_links(paths: Mapping[str, str], contents: Mapping[str, bytes]) -> dict[str, dict[str, str | None]]:
    """By track, where its MIDI file is, or the file itself, and the name under which it is kept."""
    inside = contents if sum(map(len, contents.values())) <= MIDIS_INSIDE else {}
    return {
        track: {
            "href": data_url(inside[track], "audio/midi") if track in inside else href(path),
            "name": PurePosixPath(path).name,
        }
        for track, path in paths.items()
    }


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


def _excerpt(
    excerpt: ExcerptRecord,
    images: Mapping[str, Mapping[str, str]],
    sounds: Mapping[str, bytes],
    rolls: Mapping[str, RollView],
) -> dict[str, Any]:
    """An excerpt with its sounds and its piano roll or figure, if there is one."""
    paths = {"Recording": excerpt.recording, "Prediction": excerpt.prediction}
    return {
        **asdict(excerpt),
        "heading": f"The {excerpt.name.replace('_', ' ')} track",
        "sounds": [{"name": name, "src": sound_url(path, sounds) if path else None} for name, path in paths.items()],
        "roll": roll_id(excerpt.name) if excerpt.name in rolls else "",
        "image": images.get(excerpt.figure),
    }


def sound_url(path: str, sounds: Mapping[str, bytes]) -> str | None:
    """A sound as a URL that contains it, where its bytes are given; else a link to its path."""
    return data_url(sounds[path], "audio/ogg") if path in sounds else href(path)


def _systems(report: ReportRecord) -> list[dict[str, Any]]:
    """Rows of the table of scores: the model, then the baselines."""
    baselines = report.evaluation["baselines"]
    order = [*(name for name in SYSTEMS if name in baselines), *(name for name in baselines if name not in SYSTEMS)]
    rows = [{"name": SYSTEMS.get(name, name), "model": False, "scores": baselines[name]} for name in order]
    return [{"name": report.architecture, "model": True, "scores": report.evaluation}, *rows]
