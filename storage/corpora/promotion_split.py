"""Promotion split: validation groups that are kept from training, epochs and thresholds, to compare models on.

The groups (works, artists, …) of the validation split are divided by the rule of :mod:`storage.corpora.splits`, once: a
group stays where it is, also when the dataset grows. While there are few, all of them validate.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from storage.corpora.listing import TrackFiles
from storage.corpora.split_table import SplitTable
from storage.corpora.splits import Assignment, extend, member
from storage.objects.objects import Objects
from storage.records import Record

PROMOTION = "promotion"
"""The name of the split."""
SHARES = {"validation": 0.7, PROMOTION: 0.3}
"""Of the tracks that the dataset's split rule gives to validation."""
FEWEST_GROUPS = 6
"""In validation; with fewer, less than two would be in the promotion split, on which nothing could be compared."""


@dataclass(frozen=True)
class PromotionRecord(Record):
    """``promotion.json``: ids of the tracks in the promotion split, sorted."""

    tracks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PromotionTracks:
    """Which tracks of a dataset are in the promotion split: an object of its store."""

    objects: Objects
    key: str

    def read(self) -> frozenset[str]:
        """Ids of the tracks; none before they were decided."""
        content = self.objects.read(self.key)
        if content is None:
            return frozenset()
        where, remedy = f"{self.objects.address}/{self.key}", "delete the file: the next backfill writes it again"
        return frozenset(PromotionRecord.from_bytes(content, where=where, remedy=remedy).tracks)

    def write(self, tracks: Iterable[str]) -> None:
        """Keep the ids, unless they are kept already."""
        record = PromotionRecord(sorted(tracks))
        if self.read() != frozenset(record.tracks):
            self.objects.write(self.key, json.dumps(record.to_json(), ensure_ascii=False).encode())


def decide(validating: Sequence[TrackFiles], table: SplitTable, rule: str, seed: int) -> list[str]:
    """Ids of the tracks that are in the promotion split; the groups decided here are written to the table.

    Parameters
    ----------
    validating : sequence of TrackFiles
        The tracks of the validation split; those without the metadata of the rule validate.
    table : SplitTable
        Of the dataset.
    rule : str
        One of `storage.corpora.splits.RULES`; under ``official``, works are kept together.
    seed : int
    """
    groups_by = "work" if rule == "official" else rule
    members = {track.id: found for track in validating if (found := member(track, groups_by)) is not None}
    kept = table.read(f"{PROMOTION}-{groups_by}", seed, SHARES)
    known = kept.groups.keys() | {each.group for each in members.values()}
    assignment = extend(kept, members.values()) if len(known) >= FEWEST_GROUPS else _all_validate(kept, known)
    table.write(assignment)
    return [id for id, each in members.items() if assignment.groups[each.group] == PROMOTION]


def _all_validate(kept: Assignment, groups: Iterable[str]) -> Assignment:
    """The assignment with new groups in validation, where they stay: epochs are chosen by them from now on."""
    return replace(kept, groups={**dict.fromkeys(sorted(groups), "validation"), **kept.groups})
