"""What changed in a corpus since its track table was made, and what of a dataset is stale in consequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storage.corpora.listing import Listing, TrackFiles, identity
from storage.tracks.dataset_store import DatasetStore

Record = dict[str, Any]
_SAID = ("audio", "classes", "split", "notes")
"""What the record of a track's shards says of their ingredients."""


@dataclass(frozen=True)
class Changes:
    """Ids of tracks whose files are new, changed or gone since the track table was made, each sorted."""

    new: list[str]
    changed: list[str]
    gone: list[str]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def changes(tracks: Sequence[TrackFiles], dataset: DatasetStore) -> Changes:
    """The corpus as it lies on disk now against the track table; tracks in quarantine count as known."""
    known = {record["track"]: record.get("identity") for record in dataset.raw_audio.records()}
    refused = {row.track for row in dataset.quarantine.rows("raw_audio")}
    now = {track.id: identity(track) for track in tracks}
    return Changes(
        new=sorted(now.keys() - known.keys() - refused),
        changed=sorted(track for track in now.keys() & known.keys() if now[track] != known[track]),
        gone=sorted(known.keys() - now.keys()),
    )


def gone(listing: Listing, dataset: DatasetStore) -> list[str]:
    """Known tracks that the corpus no longer names, be it as usable, as left out or as refused; sorted."""
    named = {track.id for track in listing.tracks} | listing.dropped.keys() | listing.refused.keys()
    return sorted({record["track"] for record in dataset.raw_audio.records()} - named)


def stale_tracks(dataset: DatasetStore, stage: str) -> list[str]:
    """Tracks of a stage, variants too, that were made of other files or of another split than the table has now."""
    heard = {record["track"]: record for record in dataset.sounding()}
    labels = {record["track"]: record for record in dataset.labels.records()}
    kind = stage.split("/")[0]
    fits = {"variants": _of_variants, "features": _of_features, "labels": _of_labels, "shards": _of_shards}[kind]
    stale = []
    for made in dataset.stage(stage).records():
        now = heard.get(made["track"], {})
        source = now.get("source", made["track"])
        if source not in heard or not now or not fits(made, now, heard[source], labels.get(source)):
            stale.append(made["track"])
    return stale


def _of_variants(made: Record, now: Record, raw: Record, label: Record | None) -> bool:
    return [made["of"], made["work"], made["classes"], made["split"]] == [
        raw[key] for key in ("content", "work", "classes", "split")
    ]


def _of_features(made: Record, now: Record, raw: Record, label: Record | None) -> bool:
    return bool(made.get("audio") == now["content"])


def _of_labels(made: Record, now: Record, raw: Record, label: Record | None) -> bool:
    score = raw["labels"]["notes"]["content"] if raw["labels"] else None
    return [made.get(key) for key in ("audio", "classes", "score")] == [raw["content"], raw.get("classes"), score]


def _of_shards(made: Record, now: Record, raw: Record, label: Record | None) -> bool:
    notes = label["content"] if label and label["n_notes"] else None
    said = [now["content"], now.get("classes"), now["split"], notes]
    return label is not None and _of_labels(label, raw, raw, None) and [made.get(key) for key in _SAID] == said
