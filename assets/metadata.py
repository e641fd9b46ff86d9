"""Metadata of materialisations for the Dagster UI: tables, pictures, counts."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from storage.fingerprints import fingerprint
from storage.records import Record
from storage.tracks.quarantine import QuarantineRow
from storage.tracks.quarantine_groups import group_rows
from storage.tracks.stage_update import Outcome

ROWS_SHOWN = 200
"""Rows of a table, at most: Dagster stores and shows every one with every event."""


def stage_result(
    outcome: Outcome, fingerprints: Sequence[str], checks: Sequence[dg.AssetCheckResult] = (), **more: Any
) -> dg.MaterializeResult:
    """The result of a stage: how many tracks were made, kept and quarantined, the quarantine, and `more`."""
    return dg.MaterializeResult(
        metadata={
            "tracks": outcome.n_tracks,
            "made": len(outcome.made),
            "up_to_date": len(outcome.kept),
            "superseded": outcome.superseded,
            "quarantined": len(outcome.quarantined),
            "quarantine": quarantine_table(outcome.quarantined),
            "causes": causes_table(outcome.quarantined),
            **more,
        },
        data_version=dg.DataVersion(fingerprint(fingerprints)),
        check_results=checks,
    )


def quarantine_table(rows: Sequence[QuarantineRow]) -> dg.TableMetadataValue:
    """The table track, stage, reason."""
    return table([{"track": row.track, "stage": row.stage, "reason": row.reason} for row in rows], "track stage reason")


def causes_table(rows: Sequence[QuarantineRow]) -> dg.TableMetadataValue:
    """The table of causes: how many tracks have one, the first of them, and its reason."""
    groups = group_rows(rows)
    found = [{"tracks": len(each.rows), "first": each.first.track, "reason": each.first.reason} for each in groups]
    return table(found, "tracks first reason")


def table(rows: Sequence[Mapping[str, Any] | Record], columns: str) -> dg.TableMetadataValue:
    """A table of the named columns, at most 200 rows of it."""
    schema = dg.TableSchema(columns=[dg.TableColumn(column, "string") for column in columns.split()])
    shown = [row.to_json() if isinstance(row, Record) else row for row in rows[:ROWS_SHOWN]]
    records = [dg.TableRecord({column: str(row[column]) for column in columns.split()}) for row in shown]
    if len(rows) > ROWS_SHOWN:
        first, *others = columns.split()
        more = f"… and {len(rows) - ROWS_SHOWN} more: mirliton datasets NAME"
        records.append(dg.TableRecord({first: more, **dict.fromkeys(others, "")}))
    return dg.MetadataValue.table(records=records, schema=schema)


def picture(png: bytes, name: str) -> dg.MarkdownMetadataValue:
    """A PNG shown within the metadata."""
    return dg.MetadataValue.md(f"![{name}](data:image/png;base64,{base64.b64encode(png).decode()})")
