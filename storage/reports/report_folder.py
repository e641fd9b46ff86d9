"""What a report on disk is, whatever it is about: a page, and its numbers beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from storage.objects.objects import Objects


@dataclass(frozen=True)
class Written:
    """``report.html`` and ``report.json`` below `prefix`."""

    objects: Objects

    @property
    def prefix(self) -> str:
        """Where it lies."""
        raise NotImplementedError

    @property
    def page(self) -> str:
        """Path or URL of the page."""
        return f"{self.objects.address}/{self.prefix}/report.html"

    def read(self) -> dict[str, Any] | None:
        """The numbers as they were written, or None."""
        content = self.objects.read(f"{self.prefix}/report.json")
        return None if content is None else json.loads(content)

    def replace(self, page: str, report: dict[str, Any], contents: dict[str, bytes]) -> None:
        """Replace it by a new one, all at once; `contents` lie beside it, by path."""
        numbers = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False).encode()
        self.objects.write_tree(self.prefix, {**contents, "report.html": page.encode(), "report.json": numbers})
