"""Metadata of materialisations: the quarantine track by track, and by cause."""

from __future__ import annotations

from assets.metadata import stage_result
from storage.tracks.quarantine import QuarantineRow
from storage.tracks.stage_update import Outcome


def test_the_quarantine_is_shown_by_track_and_by_cause() -> None:
    rows = [QuarantineRow(f"t{n}", "labels", f"Silent from {n} s on.") for n in range(250)]
    rows.append(QuarantineRow("u", "labels", "No note."))
    metadata = stage_result(Outcome([], [], rows, 0), []).metadata or {}
    causes = [record.data for record in metadata["causes"].records]  # type: ignore[union-attr]
    assert causes == [
        {"tracks": "250", "first": "t0", "reason": "Silent from 0 s on."},
        {"tracks": "1", "first": "u", "reason": "No note."},
    ]
    assert len(metadata["quarantine"].records) == 201  # type: ignore[union-attr]
