"""Tables of transfer on disk: one page and its numbers per label, network and layer that were probed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from storage.objects import Objects


@dataclass(frozen=True)
class TransferStore:
    """``transfer/<label>/<network>-<layer>/report.html`` and ``report.json``."""

    objects: Objects
    label: str
    network: str
    layer: str

    @property
    def prefix(self) -> str:
        """Where it lies."""
        return f"transfer/{self.label}/{self.network}-{self.layer}"

    @property
    def page(self) -> str:
        """Path or URL of the page."""
        return f"{self.objects.address}/{self.prefix}/report.html"

    def read(self) -> dict[str, Any] | None:
        """The table as it was written, or None."""
        content = self.objects.read(f"{self.prefix}/report.json")
        return None if content is None else json.loads(content)

    def write(self, page: str, report: dict[str, Any]) -> None:
        """Replace the table by a new one, all at once."""
        numbers = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False).encode()
        self.objects.write_tree(self.prefix, {"report.html": page.encode(), "report.json": numbers})
