"""Records of tracks for tests: complete, with what a test says changed."""

from __future__ import annotations

from typing import Any

from storage.tracks.records import (
    AlignmentMeasurements,
    FeaturesRecord,
    LabelFile,
    LabelsRecord,
    RawAudioRecord,
    VariantRecord,
)

NOTES = LabelFile(path="notes.mid", content="0123", exact=False, pedal="separate")


def raw_audio_record(track: str, **changes: Any) -> RawAudioRecord:
    """A recording of 2 s in the train split, without labels."""
    values: dict[str, Any] = {
        "path": f"{track}.wav", "work": track, "split": "train", "labels": {}, "content": f"hash of {track}",
        "file": f"file of {track}", "duration": 2.0, "sr": 22050, "channels": 1, "peak": 0.5,
    }  # fmt: skip
    return RawAudioRecord(**{"track": track, **values, **changes})


def variant_record(track: str, source: str, **changes: Any) -> VariantRecord:
    """A variant of `raw_audio_record(source)`."""
    values: dict[str, Any] = {
        "source": source, "source_content": f"hash of {source}", "content": f"hash of {track}", "applied": ["noise"],
        "duration": 2.0, "sr": 22050, "work": source, "classes": {}, "split": "train",
    }  # fmt: skip
    return VariantRecord(**{"track": track, **values, **changes})


def features_record(track: str, **changes: Any) -> FeaturesRecord:
    """Features of 700 frames."""
    values: dict[str, Any] = {
        "audio_content": f"hash of {track}", "feature": "cqt", "version": 1, "params": {}, "n_frames": 700,
        "not_finite": 0,
    }  # fmt: skip
    return FeaturesRecord(**{"track": track, **values, **changes})


def labels_record(track: str, **changes: Any) -> LabelsRecord:
    """Labels without notes, unless the changes say otherwise."""
    return LabelsRecord(**{"track": track, "audio_content": f"hash of {track}", "content": "4567", **changes})


def alignment_measurements(**changes: Any) -> AlignmentMeasurements:
    """Measurements of an alignment whose confidence is below its threshold."""
    values: dict[str, Any] = {
        "threshold": 0.5, "exact": False, "label_content": "0123", "counts": {"read": 3}, "pedal": "extend",
        "method": "dtw", "lag": 2.5, "measured_lag": 2.5, "tempo_ratio": 1.0, "frame_rate": 100.0, "confidence": 0.1,
        "evidence": {"n_parts": 2, "residual": 0.01},
    }  # fmt: skip
    return AlignmentMeasurements(**{**values, **changes})
