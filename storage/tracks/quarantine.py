"""Quarantine: the tracks that a stage could not use, each with the reason."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import ClassVar

from storage.fingerprints import slug
from storage.objects.objects import Objects
from storage.records import Record
from storage.tracks.records import AlignmentMeasurements


@dataclass(frozen=True)
class QuarantineRow(Record):
    """One row of the quarantine table.

    Attributes
    ----------
    track, stage, reason : str
    measurements : AlignmentMeasurements or None
        What was measured of a track whose labels were refused.
    """

    KEYS: ClassVar = {"measurements": "figures"}
    OPTIONAL: ClassVar = frozenset({"measurements"})
    NESTED: ClassVar = {"measurements": AlignmentMeasurements}

    track: str
    stage: str
    reason: str
    measurements: AlignmentMeasurements | None = field(default=None, hash=False)


@dataclass(frozen=True)
class Quarantine:
    """The quarantine of one dataset, one object per track and stage below `prefix`."""

    objects: Objects
    prefix: str

    def put(self, row: QuarantineRow) -> None:
        """Put a track into quarantine."""
        content = json.dumps(row.to_json(), ensure_ascii=False, indent=1).encode()
        self.objects.write(self._key(row.stage, slug(row.track)), content)

    def lift(self, stage: str, track: str) -> None:
        """Release a track from a stage's quarantine."""
        self._lift(stage, slug(track))

    def tracks(self, stage: str) -> set[str]:
        """Slugs of the tracks in a stage's quarantine."""
        return {name.removesuffix(".json") for name in self.objects.names(f"{self.prefix}/{_folder(stage)}")}

    def rows(self, *stages: str) -> list[QuarantineRow]:
        """The rows of some stages, or of all, sorted by stage and track."""
        folders = [_folder(stage) for stage in stages] or self.objects.names(self.prefix)
        keys = [
            f"{self.prefix}/{folder}/{name}"
            for folder in folders
            for name in self.objects.names(f"{self.prefix}/{folder}")
        ]
        contents = {key: self.objects.read(key) for key in keys if key.endswith(".json")}
        rows = [_row(key, content) for key, content in contents.items() if content is not None]
        return sorted(rows, key=lambda row: (row.stage, row.track))

    def put_picture(self, stage: str, track: str, png: bytes) -> None:
        """Store a picture that shows why a track is in quarantine."""
        self.objects.write(self._picture_key(stage, slug(track)), png)

    def picture(self, stage: str, track: str) -> bytes | None:
        """The picture of a track in quarantine, if there is one."""
        return self.objects.read(self._picture_key(stage, slug(track)))

    def lift_all_but(self, stage: str, tracks: set[str]) -> None:
        """Release every track but these: those mended by now, and those no longer in the dataset."""
        for name in self.tracks(stage) - {slug(track) for track in tracks}:
            self._lift(stage, name)

    def _lift(self, stage: str, name: str) -> None:
        self.objects.delete(self._key(stage, name))
        self.objects.delete(self._picture_key(stage, name))

    def _key(self, stage: str, name: str) -> str:
        return f"{self.prefix}/{_folder(stage)}/{name}.json"

    def _picture_key(self, stage: str, name: str) -> str:
        return f"{self.prefix}-pictures/{_folder(stage)}/{name}.png"


def _row(key: str, content: bytes) -> QuarantineRow:
    return QuarantineRow.from_bytes(content, where=key, remedy="delete that file: the next backfill writes it")


def _folder(stage: str) -> str:
    return stage.replace("/", "-")
