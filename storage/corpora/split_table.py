"""Table of splits: the assignment of groups to splits, kept in a dataset's store so that growth moves no group."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from storage.corpora.splits import DEFAULT_SHARES, Assignment
from storage.objects.objects import Objects


@dataclass(frozen=True)
class SplitTable:
    """JSON objects below `prefix`, one per rule and seed: the shares, and the split of every group."""

    objects: Objects
    prefix: str

    def read(self, rule: str, seed: int, shares: Mapping[str, float] = DEFAULT_SHARES) -> Assignment:
        """The stored assignment under this rule and seed; an empty one where it has other shares."""
        empty, key = Assignment(rule, seed, dict(shares)), self._key(rule, seed)
        content = self.objects.read(key)
        if content is None:
            return empty
        remedy = "restore it from a backup, or delete it: the next backfill assigns all groups anew"
        kept = Assignment.from_bytes(content, where=f"{self.objects.address}/{key}", remedy=remedy)
        return kept if kept.shares == empty.shares else empty

    def write(self, assignment: Assignment) -> None:
        """Store an assignment, unless it is empty or stored already."""
        content = json.dumps(assignment.to_json(), sort_keys=True, ensure_ascii=False, indent=1).encode()
        key = self._key(assignment.rule, assignment.seed)
        if assignment.groups and content != self.objects.read(key):
            self.objects.write(key, content)

    def _key(self, rule: str, seed: int) -> str:
        return f"{self.prefix}/{rule}-{seed}.json"
