"""Records of models and reports with as little in them as is allowed, for tests to change."""

from __future__ import annotations

from typing import Any

from storage.models.record import ModelRecord
from storage.reports.record import ReportRecord
from storage.tracks.records import FeatureSettings

TASK, ARCHITECTURE = "piano_transcription", "convolutional"


def model_record(**changes: Any) -> ModelRecord:
    """The record of a training."""
    known = {"task": TASK, "architecture": ARCHITECTURE, "preset": "cqt", "feature": FeatureSettings("cqt", 1, {})}
    return ModelRecord(**{**known, **changes})


def report_record(**changes: Any) -> ReportRecord:
    """The record of a report without scores."""
    known = {"task": TASK, "architecture": ARCHITECTURE, "date": "2026-01-31", "fingerprint": "f", "model": "m"}
    return ReportRecord(**{**known, **changes})
