"""The splits of a dataset as they were decided: kept in its store, so that a growing dataset moves nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from storage.objects import Objects
from storage.splits import Assignment


@dataclass(frozen=True)
class SplitTable:
    """The object `key` of `objects`: rule, seed, shares, and the split of every group."""

    objects: Objects
    key: str

    def read(self, rule: str, seed: int) -> Assignment:
        """What was decided under this rule and seed; nothing yet where another rule or seed was used."""
        asked, content = Assignment(rule, seed), self.objects.read(self.key)
        kept = Assignment(**json.loads(content)) if content else asked
        return kept if (kept.rule, kept.seed, kept.shares) == (rule, seed, asked.shares) else asked

    def write(self, assignment: Assignment) -> None:
        """Keep what was decided."""
        content = json.dumps(asdict(assignment), sort_keys=True, ensure_ascii=False, indent=1).encode()
        if content != self.objects.read(self.key):
            self.objects.write(self.key, content)
