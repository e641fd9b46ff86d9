"""Labels, track by track: its classes, and its notes aligned with the recording unless they are exact."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models import aligned_notes, alignment
from mir_models.alignment import ALIGNMENTS, Alignment, MethodParams
from mir_models.errors import TrackError
from mir_models.figures.alignment import overlay
from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from storage.corpora.listing import check_unchanged
from storage.corpora.registrations import Option, Registration, read_notes
from storage.fingerprints import fingerprint
from storage.media import audio
from storage.media.audio import FULL, Part
from storage.media.png import png
from storage.tracks.arrays import Stored
from storage.tracks.note_arrays import to_array
from storage.tracks.records import AlignmentMeasurements, LabelFile, LabelsRecord, RawAudioRecord
from storage.tracks.track_work import Job, Refusal

VERSION = 4
"""Raised when a record or its arrays change for the same label file, recording and alignment.

4: the onsets of the recording come from our own constant-Q transform, which rounds otherwise than librosa's.
3: every note-on of a MIDI file is a note, paired first in, first out, and the record counts what was paired how. Labels
are made anew; shards are drawn again only where the notes changed, by the content of the labels.
"""
DEFAULTS = aligned_notes.Params()


@dataclass(frozen=True)
class Method:
    """How notes are aligned: by which method, with which settings, and the fingerprint of all that."""

    name: str
    settings: MethodParams
    fingerprint: str


@dataclass(frozen=True)
class LabelsItem:
    """The work on one track.

    Attributes
    ----------
    record : RawAudioRecord
    loader : str
    options : mapping
        Of the loader, by which the label file is read.
    method : Method
    params : mir_models.aligned_notes.Params
    """

    record: RawAudioRecord
    loader: str
    options: Mapping[str, Option]
    method: Method
    params: aligned_notes.Params


@dataclass(frozen=True, eq=False)
class LabelNotes:
    """The notes of a label file as they sound.

    Attributes
    ----------
    notes : Notes
        In label time, from the beginning of the track on.
    exact : bool
        Whether the corpus promises that they need no alignment.
    label_content : str
        SHA-256 of the file.
    counts : dict of str to int
        Notes touched by each rule: of `sustain_pedal.Counts` and `midi.MidiCounts`.
    pedal : str
        Rule of the sustain pedal.
    """

    notes: Notes
    exact: bool
    label_content: str
    counts: dict[str, int]
    pedal: str


@dataclass(frozen=True, eq=False)
class Aligned:
    """Notes in label time, their alignment with the recording, its measurements, and the last offset in audio time."""

    notes: Notes
    alignment: Alignment
    measurements: AlignmentMeasurements
    last_offset: float


def jobs(
    records: Sequence[RawAudioRecord], registration: Registration, params: aligned_notes.Params
) -> list[Job[LabelsItem]]:
    """One job per record of the track table."""
    methods = {exact: _method(params, exact=exact) for exact in (True, False)}
    return [_job(record, registration, params, methods) for record in records]


def _method(params: aligned_notes.Params, *, exact: bool) -> Method:
    name, settings = params.method_for(labels_exact=exact)
    versions = [VERSION, sustain_pedal.VERSION, alignment.VERSION, ALIGNMENTS.get(name).VERSION]
    made_with = fingerprint(versions, name, settings, params.performance, params.max_outside, params.restruck)
    return Method(name, settings, made_with)


def _job(
    record: RawAudioRecord, registration: Registration, params: aligned_notes.Params, methods: Mapping[bool, Method]
) -> Job[LabelsItem]:
    notes = record.notes
    method = methods[notes is not None and notes.exact]
    of_notes = [notes.content, notes.pedal, method.fingerprint] if notes else []
    made_from = fingerprint("labels", record.content, record.classes, *of_notes)
    item = LabelsItem(record, registration.loader, registration.options, method, params)
    return Job(record.track, made_from, item, reads=(record.path, notes.path) if notes else ())


def label(item: LabelsItem) -> Stored | Refusal:
    """Runs in a worker: the classes of one track, and its notes aligned with the recording."""
    record = item.record
    if record.notes is None:
        content = fingerprint(record.classes)
        return Stored(
            LabelsRecord(track=record.track, audio_content=record.content, classes=record.classes, content=content)
        )
    with check_unchanged(record.stamp):
        aligned = _align(item, record.notes)
    if isinstance(aligned, Refusal):
        return aligned
    rows, time_map = to_array(aligned.notes), aligned.alignment.time_map.knots
    labels = LabelsRecord(
        track=record.track,
        audio_content=record.content,
        classes=record.classes,
        seconds=record.duration,
        last_offset=aligned.last_offset,
        content=hashlib.sha256(rows.tobytes() + time_map.tobytes()).hexdigest(),
        n_notes=len(aligned.notes),
        **{each.name: getattr(aligned.measurements, each.name) for each in fields(aligned.measurements)},
    )
    return Stored(labels, {"notes": rows, "time_map": time_map, **_measurement(aligned.alignment)})


def _align(item: LabelsItem, file: LabelFile) -> Aligned | Refusal:
    """Read the notes, decode the recording, align."""
    record, settings = item.record, item.method.settings
    recording, part = Path(record.path), Part(record.start, record.end)
    read = read_label_notes(item, file)
    y, sr = audio.read_mono(recording, part)
    with _named_files(Path(file.path), recording):
        found = aligned_notes.align(resample(y, sr, settings.sr), read.notes, item.method.name, settings)
        measurements = alignment_measurements(read, found, settings.confidence_threshold)
        if found.confidence < settings.confidence_threshold:
            explanation = alignment.explain_confidence(found.evidence, settings.judging)
            return _refusal(found, measurements, explanation, Path(file.path), recording)
        notes = read.notes
        if item.params.restruck == aligned_notes.SOUNDING:
            notes, n_moved = aligned_notes.early_restrikes(notes, found, settings)
            measurements = replace(measurements, counts=measurements.counts | {"restruck_early": n_moved})
        if not file.exact and part != FULL:
            notes = aligned_notes.notes_within(notes, found.time_map, record.duration)
        moved = found.time_map.moved(notes)
        aligned_notes.check_inside(moved, record.duration, item.params.max_outside)
    return Aligned(notes, found, measurements, moved.duration)


def read_label_notes(item: LabelsItem, file: LabelFile) -> LabelNotes:
    """The notes of a track's label file as they sound, by the rules of the sustain pedal."""
    record, rules = item.record, item.params.performance
    part = Part(record.start, record.end)
    performance = read_notes(Path(file.path), item.loader, dict(item.options))
    pedal = performance.pedal if file.pedal == "separate" else performance.pedal[:0]
    notes, counts = sustain_pedal.sounding_notes(performance.notes, pedal, rules)
    margin = 0.0 if file.exact else aligned_notes.EXCERPT_MARGIN
    return LabelNotes(
        notes if part == FULL else aligned_notes.excerpt(notes, part.start, record.duration, margin=margin),
        exact=file.exact,
        label_content=file.content,
        counts={**counts.as_dict(), **performance.counts.as_dict()},
        pedal="applied by the corpus" if file.pedal == "applied" else rules.pedal,
    )


def alignment_measurements(read: LabelNotes, found: Alignment, threshold: float) -> AlignmentMeasurements:
    """What a record keeps of notes and their alignment; `threshold` is what the confidence has to reach."""
    return AlignmentMeasurements(
        threshold=threshold,
        exact=read.exact,
        label_content=read.label_content,
        counts=read.counts,
        pedal=read.pedal,
        method=found.method,
        lag=found.lag,
        measured_lag=found.measured_lag,
        tempo_ratio=float(np.median(found.measured.ratios())) if found.measured else None,
        frame_rate=found.frame_rate,
        confidence=round(found.confidence, 4),
        evidence=asdict(found.evidence),
    )


def _measurement(found: Alignment) -> dict[str, NDArray[Any]]:
    """Arrays that show how the notes lie on the recording, without decoding it again; ``heard`` to three digits."""
    knots = found.measured.knots if found.measured else np.zeros((0, 2))
    return {"measured": knots, "residuals": found.residuals, "heard": found.audio_curve.astype(np.float16)}


@contextmanager
def _named_files(label_file: Path, recording: Path) -> Iterator[None]:
    """Name a pair of files in an error about them."""
    try:
        yield
    except TrackError as error:
        received = f"{error.received} in {label_file.name} and {recording.name}"
        raise TrackError(error.expected, received=received, remedy=error.remedy) from error


def _refusal(
    found: Alignment,
    measurements: AlignmentMeasurements,
    explanation: tuple[str, str],
    label_file: Path,
    recording: Path,
) -> Refusal:
    why, remedy = explanation
    received = f"{found.confidence:.2f} ({found.method}, lag {found.lag:.3f} s): {why}"
    reason = TrackError(
        f"an alignment with confidence {measurements.threshold:.2f} or more",
        received=f"{received} in {label_file.name} and {recording.name}",
        remedy=remedy,
    )
    return Refusal(str(reason), png(overlay(found, recording.stem)), measurements)
