"""Records of tracks: the JSON that earlier versions wrote is read, and written back the same."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from mir_models.errors import MirlitonError
from storage.tracks.quarantine import QuarantineRow
from storage.tracks.records import (
    FeatureSettings,
    FeaturesRecord,
    LabelsRecord,
    RawAudioRecord,
    ShardsRecord,
    TrackRecord,
    VariantRecord,
)
from tests.storage.track_records import alignment_measurements, labels_record

CLASSES = {
    "track": "a", "audio": "1", "classes": {"genre": "Rock"}, "method": None, "score": None, "lag": 0.0,
    "measured_lag": None, "confidence": None, "n_notes": 0, "counts": {}, "content": "2",
}  # fmt: skip
SILENT = {
    "track": "a", "audio": "1", "classes": {}, "threshold": 0.0, "exact": True, "score": "3", "counts": {"read": 2},
    "pedal": "extend", "method": "none", "lag": 0.0, "measured_lag": None, "tempo_ratio": None, "frame_rate": 100.0,
    "confidence": 0.0, "evidence": {"n_parts": 1, "residual": 0.0}, "seconds": 2.0, "last_offset": 1.5,
    "content": "2", "n_notes": 2,
}  # fmt: skip
VARIANT = {
    "track": "a~variant-1", "source": "a", "of": "1", "content": "2", "applied": ["noise"], "duration": 2.0,
    "sr": 22050, "work": "w", "classes": {}, "split": "train",
}  # fmt: skip
FEATURES = {
    "track": "a", "audio": "1", "feature": "cqt", "version": 1, "params": {"sr": 22050, "fmin": 27.5, "unit": "dB"},
    "n_frames": 700, "not_finite": 0,
}  # fmt: skip
SHARDS = {
    "track": "a", "work": "w", "split": "train", "audio": "1", "classes": {"genre": "Rock"}, "notes": None,
    "feature": {"feature": "cqt", "version": 1, "params": {"n_bins": 99}}, "n_frames": 700, "n_shards": 2,
    "seconds": 16.25,
}  # fmt: skip
DRAWN = {**SHARDS, "notes": "2", "targets": {"regressed_onsets": 2, "version": 1}}


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (LabelsRecord, CLASSES),
        (LabelsRecord, SILENT),
        (VariantRecord, VARIANT),
        (FeaturesRecord, FEATURES),
        (ShardsRecord, SHARDS),
        (ShardsRecord, DRAWN),
    ],
)
def test_what_was_written_is_read_and_written_back(kind: type[TrackRecord], values: dict[str, Any]) -> None:
    record = kind.from_json(values, where="a.json")
    assert json.dumps(record.to_json(), sort_keys=True) == json.dumps(values, sort_keys=True)


def test_labels_have_an_alignment_where_notes_were_aligned() -> None:
    assert LabelsRecord.from_json(CLASSES, where="a.json").alignment is None
    found = LabelsRecord.from_json(SILENT, where="a.json").alignment
    assert found is not None
    assert (found.method, found.measured_lag, found.exact, found.evidence["n_parts"]) == ("none", None, True, 1)
    measurements = alignment_measurements()
    assert labels_record("a", n_notes=3, **asdict(measurements)).alignment == measurements


def test_the_settings_of_features_are_those_of_their_shards() -> None:
    record = FeaturesRecord.from_json(FEATURES, where="a.json")
    assert record.settings == FeatureSettings("cqt", 1, {"sr": 22050, "fmin": 27.5, "unit": "dB"})


def test_a_recording_of_an_early_version_has_defaults_and_the_key_of_its_decoding_stays() -> None:
    values = {"track": "a", "path": "a.wav", "work": "w", "split": "test", "labels": {}, "content": "1"}
    early = RawAudioRecord.from_json({**values, "duration": 2, "sr": 22050, "channels": 1, "peak": 1}, where="a.json")
    assert (early.identity, early.stamp, early.audio_decoding, early.classes, early.notes) == (None, [], None, {}, None)
    later = RawAudioRecord.from_json({**early.to_json(), "heard": "0123", "stamp": [["a.wav", 5, 6]]}, where="a.json")
    assert (later.audio_decoding, later.stamp) == ("0123", [("a.wav", 5, 6)])
    assert later.to_json()["heard"] == "0123"


@pytest.mark.parametrize(
    ("change", "expected", "received"),
    [
        ({"stamp": [["a.wav", "5", 6]]}, r"stamp\[0\]\[1\] of type int \| null in a\.json", "one of type str"),
        ({"labels": {"notes": {"path": "a.mid"}}}, r"the key labels\[\.\.\.\]\.content in a\.json", "none"),
        ({"heard": 5}, r"heard of type str \| null in a\.json", "one of type int"),
    ],
)
def test_a_wrong_value_is_named_with_file_key_and_kinds(change: dict[str, Any], expected: str, received: str) -> None:
    values = {"track": "a", "path": "a.wav", "work": "w", "split": "test", "labels": {}, "content": "1"}
    values |= {"duration": 2.0, "sr": 22050, "channels": 1, "peak": 1.0} | change
    with pytest.raises(MirlitonError, match=f"Expected {expected}. Received: {received}. Remedy: backfill"):
        RawAudioRecord.from_json(values, where="a.json", remedy="backfill")


def test_a_row_of_the_quarantine_is_read_with_its_measurements() -> None:
    figures = alignment_measurements(tempo_ratio=None).to_json()
    values = {"track": "a", "stage": "labels", "reason": "x", "figures": figures}
    row = QuarantineRow.from_json(values, where="a.json")
    assert row == QuarantineRow("a", "labels", "x", alignment_measurements(tempo_ratio=None))
    assert row.to_json() == values
    assert figures["score"] == "0123"
    assert "figures" not in QuarantineRow("a", "labels", "x").to_json()


@pytest.mark.parametrize(
    ("score", "expected", "received"),
    [
        ({}, r"the key figures\.score in a\.json", "none"),
        ({"score": 5}, r"figures\.score of type str", "one of type int"),
    ],
)
def test_a_wrong_value_within_a_record_is_named_with_its_keys(score: Any, expected: str, received: str) -> None:
    figures = {key: value for key, value in alignment_measurements().to_json().items() if key != "score"}
    values = {"track": "a", "stage": "labels", "reason": "x", "figures": {**figures, **score}}
    with pytest.raises(MirlitonError, match=f"Expected {expected}.*Received: {received}"):
        QuarantineRow.from_json(values, where="a.json")
