"""Records for tests of stores: any JSON values, written as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from storage.records import Record


@dataclass(frozen=True)
class JsonRecord(Record):
    """A record that is written as the JSON values `values`."""

    values: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """See `Record.to_json`."""
        return dict(self.values)
