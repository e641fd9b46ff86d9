"""A track store: what one stage made of the tracks of one dataset, each addressed by its fingerprint.

``<prefix>/<slug>@<fingerprint>`` is a zarr group. It is there whole or not at all. The store itself is a zarr group, so
``zarr.open_group`` lists its tracks.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from mir_models.errors import MirlitonError
from storage.fingerprints import slug
from storage.objects.objects import Objects
from storage.tracks import arrays
from storage.tracks.arrays import Stored

_GROUP = json.dumps({"attributes": {}, "zarr_format": 3, "node_type": "group"}, indent=2).encode()


TABLE = ".records.json"
"""Ending of the table of a store's records, which lies beside the store."""


@dataclass(frozen=True)
class TrackStore:
    """One stage's tracks below `prefix` of `objects`; `what` names the stage in messages."""

    objects: Objects
    prefix: str
    what: str

    def held(self) -> set[str]:
        """Names, ``<slug>@<fingerprint>``, of all that is there whole."""
        return {name for name in self.objects.trees(self.prefix) if "@" in name}

    def fingerprints(self) -> dict[str, str]:
        """Fingerprint by slug of all that is there."""
        return dict(name.rsplit("@", 1) for name in sorted(self.held()))

    def versions(self) -> dict[str, list[str]]:
        """By slug, the names of all that is there, whole or not."""
        found: dict[str, list[str]] = {}
        for each in self.objects.names(self.prefix):
            if "@" in each:
                found.setdefault(each.rsplit("@", 1)[0], []).append(each)
        return found

    def write(self, track: str, fingerprint: str, stored: Stored, *, instead_of: Sequence[str] = ()) -> None:
        """Keep what was made of a track; the versions named in `instead_of` go first, so there are never two."""
        for each in instead_of:
            self.objects.delete(f"{self.prefix}/{each}")
        if self.objects.read(f"{self.prefix}/zarr.json") is None:
            self.objects.write(f"{self.prefix}/zarr.json", _GROUP)
        self.objects.write_tree(self._key(track, fingerprint), arrays.pack(stored))

    def attributes(self, track: str, fingerprint: str) -> dict[str, Any]:
        """The JSON values kept with a track."""
        content = self.objects.read(f"{self._key(track, fingerprint)}/zarr.json")
        if content is None:
            remedy = f"materialise {self.what} of this dataset first (mirliton backfill)"
            raise MirlitonError(f"{self.what} of track {track!r}", received="nothing stored", remedy=remedy)
        return arrays.attributes(content)

    def arrays(self, track: str, fingerprint: str) -> dict[str, Any]:
        """The zarr arrays of a track by name, all complete."""
        import zarr

        self.attributes(track, fingerprint)
        group = zarr.open_group(self.objects.zarr_store(self._key(track, fingerprint)), mode="r")
        return arrays.whole(group)

    def keep_only(self, wanted: dict[str, str]) -> None:
        """Delete every track but the fingerprint by track id in `wanted`: superseded ones and those that are gone."""
        kept = {name(track, fingerprint) for track, fingerprint in wanted.items()}
        stale = {each for versions in self.versions().values() for each in versions} - kept
        for each in sorted(stale):
            self.objects.delete(f"{self.prefix}/{each}")

    def records(self) -> list[dict[str, Any]]:
        """The attributes of every track, sorted by track id; from the table where it has them."""
        return sorted(self.named_records().values(), key=lambda row: row["track"])

    def named_records(self) -> dict[str, dict[str, Any]]:
        """The attributes of every track by the name under which it is stored."""
        return self._records(self._table())

    def tabulate(self, fresh: Collection[str]) -> None:
        """Keep the attributes of all tracks in one table, so that `records` opens no file per track.

        Parameters
        ----------
        fresh : collection of str
            Ids of tracks written since the table was kept: theirs are read anew.
        """
        new, kept = {slug(track) for track in fresh}, self._table()
        known = {name: row for name, row in kept.items() if name.rsplit("@", 1)[0] not in new}
        records = self._records(known)
        if records != kept:
            content = json.dumps(records, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
            self.objects.write(self._table_key, content)

    def _records(self, known: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Attributes by name of all that is there; `known` ones are not read."""
        held = self.held()
        read = {each: self.objects.read(f"{self.prefix}/{each}/zarr.json") for each in sorted(held - known.keys())}
        found = {each: arrays.attributes(content) for each, content in read.items() if content}
        return {each: known[each] for each in held & known.keys()} | found

    def _table(self) -> dict[str, dict[str, Any]]:
        content = self.objects.read(self._table_key)
        return json.loads(content) if content else {}

    @property
    def _table_key(self) -> str:
        return f"{self.prefix}{TABLE}"

    def _key(self, track: str, fingerprint: str) -> str:
        return f"{self.prefix}/{name(track, fingerprint)}"


def name(track: str, fingerprint: str) -> str:
    """The name under which a track is stored."""
    return f"{slug(track)}@{fingerprint}"
