"""The page of one inspected track as one HTML file: facts of its labels, figures, sounds and notes inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.pages.data_urls import data_url
from storage.pages.piano_roll import RollView, page_script, view_json
from storage.reports.pages.alignment import ms
from storage.reports.pages.templates import template
from storage.tracks.records import LabelsRecord, RawAudioRecord

EVIDENCE: dict[str, Callable[[Any], str]] = {
    "agreement": lambda agreement: (
        f"Detected onsets and onsets of the labels correlate by {agreement:.2f} (median over parts)."
    ),
    "worst_part": lambda agreement: f"In the worst part of the track they correlate by {agreement:.2f}.",
    "worst_beside_track": lambda agreement: f"Beside the means of the whole track, by {agreement:.2f} in that part.",
    "n_parts": lambda n: f"{n} part{'s' * (n != 1)} of the recording {'were' if n != 1 else 'was'} looked at.",
    "part_seconds": lambda seconds: f"A part is {seconds:.1f} s long.",
    "tempo_swing": lambda swing: f"The tempo changes by up to {swing:.1%} within the track.",
    "transposition": lambda steps: (
        f"The notes would agree better if they were moved by {steps:+d} semitones." if steps else "The pitches agree."
    ),
    "residual": lambda late: f"Places where the lag was measured lie {ms(late)} from the time map.",
    "n_notes": lambda n: f"{n:,} notes lie inside the recording.",
}
"""What the figures of an alignment's evidence mean; others are shown by their names."""
PEDAL = {
    "extend": "extend: a note sounds until the pedal is up or its key is struck again",
    "none": "none: a note ends when its key is released",
}
COUNTS = {
    "outside_piano": "on no key of a piano, left out",
    "drums": "of drums, left out",
    "without_note_off": "without a note-off, ended with the file or with all notes of the channel",
    "struck_while_held": "struck while their key was held, ended first in, first out",
    "zero_length": "of zero length",
    "without_note_on": "of which there is only a note-off, left out",
    "doubled": "doubled, left out",
    "extended_by_pedal": "extended by the pedal",
    "overlapping": "cut where their key is struck again",
    "lengthened": "lengthened to the shortest duration",
}
"""What was done to how many notes of the label file."""
ROLL = "roll"
"""Id of the data of the piano roll."""
ROUNDED = 0.05
"""Seconds by which frames and samples may disagree where a recording ends."""


@dataclass(frozen=True)
class ExcerptFigure:
    """An excerpt on the page: its name, PNG bytes, and its beginning and end in seconds of audio time."""

    name: str
    picture: bytes
    start: float
    stop: float


@dataclass(frozen=True)
class TrackReport:
    """Properties of a track and its labels, for its page.

    Attributes
    ----------
    dataset : str
    record : RawAudioRecord
    labels : LabelsRecord or None
        None where the track has only classes; without a method where the notes could not be aligned.
    method : str
        What the method of alignment does.
    tempo : (float, float, float) or None
        Mean, lowest and highest seconds of audio per second of the labels.
    residuals : (int, float, float) or None
        Number, median and largest, the last two in seconds.
    notices : tuple of str
        What is wrong with the labels, e.g. why the track is in quarantine.
    """

    dataset: str
    record: RawAudioRecord
    labels: LabelsRecord | None
    method: str = ""
    tempo: tuple[float, float, float] | None = None
    residuals: tuple[int, float, float] | None = None
    notices: tuple[str, ...] = ()


def render(
    report: TrackReport,
    overview: ExcerptFigure,
    others: Sequence[ExcerptFigure],
    *,
    roll: RollView,
    sounds: Mapping[str, bytes],
) -> str:
    """The page, in UTF-8 text. Whatever comes from a corpus or a user is escaped.

    Parameters
    ----------
    report : TrackReport
    overview : ExcerptFigure
    others : sequence of ExcerptFigure
    roll : RollView
        The notes in audio time, over the spectrum.
    sounds : mapping of str to bytes
        By what they are, Ogg files that begin where the roll does: the recording, and its labels over it.
    """
    evidence = (report.labels.evidence or {}) if report.labels else {}
    return template("inspection.html").render(
        dataset=report.dataset,
        track=report.record.track,
        notices=report.notices,
        facts=_track_facts(report.record) | (_label_facts(report, report.labels) if report.labels else {}),
        evidence=[_describe(name, value) for name, value in evidence.items() if value is not None],
        overview=_figure(overview, roll),
        excerpts=[_figure(each, roll) for each in others],
        sounds={name: data_url(content, "audio/ogg") for name, content in sounds.items()},
        roll=ROLL,
        roll_start=roll.start,
        contents=_contents(report),
        pictured=report.labels is not None,
        rolls=[{"id": ROLL, "view": view_json(roll)}],
        roll_script=page_script(),
    )


def _figure(shown: ExcerptFigure, roll: RollView) -> dict[str, Any]:
    """A figure, and the second from which the roll plays it; None where that has not all of it."""
    inside = roll.start - ROUNDED <= shown.start and shown.stop <= roll.stop + ROUNDED
    name = f"{shown.name}: {shown.start:.1f} to {shown.stop:.1f} s"
    return {"name": name, "src": data_url(shown.picture), "play": max(shown.start, roll.start) if inside else None}


def _contents(report: TrackReport) -> dict[str, str]:
    """Content hashes of the recording, of its label file, and of the aligned notes."""
    found = {"Recording": report.record.content}
    if report.record.notes:
        found["Label file"] = report.record.notes.content
    if report.labels:
        found["Labels"] = report.labels.content
    return {name: content for name, content in found.items() if content}


def _track_facts(record: RawAudioRecord) -> dict[str, str]:
    part = f", from {record.start:g} s on" if record.start else ""
    facts = {
        "Recording": f"{Path(record.path).name}{part}: {_clock(record.duration)}, "
        f"{record.sr} Hz, {record.channels} channel{'s' * (record.channels != 1)}",
        "Work": record.work,
        "Split": record.split,
    }
    return facts | {kind.capitalize(): name for kind, name in record.classes.items()}


def _label_facts(report: TrackReport, labels: LabelsRecord) -> dict[str, str]:
    facts = {}
    if file := report.record.notes:
        facts["Label file"] = f"{Path(file.path).name}, {'promised to be exact' if file.exact else 'to be aligned'}"
    if labels.method is not None:
        facts["Method"] = f"{labels.method}: {report.method}"
        facts |= {"Lag": _lag(labels), "Confidence": _confidence(labels)}
    if report.tempo:
        mean, low, high = report.tempo
        spread = f" ({low:.4f} to {high:.4f})" if high - low >= 5e-5 else ""
        facts["Tempo ratio"] = f"{mean:.4f}{spread} seconds of audio per second of the labels"
    if report.residuals:
        n, median, largest = report.residuals
        facts["Residuals"] = f"{n} places, median {ms(median)}, largest {ms(largest)}"
    if labels.pedal is not None:
        facts |= {"Notes": _notes(labels), "Pedal": PEDAL.get(labels.pedal, labels.pedal)}
    return facts


def _lag(labels: LabelsRecord) -> str:
    applied, measured = labels.lag, labels.measured_lag
    if measured is None:
        return f"{ms(applied)} applied; none could be measured"
    if measured != applied:
        return f"{ms(applied)} applied; {ms(measured)} measured at the first note, not applied"
    return f"{ms(applied)} at the first note"


def _confidence(labels: LabelsRecord) -> str:
    limit = f"; a track below {labels.threshold:.2f} goes to quarantine" if labels.threshold else ""
    return f"{labels.confidence or 0.0:.2f} of 1{limit}"


def _notes(labels: LabelsRecord) -> str:
    counts = labels.counts
    changed = [f"{counts[name]:,} {effect}" for name, effect in COUNTS.items() if counts.get(name)]
    read = f" of {counts['read']:,} in the file" if counts.get("read", labels.n_notes) != labels.n_notes else ""
    return f"{labels.n_notes:,}{read}" + (f" ({', '.join(changed)})" if changed else "")


def _describe(name: str, value: float) -> str:
    return EVIDENCE[name](value) if name in EVIDENCE else f"{name.replace('_', ' ')}: {value}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min"
