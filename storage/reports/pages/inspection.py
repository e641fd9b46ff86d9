"""One track as an HTML page: what is known of its labels, its figures inside, its sound beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from storage.reports.pages.alignment import ms
from storage.reports.pages.templates import data_url, template

EVIDENCE: dict[str, Callable[[Any], str]] = {
    "agreement": lambda agreement: f"Onsets heard and onsets written correlate by {agreement:.2f} (median over parts).",
    "worst_part": lambda agreement: f"In the worst part of the track they correlate by {agreement:.2f}.",
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
    "doubled": "doubled, left out",
    "extended_by_pedal": "extended by the pedal",
    "overlapping": "cut where their key is struck again",
    "lengthened": "lengthened to the shortest duration",
}
"""What was done to how many notes of the label file."""
ROUNDED = 0.05
"""Seconds by which frames and samples may disagree where a recording ends."""


@dataclass(frozen=True)
class Shown:
    """An excerpt on the page: its name, PNG bytes, and its beginning and end in seconds of audio time."""

    name: str
    picture: bytes
    start: float
    stop: float


@dataclass(frozen=True)
class Sound:
    """A sound beside the page.

    Attributes
    ----------
    path : str
        Relative to the page, with ``/``.
    start, stop : float
        The seconds of audio time that are in it.
    offset : float
        Seconds to add to audio time to obtain the time in the file: positive where a track is a part of a recording.
    """

    path: str
    start: float
    stop: float
    offset: float = 0.0

    @property
    def whole(self) -> str:
        """URL of all that belongs to the track."""
        return self._url(self.start, self.stop) if self.offset > 0 else quote(self.path)

    def part(self, start: float, stop: float) -> str | None:
        """URL of a part, given in audio time; None where it is not in the file."""
        inside = self.start - ROUNDED <= start and stop <= self.stop + ROUNDED
        return self._url(start, stop) if inside else None

    def _url(self, start: float, stop: float) -> str:
        """With a media fragment, https://www.w3.org/TR/media-frags, section 4.2.1."""
        return f"{quote(self.path)}#t={max(start + self.offset, 0.0):.3f},{stop + self.offset:.3f}"


def render(
    about: Mapping[str, Any], overview: Shown, places: Sequence[Shown], *, recording: Sound | None, labels: Sound | None
) -> str:
    """The page, in UTF-8 text. Whatever comes from a corpus or a user is escaped.

    Parameters
    ----------
    about : mapping
        ``dataset`` : str.
        ``record`` : the track's row of the track table.
        ``labels`` : the record of its labels, or an empty mapping; see `assets.labels.label`.
        ``method`` : str, what the method of alignment does.
        ``tempo`` : (mean, lowest, highest) seconds of audio per second of the labels, or None.
        ``residuals`` : (number, median, largest), the last two in seconds, or None.
        ``notices`` : sequence of str, e.g. why the track is in quarantine.
    overview : Shown
    places : sequence of Shown
    recording, labels : Sound or None
        The recording, and its labels over it.
    """
    return template("inspection.html").render(
        dataset=about["dataset"],
        track=about["record"]["track"],
        notices=about["notices"],
        facts=_of_track(about["record"]) | (_of_labels(about) if about["labels"] else {}),
        evidence=[_words(name, value) for name, value in _evidence(about)],
        overview=_figure(overview, labels or recording),
        places=[_figure(place, labels or recording) for place in places],
        recording=recording.whole if recording else None,
        labels=labels.whole if labels else None,
        pictured=bool(about["labels"]),
    )


def _figure(shown: Shown, sound: Sound | None) -> dict[str, Any]:
    source = sound.part(shown.start, shown.stop) if sound else None
    name = f"{shown.name}: {shown.start:.1f} to {shown.stop:.1f} s"
    return {"name": name, "src": data_url(shown.picture), "sound": source}


def _of_track(record: Mapping[str, Any]) -> dict[str, str]:
    part = f", from {record['start']:g} s on" if record["start"] else ""
    facts = {
        "Recording": f"{Path(record['path']).name}{part}: {_clock(record['duration'])}, "
        f"{record['sr']} Hz, {record['channels']} channel{'s' * (record['channels'] != 1)}",
        "Work": record["work"],
        "Split": record["split"],
    }
    return facts | {kind.capitalize(): name for kind, name in record["classes"].items()}


def _of_labels(about: Mapping[str, Any]) -> dict[str, str]:
    said, notes = about["labels"], about["record"]["labels"]["notes"]
    promise = "promised to be exact" if notes["exact"] else "to be aligned"
    facts = {"Label file": f"{Path(notes['path']).name}, {promise}"}
    if said["method"] is not None:
        facts["Method"] = f"{said['method']}: {about['method']}"
        facts |= {"Lag": _lag(said), "Confidence": _confidence(said)}
    if about["tempo"]:
        mean, low, high = about["tempo"]
        spread = f" ({low:.4f} to {high:.4f})" if high - low >= 5e-5 else ""
        facts["Tempo ratio"] = f"{mean:.4f}{spread} seconds of audio per second of the labels"
    if about["residuals"]:
        n, median, largest = about["residuals"]
        facts["Residuals"] = f"{n} places, median {ms(median)}, largest {ms(largest)}"
    if "counts" in said:
        facts |= {"Notes": _notes(said), "Pedal": PEDAL.get(said["pedal"], said["pedal"])}
    return facts


def _lag(said: Mapping[str, Any]) -> str:
    applied, measured = said["lag"], said["measured_lag"]
    if measured is None:
        return f"{ms(applied)} applied; none could be measured"
    if measured != applied:
        return f"{ms(applied)} applied; {ms(measured)} measured at the first note, not applied"
    return f"{ms(applied)} at the first note"


def _confidence(said: Mapping[str, Any]) -> str:
    threshold = said.get("threshold")
    limit = f"; a track below {threshold:.2f} goes to quarantine" if threshold else ""
    return f"{said['confidence']:.2f} of 1{limit}"


def _notes(said: Mapping[str, Any]) -> str:
    counts = said["counts"]
    done = [f"{counts[name]:,} {word}" for name, word in COUNTS.items() if counts.get(name)]
    read = f" of {counts['read']:,} in the file" if counts.get("read", said["n_notes"]) != said["n_notes"] else ""
    return f"{said['n_notes']:,}{read}" + (f" ({', '.join(done)})" if done else "")


def _evidence(about: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Name and value of what was measured."""
    return [(name, value) for name, value in (about["labels"].get("evidence") or {}).items() if value is not None]


def _words(name: str, value: Any) -> str:
    return EVIDENCE[name](value) if name in EVIDENCE else f"{name.replace('_', ' ')}: {value}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min"
