"""How well the notes of a dataset were aligned: for the UI, for reports, and as a page beside the dataset's stages."""

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from itertools import islice
from statistics import median
from typing import Any

import dagster as dg
import numpy as np

from assets.metadata import picture, table
from mir_models.alignment import Alignment, Evidence
from mir_models.figures.alignment import confidence_against_residual, lag_histogram, overlay
from mir_models.notes.time_map import TimeMap
from storage.fingerprints import fingerprint
from storage.media.png import png
from storage.reports.alignments import AlignmentPage
from storage.reports.pages.alignment import ms, ratio, render
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.quarantine import Row

VERSION = 1
"""Raised when the page changes for the same labels."""
WORST = 12
"""Tracks that are shown as overlays, and pictures of tracks in quarantine, at most."""
OVERLAY_DPI = 90
"""A page holds up to two dozen overlays."""
Rows = list[dict[str, Any]]


def rows(dataset: DatasetStore) -> Rows:
    """What was measured of every track with notes, sorted by track; records of older versions are left out."""
    kept = [(name, record) for name, record in dataset.labels.named_records().items() if "threshold" in record]
    return sorted((_row(record, record["track"], name) for name, record in kept), key=lambda row: row["track"])


def refused_rows(dataset: DatasetStore) -> Rows:
    """What was measured of the tracks whose labels are in quarantine, where anything was."""
    return [_row(row.figures, row.track, "") for row in dataset.quarantine.rows("labels") if row.figures]


def _row(record: dict[str, Any], track: str, name: str) -> dict[str, Any]:
    columns = ("method", "lag", "measured_lag", "tempo_ratio", "confidence", "threshold")
    flat = {key: record[key] for key in columns}
    return {**flat, "residual": record["evidence"]["residual"], "track": track, "name": name}


def measured(found: Rows) -> Rows:
    """The rows in which something was measured."""
    return [row for row in found if row["measured_lag"] is not None]


def figures(found: Rows, refused: Rows) -> dict[str, bytes]:
    """The two figures of the measured rows of one dataset or of several, as PNG by name.

    The lags are those of the tracks that are used; confidence is shown of the refused ones as well.
    """
    lags = lag_histogram([row["measured_lag"] for row in found])
    confidence = confidence_against_residual([*found, *refused])
    return {"lags": png(lags), "confidence": png(confidence)} if found or refused else {}


def tell(dataset: DatasetStore) -> dict[str, Any]:
    """Bring a dataset's page up to date and return what the UI shows; nothing where no track has notes."""
    page = AlignmentPage(dataset.objects, dataset.name)
    if not any("notes" in record["labels"] for record in dataset.raw_audio.records()):
        page.delete()
        return {}
    found = rows(dataset)
    pictures = figures(measured(found), refused_rows(dataset))
    worst = _worst(found)
    _keep(page, dataset, found, worst, pictures)
    return {
        **{name: picture(content, name) for name, content in pictures.items()},
        "worst": table(list(map(_shown, worst)), "track method lag tempo_ratio residual confidence"),
        "page": dg.MetadataValue.path(page.address),
    }


def _keep(page: AlignmentPage, dataset: DatasetStore, found: Rows, worst: Rows, pictures: dict[str, bytes]) -> None:
    """Write the page anew unless it shows just this."""
    refused = dataset.quarantine.rows("labels")
    shown, n_left_out = _pictures(dataset, refused)
    seen = {track: hashlib.sha256(content).hexdigest() for track, content in shown.items()}
    made_from = fingerprint(VERSION, dataset.name, found, refused, seen)
    if page.is_made_from(made_from):
        return
    told = {
        "dataset": dataset.name,
        "made_from": made_from,
        "methods": _methods(found),
        "thresholds": sorted({row["threshold"] for row in found} - {0}),
        "worst": [{**row, "picture": _overlay(dataset, row)} for row in worst],
        "quarantine": [{"track": r.track, "reason": r.reason, "picture": shown.get(r.track)} for r in refused],
        "pictures": f"{dataset.quarantine.prefix}-pictures/labels",
        "left_out": n_left_out,
    }
    page.write(render(told, pictures))


def _worst(found: Rows) -> Rows:
    """The least trusted, and of those the ones that scatter most; what could not be measured has nothing to show."""
    return sorted(measured(found), key=lambda row: (row["confidence"], -row["residual"], row["track"]))[:WORST]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row as the UI's table has it."""
    told = {"lag": ms(row["measured_lag"]), "tempo_ratio": ratio(row["tempo_ratio"]), "residual": ms(row["residual"])}
    return {**row, **told}


def _pictures(dataset: DatasetStore, refused: Sequence[Row]) -> tuple[dict[str, bytes], int]:
    """The first pictures of tracks in quarantine by track, and how many more there are."""
    pictures = {row.track: dataset.quarantine.picture("labels", row.track) for row in refused}
    there = {track: content for track, content in pictures.items() if content}
    return dict(islice(there.items(), WORST)), max(len(there) - WORST, 0)


def _methods(found: Rows) -> Rows:
    names = sorted({row["method"] for row in found})
    return [_summary(name, [row for row in found if row["method"] == name]) for name in names]


def _summary(name: str, found: Rows) -> dict[str, Any]:
    """One method: its tracks, and lowest, median and highest of what was measured."""
    known = measured(found)
    columns = {"lag": "measured_lag", "tempo_ratio": "tempo_ratio", "residual": "residual", "confidence": "confidence"}
    return {
        "method": name,
        "tracks": len(found),
        "unmeasured": len(found) - len(known),
        "applied": name != "none",
        **{shown: _spread([row[column] for row in known]) for shown, column in columns.items()},
    }


def _spread(values: list[float]) -> tuple[float, float, float] | None:
    return (min(values), median(values), max(values)) if values else None


def _overlay(dataset: DatasetStore, row: dict[str, Any]) -> bytes:
    return png(overlay(_alignment(dataset, row), row["track"]), dpi=OVERLAY_DPI)


def _alignment(dataset: DatasetStore, row: dict[str, Any]) -> Alignment:
    """An alignment as far as it is stored: without its correlation function."""
    made_from = row["name"].rsplit("@", 1)[1]
    record = dataset.labels.attributes(row["track"], made_from)
    kept = {name: np.asarray(each[...]) for name, each in dataset.labels.arrays(row["track"], made_from).items()}
    known = [each for each in fields(Evidence) if each.name in record["evidence"]]
    nothing = np.zeros(0)
    return Alignment(
        **{key: record[key] for key in ("method", "lag", "measured_lag", "confidence", "n_notes", "frame_rate")},
        time_map=TimeMap(kept["time_map"]),
        measured=TimeMap(kept["measured"]) if len(kept["measured"]) else None,
        evidence=Evidence(**{each.name: record["evidence"][each.name] for each in known}),
        residuals=kept["residuals"],
        lags=nothing,
        correlation=nothing,
        audio_curve=kept["heard"].astype(np.float32),
        onset_times=kept["notes"][:, 0],
    )
