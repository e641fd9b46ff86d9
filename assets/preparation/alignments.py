"""How well the notes of a dataset were aligned: rows for reports, figures, and the page of a dataset."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import islice
from statistics import median
from typing import TypedDict

import numpy as np

from mir_models.alignment import Alignment, Evidence
from mir_models.figures.alignment import confidence_against_residual, lag_histogram, overlay
from mir_models.notes.time_map import TimeMap
from storage.fingerprints import fingerprint
from storage.media.png import png
from storage.reports.alignments import AlignmentPage
from storage.reports.pages.alignment import AlignmentContent, MethodRow, Spread, WorstTrack, render
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.quarantine import QuarantineRow
from storage.tracks.records import AlignmentMeasurements
from storage.tracks.track_store import fingerprint_of

VERSION = 3
"""Raised when the page changes for the same labels."""
WORST = 12
"""Tracks that are shown as overlays, and pictures of tracks in quarantine, at most."""
OVERLAY_DPI = 90
"""A page holds up to two dozen overlays."""


class AlignmentRow(TypedDict):
    """What was measured of one track; see `AlignmentMeasurements`. `name` is that of its labels in their store."""

    track: str
    name: str
    method: str
    lag: float
    measured_lag: float | None
    tempo_ratio: float | None
    confidence: float
    threshold: float
    residual: float


@dataclass(frozen=True)
class AlignmentSummary:
    """The alignments of a dataset in short.

    Attributes
    ----------
    pictures : dict of str to bytes
        PNG by name; see `figures`. Empty where the page was up to date.
    worst : list of AlignmentRow
        The tracks that are trusted least, worst first.
    page : str
        Path or URL of the page.
    """

    pictures: dict[str, bytes]
    worst: list[AlignmentRow]
    page: str


Rows = Sequence[AlignmentRow]


def alignment_rows(dataset: DatasetStore) -> list[AlignmentRow]:
    """What was measured of every track with notes, sorted by track; records of older versions are left out."""
    named = dataset.labels.named_records().items()
    rows = [_row(measured, record.track, name) for name, record in named if (measured := record.alignment)]
    return sorted(rows, key=lambda row: row["track"])


def refused_rows(dataset: DatasetStore) -> list[AlignmentRow]:
    """What was measured of the tracks whose labels are in quarantine, where anything was."""
    return [_row(row.measurements, row.track, "") for row in dataset.quarantine.rows("labels") if row.measurements]


def _row(measured: AlignmentMeasurements, track: str, name: str) -> AlignmentRow:
    return {
        "track": track,
        "name": name,
        "method": measured.method,
        "lag": measured.lag,
        "measured_lag": measured.measured_lag,
        "tempo_ratio": measured.tempo_ratio,
        "confidence": measured.confidence,
        "threshold": measured.threshold,
        "residual": measured.evidence["residual"] or 0.0,
    }


def measured_rows(rows: Rows) -> list[AlignmentRow]:
    """The rows in which a lag was measured."""
    return [row for row in rows if row["measured_lag"] is not None]


def figures(accepted: Rows, refused: Rows) -> dict[str, bytes]:
    """The two figures of the measured rows of one dataset or of several, as PNG by name: ``lags``, ``confidence``.

    The lags are those of the accepted tracks; confidence is shown of the refused ones as well.
    """
    lags = lag_histogram([row["measured_lag"] for row in accepted if row["measured_lag"] is not None])
    confidence = confidence_against_residual([*accepted, *refused])
    return {"lags": png(lags), "confidence": png(confidence)} if accepted or refused else {}


def update_page(dataset: DatasetStore) -> AlignmentSummary | None:
    """Write a dataset's page anew if it has changed; None, and no page, where no track has notes."""
    page = AlignmentPage(dataset.objects, dataset.name)
    if not any(record.notes for record in dataset.raw_audio.records()):
        page.delete()
        return None
    rows = alignment_rows(dataset)
    worst = _worst(rows)
    return AlignmentSummary(_write(page, dataset, rows, worst), worst, page.address)


def _write(page: AlignmentPage, dataset: DatasetStore, rows: Rows, worst: Rows) -> dict[str, bytes]:
    """Write the page with its figures, which are returned, unless it was made from the same: then none are drawn."""
    refused = dataset.quarantine.rows("labels")
    shown, n_left_out = _pictures(dataset, refused)
    hashes = {track: hashlib.sha256(content).hexdigest() for track, content in shown.items()}
    made_from = fingerprint(VERSION, dataset.name, rows, [row.to_json() for row in refused], hashes)
    if page.is_made_from(made_from):
        return {}
    pictures = figures(measured_rows(rows), refused_rows(dataset))
    content: AlignmentContent = {
        "dataset": dataset.name,
        "made_from": made_from,
        "methods": _methods(rows),
        "thresholds": sorted({row["threshold"] for row in rows} - {0}),
        "worst": [_with_picture(dataset, row) for row in worst],
        "quarantine": [{"track": r.track, "reason": r.reason, "picture": shown.get(r.track)} for r in refused],
        "pictures": f"{dataset.quarantine.prefix}-pictures/labels",
        "left_out": n_left_out,
    }
    page.write(render(content, pictures))
    return pictures


def _worst(rows: Rows) -> list[AlignmentRow]:
    """The least trusted, and of those the ones that scatter most; what could not be measured has nothing to show."""
    return sorted(measured_rows(rows), key=lambda row: (row["confidence"], -row["residual"], row["track"]))[:WORST]


def _pictures(dataset: DatasetStore, refused: Sequence[QuarantineRow]) -> tuple[dict[str, bytes], int]:
    """The first pictures of tracks in quarantine by track, and how many more there are."""
    pictures = {row.track: dataset.quarantine.picture("labels", row.track) for row in refused}
    found = {track: content for track, content in pictures.items() if content}
    return dict(islice(found.items(), WORST)), max(len(found) - WORST, 0)


def _methods(rows: Rows) -> list[MethodRow]:
    names = sorted({row["method"] for row in rows})
    return [_summary(name, [row for row in rows if row["method"] == name]) for name in names]


def _summary(name: str, rows: Rows) -> MethodRow:
    measured = measured_rows(rows)
    return {
        "method": name,
        "tracks": len(rows),
        "unmeasured": len(rows) - len(measured),
        "applied": name != "none",
        "lag": _spread([row["measured_lag"] for row in measured]),
        "tempo_ratio": _spread([row["tempo_ratio"] for row in measured]),
        "residual": _spread([row["residual"] for row in measured]),
        "confidence": _spread([row["confidence"] for row in measured]),
    }


def _spread(values: Sequence[float | None]) -> Spread | None:
    given = [value for value in values if value is not None]
    return (min(given), median(given), max(given)) if given else None


def _with_picture(dataset: DatasetStore, row: AlignmentRow) -> WorstTrack:
    return {
        "track": row["track"],
        "method": row["method"],
        "measured_lag": row["measured_lag"],
        "tempo_ratio": row["tempo_ratio"],
        "residual": row["residual"],
        "confidence": row["confidence"],
        "picture": _overlay(dataset, row),
    }


def _overlay(dataset: DatasetStore, row: AlignmentRow) -> bytes:
    return png(overlay(stored_alignment(dataset, row), row["track"]), dpi=OVERLAY_DPI)


def stored_alignment(dataset: DatasetStore, row: AlignmentRow) -> Alignment:
    """An alignment as far as it is stored: without its correlation function.

    Raises
    ------
    ValueError
        When the labels have no alignment.
    """
    made_from = fingerprint_of(row["name"])
    record = dataset.labels.record(row["track"], made_from)
    kept = {name: np.asarray(each[...]) for name, each in dataset.labels.arrays(row["track"], made_from).items()}
    if (found := record.alignment) is None:
        raise ValueError(f"Labels that were aligned. Received: those of {row['track']}, which has none.")
    nothing = np.zeros(0)
    return Alignment(
        method=found.method,
        lag=found.lag,
        measured_lag=found.measured_lag,
        confidence=found.confidence,
        n_notes=record.n_notes,
        frame_rate=found.frame_rate,
        time_map=TimeMap(kept["time_map"]),
        measured=TimeMap(kept["measured"]) if len(kept["measured"]) else None,
        evidence=_evidence(found),
        residuals=kept["residuals"],
        lags=nothing,
        correlation=nothing,
        audio_curve=kept["heard"].astype(np.float32),
        onset_times=kept["notes"][:, 0],
    )


def _evidence(found: AlignmentMeasurements) -> Evidence:
    values = {each.name: found.evidence[each.name] for each in fields(Evidence) if each.name in found.evidence}
    return Evidence(**values)  # type: ignore[arg-type]  # numbers as this class wrote them
