"""A track store: what one stage made of the tracks of one dataset, each addressed by its fingerprint.

``<prefix>/<slug>@<fingerprint>`` is a zarr group, there completely or not at all. The store itself is a zarr group, so
``zarr.open_group`` lists its tracks.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from storage.fingerprints import slug
from storage.objects.objects import FolderObjects, Objects, Tree, write_trees
from storage.records import JsonObject, parse_json_object
from storage.tracks import arrays, zarr_objects
from storage.tracks.arrays import REMEDY, Stored
from storage.tracks.records import TrackRecord
from storage.tracks.zarr_objects import DamagedArrayError

if TYPE_CHECKING:
    from storage.tracks.arrays import ZarrArray

R_co = TypeVar("R_co", bound=TrackRecord, covariant=True)
_GROUP = json.dumps({"attributes": {}, "zarr_format": 3, "node_type": "group"}, indent=2).encode()

TABLE = ".records.json"
"""Ending of the key of a store's table of records: ``<prefix>.records.json``."""
N_KEPT, LARGEST_KEPT = 8, 2**25
"""Tables that are kept in memory between two looks at them, and bytes of the largest of those."""
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

    def prepare(self) -> None:
        """Make the store a zarr group, before tracks are written to it."""
        if self.objects.read(f"{self.prefix}/zarr.json") is None:
            self.objects.write(f"{self.prefix}/zarr.json", _GROUP)

    def tree(self, track: str, fingerprint: str, stored: Stored, *, instead_of: Sequence[str] = ()) -> Tree:
        """What was made of a track, to be written; the versions named in `instead_of` go, so there are never two."""
        older = [f"{self.prefix}/{each}" for each in instead_of]
        return Tree(self.key(track, fingerprint), arrays.pack(stored), older)

    def write(self, track: str, fingerprint: str, stored: Stored, *, instead_of: Sequence[str] = ()) -> None:
        """Store what was made of a track; see `tree`."""
        self.prepare()
        write_trees(self.objects, [self.tree(track, fingerprint, stored, instead_of=instead_of)])

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
        group = zarr.open_group(self.objects.zarr_store(self.key(track, fingerprint)), mode="r")
        return arrays.complete_arrays(group)

    def read(self, track: str, fingerprint: str, *names: str) -> dict[str, NDArray[Any]]:
        """The arrays of these names of a track, read whole; see `arrays`.

        Raises
        ------
        MirlitonError
            When nothing is stored of the track, or an object of an array is lost, cut or damaged.
        """
        if isinstance(self.objects, FolderObjects):
            self._metadata(track, fingerprint)
            found = {each: self._read_array(f"{self.key(track, fingerprint)}/{each}") for each in names}
            if all(each is not None for each in found.values()):
                return {each: array for each, array in found.items() if array is not None}
        try:
            stored = self.arrays(track, fingerprint)
            return {each: np.asarray(stored[each][...]) for each in names}
        except (RuntimeError, ValueError, KeyError) as error:  # Of a codec; of what it gives, and of JSON; of zarr.
            raise self._damaged(self.key(track, fingerprint), f"{type(error).__name__}: {error}") from error

    def _read_array(self, key: str) -> NDArray[Any] | None:
        """An array as `zarr_objects.read_array` reads it."""
        try:
            return zarr_objects.read_array(lambda name: self.objects.read(f"{key}/{name}"))
        except DamagedArrayError as error:
            raise self._damaged(key, str(error)) from error

    def _damaged(self, key: str, fault: str) -> MirlitonError:
        """The error of an array, or of the arrays of a track, that cannot be read."""
        received = f"{fault} in {self.objects.address}/{key}"
        return MirlitonError("a complete array", received=received, remedy=REMEDY)

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
        tabulated = {each: self._of_table(table, each) for each in sorted(held & table.rows.keys())}
        return tabulated | {
            each: self._of_track(each, row) for each, row in self._read(held - table.rows.keys()).items()
        }

    def update_table(self, fresh: Collection[str], held: Collection[str] | None = None) -> None:
        """Write the records of all tracks to one table, so that `records` opens no file per track.

        Parameters
        ----------
        fresh : collection of str
            Ids of tracks written since the table was: theirs are read anew.
        held : collection of str or None
            Names of the tracks that are there, where they are known.
        """
        new, table, held = (
            {slug(track) for track in fresh},
            self._table().rows,
            set(self.held() if held is None else held),
        )
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
        return arrays.read_attributes(content, where=self._where(name), remedy=REMEDY)

    def _of_track(self, name: str, values: object) -> R_co:
        return self.kind.from_json(values, where=self._where(name), remedy=REMEDY)

    def _where(self, name: str) -> str:
        return f"{self.objects.address}/{self.prefix}/{name}/zarr.json"

    def _of_table(self, table: _Table, name: str) -> Any:
        if name not in table.records:
            where = f"{self.objects.address}/{self._table_key}, in the row of {name}"
            table.records[name] = self.kind.from_json(table.rows[name], where=where, remedy=_TABLE_REMEDY)
        return table.records[name]

    def _table(self) -> _Table:
        content = self.objects.read(self._table_key)
        if content is None:
            return _Table({})
        parse = _parse_table if len(content) > LARGEST_KEPT else _kept_table
        return parse(content, f"{self.objects.address}/{self._table_key}", self.kind.__name__)

    def _metadata(self, track: str, fingerprint: str) -> bytes:
        content = self.objects.read(f"{self.key(track, fingerprint)}/zarr.json")
        if content is None:
            remedy = f"materialise {self.stage} of this dataset first (mirliton backfill)"
            raise MirlitonError(f"{self.stage} of track {track!r}", received="nothing stored", remedy=remedy)
        return content

    @property
    def _table_key(self) -> str:
        return f"{self.prefix}{TABLE}"

    def key(self, track: str, fingerprint: str) -> str:
        """The key in `objects` under which a track is stored."""
        return f"{self.prefix}/{name(track, fingerprint)}"


@dataclass(frozen=True)
class _Table:
    """The rows of a table of records by name, and those of its records that were asked for."""

    rows: Mapping[str, object]
    records: dict[str, TrackRecord] = field(default_factory=dict)


def _parse_table(content: bytes, where: str, kind: str) -> _Table:
    """The table in the bytes of a file, whose records are of the kind of this name."""
    return _Table(parse_json_object(content, where=where, remedy=_TABLE_REMEDY))


_kept_table = lru_cache(maxsize=N_KEPT)(_parse_table)
"""The same, kept: a run looks at the same tables dozens of times."""


def name(track: str, fingerprint: str) -> str:
    """The name under which a track is stored."""
    return f"{slug(track)}@{fingerprint}"


def _track(record: TrackRecord) -> str:
    return record.track


def fingerprint_of(name: str) -> str:
    """The fingerprint in the name under which a track is stored."""
    return name.rsplit("@", 1)[1]
