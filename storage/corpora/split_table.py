"""The splits of a dataset as they were decided: kept in its store, so that a growing dataset moves nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from storage.corpora.splits import Assignment
from storage.objects.objects import Objects


@dataclass(frozen=True)
class SplitTable:
    """The objects below `prefix`, one per rule and seed: the shares, and the split of every group."""

    objects: Objects
    prefix: str

    def read(self, rule: str, seed: int) -> Assignment:
        """What was decided under this rule and seed; nothing yet where other shares were asked for."""
        asked, content = Assignment(rule, seed), self.objects.read(self._key(rule, seed))
        kept = Assignment(**json.loads(content)) if content else asked
        return kept if kept.shares == asked.shares else asked

    def write(self, assignment: Assignment) -> None:
        """Keep what was decided."""
        content = json.dumps(asdict(assignment), sort_keys=True, ensure_ascii=False, indent=1).encode()
        key = self._key(assignment.rule, assignment.seed)
        if assignment.groups and content != self.objects.read(key):
            self.objects.write(key, content)

    def _key(self, rule: str, seed: int) -> str:
        return f"{self.prefix}/{rule}-{seed}.json"
