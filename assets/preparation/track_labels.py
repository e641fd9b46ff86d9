"""The notes of one track to be looked at: as its labels are stored, or else as the dataset's method aligns them now."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.preparation.labels import DEFAULTS, LabelsItem, alignment_measurements, jobs, read_label_notes
from mir_models import aligned_notes
from mir_models.errors import TrackError
from mir_models.notes.annotations import NO_NOTES, Notes
from mir_models.notes.time_map import TimeMap
from mir_models.resampling import resample
from storage.corpora.registrations import Registration
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.note_arrays import from_array
from storage.tracks.records import LabelFile, LabelsRecord, RawAudioRecord
from storage.tracks.track_store import fingerprint_of

IDENTITY = TimeMap.shift(0.0)


@dataclass(frozen=True, eq=False)
class TrackLabels:
    """The notes of one track and their alignment.

    Attributes
    ----------
    notes : Notes
        In label time.
    applied, measured : TimeMap
        From label time to audio time; they differ where labels are promised to be exact.
    residuals : (n_anchors, 2) float64
        See `mir_models.alignment.Alignment`.
    onset_envelope : (n_frames,) floating
        Onsets detected in the audio, from 0 s on, `envelope_rate` frames a second; empty where the alignment failed.
    envelope_rate : float
    record : LabelsRecord or None
        None where the track has only classes.
    notices : tuple of str
        What is wrong with the labels.
    """

    notes: Notes = NO_NOTES
    applied: TimeMap = IDENTITY
    measured: TimeMap = IDENTITY
    residuals: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    onset_envelope: NDArray[np.floating] = field(default_factory=lambda: np.zeros(0))
    envelope_rate: float = 1.0
    record: LabelsRecord | None = None
    notices: tuple[str, ...] = ()


def find_labels(
    registration: Registration, dataset: DatasetStore, record: RawAudioRecord, y: NDArray[np.float32], sr: int
) -> TrackLabels:
    """The labels as they are stored, or else as the dataset's method aligns them with the recording `y` now."""
    file = record.notes
    if file is None:
        return TrackLabels()
    item = jobs([record], registration, DEFAULTS)[0].item
    for row in dataset.quarantine.rows("labels"):
        if row.track == record.track:
            return align_now(item, file, y, sr, f"In quarantine, no network is trained on it. {row.reason}")
    found = _stored_record(dataset, record, file)
    arrays = dataset.labels.arrays(record.track, found[0]) if found else {}
    if found is None or "heard" not in arrays:
        notice = f"The labels are not up to date, these are made for this page. mirliton backfill {dataset.name}"
        return align_now(item, file, y, sr, notice)
    return stored_labels({name: np.asarray(array[...]) for name, array in arrays.items()}, found[1])


def _stored_record(dataset: DatasetStore, record: RawAudioRecord, file: LabelFile) -> tuple[str, LabelsRecord] | None:
    """Fingerprint and record of the labels of a track, made of its recording and label file as they are now."""
    for name, labels in dataset.labels.named_records().items():
        if (labels.track, labels.audio_content) == (record.track, record.content) and (
            labels.label_content in (None, file.content)
        ):
            return fingerprint_of(name), labels
    return None


def stored_labels(arrays: Mapping[str, NDArray[Any]], record: LabelsRecord) -> TrackLabels:
    """Labels from the arrays and the record of their store."""
    applied = TimeMap(arrays["time_map"])
    differs = len(arrays["measured"]) and not np.array_equal(arrays["measured"], applied.knots)
    return TrackLabels(
        notes=from_array(arrays["notes"]),
        applied=applied,
        measured=TimeMap(arrays["measured"]) if differs else applied,
        residuals=arrays["residuals"],
        onset_envelope=arrays["heard"],
        envelope_rate=record.frame_rate or 1.0,
        record=record,
    )


def align_now(item: LabelsItem, file: LabelFile, y: NDArray[np.float32], sr: int, notice: str) -> TrackLabels:
    """The labels by the dataset's method at its default settings, whatever the confidence."""
    track, settings, notes = item.record, item.method.settings, NO_NOTES
    record = LabelsRecord(track=track.track, audio_content=track.content, classes=track.classes, content="")
    try:
        read = read_label_notes(item, file)
        notes = read.notes
        record = replace(
            record,
            n_notes=len(notes),
            exact=read.exact,
            label_content=read.label_content,
            counts=read.counts,
            pedal=read.pedal,
        )
        found = aligned_notes.align(resample(y, sr, settings.sr), notes, item.method.name, settings)
    except TrackError as error:  # Shown with what can be drawn all the same.
        shown = notice if str(error) in notice else f"{notice} {error}"
        return TrackLabels(notes=notes, record=record, notices=(shown,))
    measurements = alignment_measurements(read, found, settings.confidence_threshold)
    return TrackLabels(
        notes=notes,
        applied=found.time_map,
        measured=found.time_map if found.measured is None or found.lag == found.measured_lag else found.measured,
        residuals=found.residuals,
        onset_envelope=found.audio_curve,
        envelope_rate=found.frame_rate,
        record=replace(record, **asdict(measurements)),
        notices=(notice,),
    )
