"""All that is stored of one dataset, by stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from storage.corpora.split_table import SplitTable
from storage.objects.objects import Objects, open_objects
from storage.tracks.quarantine import Quarantine
from storage.tracks.track_store import TABLE, TrackStore


@dataclass(frozen=True)
class DatasetStore:
    """The stores of one dataset: ``datasets/<name>/<stage>/…``."""

    objects: Objects
    name: str

    @property
    def raw_audio(self) -> TrackStore:
        """The track table: one record per readable recording."""
        return self.stage("raw_audio")

    @property
    def variants(self) -> TrackStore:
        """What was made of recordings of the train split: their sound, and where in it their times are heard."""
        return self.stage("variants")

    def sounding(self) -> list[dict[str, Any]]:
        """The records of the track table and of the variants, sorted by track: all that features hear."""
        made = self.variants.named_records()
        variants = [{**record, "fingerprint": name.rsplit("@", 1)[1]} for name, record in made.items()]
        return sorted(self.raw_audio.records() + variants, key=lambda record: record["track"])

    @property
    def labels(self) -> TrackStore:
        """Notes and their lag."""
        return self.stage("labels")

    def features(self, preset: str) -> TrackStore:
        """Features of one preset."""
        return self.stage(f"features/{preset}")

    def shards(self, preset: str) -> TrackStore:
        """Training examples of one preset."""
        return self.stage(f"shards/{preset}")

    @property
    def quarantine(self) -> Quarantine:
        """What could not be used, and why."""
        return Quarantine(self.objects, f"datasets/{self.name}/quarantine")

    @property
    def splits(self) -> SplitTable:
        """The split of every group of tracks, as it was decided."""
        return SplitTable(self.objects, f"datasets/{self.name}/splits")

    @property
    def landmarks_key(self) -> str:
        """Where the landmarks of all recordings lie in one object."""
        return f"datasets/{self.name}/raw_audio.landmarks.npz"

    @property
    def duplicates_key(self) -> str:
        """Where the pairs of equal recordings are kept."""
        return f"datasets/{self.name}/raw_audio.duplicates.json"

    @property
    def exists(self) -> bool:
        """Whether anything is stored of the dataset."""
        return bool(self.objects.names(f"datasets/{self.name}"))

    def delete(self) -> None:
        """Delete everything that is stored of the dataset."""
        self.objects.delete(f"datasets/{self.name}")

    def presets(self, kind: str) -> list[str]:
        """Presets of which there are ``"features"`` or ``"shards"``, sorted."""
        names = self.objects.names(f"datasets/{self.name}/{kind}")
        return [name for name in names if not name.endswith(TABLE)]

    def stage(self, stage: str) -> TrackStore:
        """The store of the stage called as its asset."""
        return TrackStore(self.objects, f"datasets/{self.name}/{stage}", f"{stage} of {self.name}")


def open_dataset(address: str, name: str) -> DatasetStore:
    """The stores of a dataset at a folder or URL."""
    return DatasetStore(open_objects(address), name)
