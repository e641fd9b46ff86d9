"""Reports of networks for tests of comparisons: note scores of three tracks."""

from __future__ import annotations

from typing import Any

from storage.reports.record import ReportRecord
from tests.assets.evaluation.test_pages import report, row

TRACKS = ("a", "b", "c")


def network_report(name: str, f1: float, *, baseline: float = 0.4, **convention: Any) -> ReportRecord:
    """A report whose tracks have note onset F1 of `f1`, a tenth less and a tenth more."""
    found = report(architecture=name, task="piano_transcription", fingerprint=f"{name:x<16}", preset="cqt")
    steps = dict(zip(TRACKS, (-0.1, 0.0, 0.1), strict=True))
    found.evaluation["tracks"] = [row(track, f1 + step) for track, step in steps.items()]
    for each in found.evaluation["tracks"]:
        each["note_onset_offset_velocity_f1"] = None
    kept = {
        "f1": baseline,
        "note_onset_f1": baseline,
        "note_onset_offset_f1": 0.1,
        "note_onset_offset_velocity_f1": None,
    }
    found.evaluation["baseline_tracks"] = {"energy": dict.fromkeys(TRACKS, kept)}
    found.evaluation["convention"] |= {"datasets": ["mine"], "n_tracks": 3, **convention}
    return found


def class_report(name: str, estimates: str, *, majority: str = "xxxx") -> ReportRecord:
    """A report of a classification of four tracks, two of class x and two of class y; a letter per estimate."""
    found = report(architecture=name, task="genre_recognition", fingerprint=name)
    tracks = dict(zip("abcd", zip("xxyy", estimates, strict=True), strict=True))
    bootstrap = {"over": "tracks", "level": 0.95, "n_resamples": 100, "seed": 0}
    convention = {"datasets": ["mine"], "split": "test", "label": "genre", "vote": "mean", "bootstrap": bootstrap}
    found.evaluation.clear()
    found.evaluation.update(
        accuracy=0.5,
        classes=["y", "x"],
        tracks=[{"track": name, "wanted": true, "answered": est} for name, (true, est) in tracks.items()],
        baseline_answers={"majority": dict(zip("abcd", majority, strict=True))},
        convention=convention,
    )
    return found
