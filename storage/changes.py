"""What changed in a corpus since its track table was made, and what of a dataset is stale in consequence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storage.corpus import TrackFiles, stamp
from storage.dataset_store import DatasetStore


@dataclass(frozen=True)
class Changes:
    """Ids of tracks whose files are new, changed or gone since the track table was made, each sorted."""

    new: list[str]
    changed: list[str]
    gone: list[str]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def changes(tracks: Sequence[TrackFiles], dataset: DatasetStore) -> Changes:
    """The files as they lie on disk now against the track table; tracks in quarantine count as known."""
    known = {record["track"]: record["stamp"] for record in dataset.raw_audio.records()}
    refused = {row.track for row in dataset.quarantine.rows("raw_audio")}
    now = {track.id: json.loads(json.dumps(stamp(track))) for track in tracks}
    return Changes(
        new=sorted(now.keys() - known.keys() - refused),
        changed=sorted(track for track in now.keys() & known.keys() if now[track] != known[track]),
        gone=sorted(known.keys() - now.keys()),
    )


def stale_tracks(dataset: DatasetStore, stage: str) -> list[str]:
    """Tracks of a stage that were made of other audio than the track table has now, or of a track it has no longer."""
    current = {record["track"]: record["content"] for record in dataset.raw_audio.records()}
    records: list[dict[str, Any]] = dataset.stage(stage).records()
    return [record["track"] for record in records if current.get(record["track"]) != record["audio"]]
