"""A track store: what one stage made of the tracks of one dataset, each addressed by its fingerprint.

``<prefix>/<slug>@<fingerprint>`` is a zarr group, there completely or not at all. The store itself is a zarr group, so
``zarr.open_group`` lists its tracks.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from mir_models.errors import MirlitonError
from storage.fingerprints import slug
from storage.objects.objects import Objects
from storage.records import JsonObject, parse_json_object
from storage.tracks import arrays
from storage.tracks.arrays import Stored
from storage.tracks.records import TrackRecord

if TYPE_CHECKING:
    from storage.tracks.arrays import ZarrArray

R_co = TypeVar("R_co", bound=TrackRecord, covariant=True)
_GROUP = json.dumps({"attributes": {}, "zarr_format": 3, "node_type": "group"}, indent=2).encode()

TABLE = ".records.json"
"""Ending of the key of a store's table of records: ``<prefix>.records.json``."""
_REMEDY = "delete that folder and run the backfill again: it makes what is missing"
_TABLE_REMEDY = "delete that file: it is made again from the tracks"


@dataclass(frozen=True)
class TrackStore(Generic[R_co]):
    """The tracks of one stage of a dataset.

    Attributes
    ----------
    objects : Objects
    prefix : str
        Folder of the store in `objects`.
    stage : str
        Names stage and dataset in messages.
    kind : type of TrackRecord
        The class of its records.
    """

    objects: Objects
    prefix: str
    stage: str
    kind: type[R_co]

    def held(self) -> set[str]:
        """Names, ``<slug>@<fingerprint>``, of all tracks that are there completely."""
        return {name for name in self.objects.trees(self.prefix) if "@" in name}

    def fingerprints(self) -> dict[str, str]:
        """Fingerprint by slug of all tracks that are there."""
        return dict(name.rsplit("@", 1) for name in sorted(self.held()))

    def versions(self) -> dict[str, list[str]]:
        """By slug, the names of all that is there, complete or not."""
        found: dict[str, list[str]] = {}
        for each in self.objects.names(self.prefix):
            if "@" in each:
                found.setdefault(each.rsplit("@", 1)[0], []).append(each)
        return found

    def write(self, track: str, fingerprint: str, stored: Stored, *, instead_of: Sequence[str] = ()) -> None:
        """Store what was made of a track; the versions named in `instead_of` go first, so there are never two."""
        for each in instead_of:
            self.objects.delete(f"{self.prefix}/{each}")
        if self.objects.read(f"{self.prefix}/zarr.json") is None:
            self.objects.write(f"{self.prefix}/zarr.json", _GROUP)
        self.objects.write_tree(self._key(track, fingerprint), arrays.pack(stored))

    def record(self, track: str, fingerprint: str) -> R_co:
        """The record of a track.

        Raises
        ------
        MirlitonError
            When nothing is stored of it under this fingerprint, or its record is not as its kind.
        """
        stored = name(track, fingerprint)
        return self._of_track(stored, self._attributes(stored, self._metadata(track, fingerprint)))

    def arrays(self, track: str, fingerprint: str) -> dict[str, ZarrArray]:
        """The zarr arrays of a track by name, all complete."""
        import zarr

        self._metadata(track, fingerprint)
        group = zarr.open_group(self.objects.zarr_store(self._key(track, fingerprint)), mode="r")
        return arrays.complete_arrays(group)

    def keep_only(self, fingerprints: Mapping[str, str]) -> None:
        """Delete all but one version, by its fingerprint, of each track in `fingerprints`, and all other tracks."""
        kept = {name(track, fingerprint) for track, fingerprint in fingerprints.items()}
        stale = {each for versions in self.versions().values() for each in versions} - kept
        for each in sorted(stale):
            self.objects.delete(f"{self.prefix}/{each}")

    def records(self) -> list[R_co]:
        """The records of all tracks, sorted by track id; from the table where it has them."""
        return sorted(self.named_records().values(), key=_track)

    def named_records(self) -> dict[str, R_co]:
        """The records of all tracks by the name under which each is stored."""
        table, held = self._table(), self.held()
        tabulated = {each: self._of_table(each, table[each]) for each in sorted(held & table.keys())}
        return tabulated | {each: self._of_track(each, row) for each, row in self._read(held - table.keys()).items()}

    def update_table(self, fresh: Collection[str]) -> None:
        """Write the records of all tracks to one table, so that `records` opens no file per track.

        Parameters
        ----------
        fresh : collection of str
            Ids of tracks written since the table was: theirs are read anew.
        """
        new, table, held = {slug(track) for track in fresh}, self._table(), self.held()
        current = {name: row for name, row in table.items() if name in held and name.rsplit("@", 1)[0] not in new}
        rows = current | self._read(held - current.keys())
        if rows != table:
            content = json.dumps(rows, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
            self.objects.write(self._table_key, content)

    def _read(self, names: Collection[str]) -> dict[str, object]:
        """Attributes, as JSON values, of the tracks stored under some names; without those deleted meanwhile."""
        contents = {each: self.objects.read(f"{self.prefix}/{each}/zarr.json") for each in sorted(names)}
        return {each: self._attributes(each, content) for each, content in contents.items() if content is not None}

    def _attributes(self, name: str, content: bytes) -> JsonObject:
        return arrays.read_attributes(content, where=self._where(name), remedy=_REMEDY)

    def _of_track(self, name: str, values: object) -> R_co:
        return self.kind.from_json(values, where=self._where(name), remedy=_REMEDY)

    def _where(self, name: str) -> str:
        return f"{self.objects.address}/{self.prefix}/{name}/zarr.json"

    def _of_table(self, name: str, values: object) -> R_co:
        where = f"{self.objects.address}/{self._table_key}, in the row of {name}"
        return self.kind.from_json(values, where=where, remedy=_TABLE_REMEDY)

    def _table(self) -> Mapping[str, object]:
        content = self.objects.read(self._table_key)
        if content is None:
            return {}
        return parse_json_object(content, where=f"{self.objects.address}/{self._table_key}", remedy=_TABLE_REMEDY)

    def _metadata(self, track: str, fingerprint: str) -> bytes:
        content = self.objects.read(f"{self._key(track, fingerprint)}/zarr.json")
        if content is None:
            remedy = f"materialise {self.stage} of this dataset first (mirliton backfill)"
            raise MirlitonError(f"{self.stage} of track {track!r}", received="nothing stored", remedy=remedy)
        return content

    @property
    def _table_key(self) -> str:
        return f"{self.prefix}{TABLE}"

    def _key(self, track: str, fingerprint: str) -> str:
        return f"{self.prefix}/{name(track, fingerprint)}"


def name(track: str, fingerprint: str) -> str:
    """The name under which a track is stored."""
    return f"{slug(track)}@{fingerprint}"


def _track(record: TrackRecord) -> str:
    return record.track


def fingerprint_of(name: str) -> str:
    """The fingerprint in the name under which a track is stored."""
    return name.rsplit("@", 1)[1]
