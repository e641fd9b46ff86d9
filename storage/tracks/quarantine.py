"""Quarantine: the tracks a stage could not use, each with the reason."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from storage.fingerprints import slug
from storage.objects.objects import Objects


@dataclass(frozen=True)
class Row:
    """One line of the quarantine table; `figures` are what was measured of the track before it was refused."""

    track: str
    stage: str
    reason: str
    figures: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Quarantine:
    """The quarantine of one dataset, one object per track and stage below `prefix`."""

    objects: Objects
    prefix: str

    def put(self, row: Row) -> None:
        """Put a track into quarantine."""
        told = {key: value for key, value in asdict(row).items() if value or key != "figures"}
        content = json.dumps(told, ensure_ascii=False, indent=1).encode()
        self.objects.write(self._key(row.stage, slug(row.track)), content)

    def lift(self, stage: str, track: str) -> None:
        """Release a track from a stage's quarantine."""
        self._lift(stage, slug(track))

    def tracks(self, stage: str) -> set[str]:
        """Slugs of the tracks in a stage's quarantine."""
        return {name.removesuffix(".json") for name in self.objects.names(f"{self.prefix}/{_folder(stage)}")}

    def rows(self, *stages: str) -> list[Row]:
        """The rows of some stages, or of all, sorted by stage and track."""
        folders = [_folder(stage) for stage in stages] or self.objects.names(self.prefix)
        keys = [
            f"{self.prefix}/{folder}/{name}"
            for folder in folders
            for name in self.objects.names(f"{self.prefix}/{folder}")
        ]
        contents = [self.objects.read(key) for key in keys if key.endswith(".json")]
        rows = [Row(**json.loads(content)) for content in contents if content]
        return sorted(rows, key=lambda row: (row.stage, row.track))

    def put_picture(self, stage: str, track: str, png: bytes) -> None:
        """Keep a picture that shows why a track is in quarantine."""
        self.objects.write(self._picture_key(stage, slug(track)), png)

    def picture(self, stage: str, track: str) -> bytes | None:
        """The picture beside a row, if there is one."""
        return self.objects.read(self._picture_key(stage, slug(track)))

    def lift_all_but(self, stage: str, tracks: set[str]) -> None:
        """Release every track but these: what is mended by now, and what is no longer in the dataset."""
        for name in self.tracks(stage) - {slug(track) for track in tracks}:
            self._lift(stage, name)

    def _lift(self, stage: str, name: str) -> None:
        self.objects.delete(self._key(stage, name))
        self.objects.delete(self._picture_key(stage, name))

    def _key(self, stage: str, name: str) -> str:
        return f"{self.prefix}/{_folder(stage)}/{name}.json"

    def _picture_key(self, stage: str, name: str) -> str:
        return f"{self.prefix}-pictures/{_folder(stage)}/{name}.png"


def _folder(stage: str) -> str:
    return stage.replace("/", "-")
