"""All that is stored of one dataset, by stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from storage.corpora.promotion_split import PromotionTracks
from storage.corpora.split_table import SplitTable
from storage.objects.objects import Objects, open_objects
from storage.tracks.quarantine import Quarantine
from storage.tracks.records import (
    FeaturesRecord,
    LabelsRecord,
    RawAudioRecord,
    ShardsRecord,
    TrackRecord,
    VariantRecord,
)
from storage.tracks.track_store import TABLE, R_co, TrackStore, fingerprint_of

KINDS: Mapping[str, type[TrackRecord]] = {
    "raw_audio": RawAudioRecord,
    "variants": VariantRecord,
    "features": FeaturesRecord,
    "labels": LabelsRecord,
    "shards": ShardsRecord,
}
"""The class of the records of each stage."""


class DatasetAddress(NamedTuple):
    """Where a dataset is stored: folder or URL of the stores, and its name; `open_dataset` takes both."""

    store: str
    name: str


@dataclass(frozen=True)
class AudioTrack:
    """A recording or a variant of one: what features are extracted from.

    Attributes
    ----------
    record : RawAudioRecord or VariantRecord
    fingerprint : str
        Under which it is stored.
    """

    record: RawAudioRecord | VariantRecord
    fingerprint: str

    @property
    def track(self) -> str:
        """Its id."""
        return self.record.track

    @property
    def recording(self) -> str:
        """Id of the recording that it is or was made of, whose labels it has."""
        return self.record.source if isinstance(self.record, VariantRecord) else self.record.track


@dataclass(frozen=True)
class DatasetStore:
    """The stores of one dataset: ``datasets/<name>/<stage>/…``."""

    objects: Objects
    name: str

    @property
    def address(self) -> DatasetAddress:
        """With which `open_dataset` opens the same stores in another process."""
        return DatasetAddress(self.objects.address, self.name)

    @property
    def raw_audio(self) -> TrackStore[RawAudioRecord]:
        """The track table: one record per readable recording."""
        return self._stage("raw_audio", RawAudioRecord)

    @property
    def variants(self) -> TrackStore[VariantRecord]:
        """Augmented variants of recordings of the train split: their audio and their time map."""
        return self._stage("variants", VariantRecord)

    def audio_tracks(self) -> list[AudioTrack]:
        """The recordings and their variants, sorted by track: all that features are extracted from."""
        stores = (self.raw_audio, self.variants)
        named = [pair for store in stores for pair in store.named_records().items()]
        return sorted((AudioTrack(record, fingerprint_of(name)) for name, record in named), key=lambda each: each.track)

    @property
    def labels(self) -> TrackStore[LabelsRecord]:
        """Classes, notes and their alignment."""
        return self._stage("labels", LabelsRecord)

    def features(self, preset: str) -> TrackStore[FeaturesRecord]:
        """Features of one preset."""
        return self._stage(f"features/{preset}", FeaturesRecord)

    def shards(self, preset: str) -> TrackStore[ShardsRecord]:
        """Training examples of one preset."""
        return self._stage(f"shards/{preset}", ShardsRecord)

    @property
    def quarantine(self) -> Quarantine:
        """The tracks that could not be used, and why."""
        return Quarantine(self.objects, f"datasets/{self.name}/quarantine")

    @property
    def splits(self) -> SplitTable:
        """The split of every group of tracks, as it was decided."""
        return SplitTable(self.objects, f"datasets/{self.name}/splits")

    @property
    def promotion(self) -> PromotionTracks:
        """The tracks of validation that models are compared on, and nothing else."""
        return PromotionTracks(self.objects, f"datasets/{self.name}/promotion.json")

    @property
    def landmarks_key(self) -> str:
        """The object with the landmarks of all recordings."""
        return f"datasets/{self.name}/raw_audio.landmarks.npz"

    @property
    def duplicates_key(self) -> str:
        """The object with the pairs of equal recordings."""
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

    def stage(self, stage: str) -> TrackStore[TrackRecord]:
        """The store of the stage called as its asset, e.g. ``"features/cqt"``."""
        return self._stage(stage, KINDS.get(stage.split("/")[0], TrackRecord))

    def _stage(self, stage: str, kind: type[R_co]) -> TrackStore[R_co]:
        return TrackStore(self.objects, f"datasets/{self.name}/{stage}", f"{stage} of {self.name}", kind)


def open_dataset(address: str, name: str) -> DatasetStore:
    """The stores of a dataset at a folder or URL."""
    return DatasetStore(open_objects(address), name)
