"""A report on disk, whatever it is about: a page with its numbers as JSON."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from storage.objects.objects import Objects
from storage.records import Record

PAGE = "report.html"
"""Name of the page in its folder."""
R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class ReportFolder(ABC):
    """``report.html`` and ``report.json`` below `prefix`."""

    objects: Objects

    @property
    @abstractmethod
    def prefix(self) -> str:
        """Key of the folder in the store."""

    @property
    def page(self) -> str:
        """Path or URL of the page."""
        return f"{self.objects.address}/{self.prefix}/{PAGE}"

    def replace(self, page: str, record: Record, contents: Mapping[str, bytes]) -> None:
        """Replace the report by a new one, all at once, with `contents`: files by path relative to the page."""
        numbers = json.dumps(record.to_json(), indent=1, ensure_ascii=False, allow_nan=False).encode()
        self.objects.write_tree(self.prefix, {**contents, PAGE: page.encode(), "report.json": numbers})

    def _read(self, kind: type[R]) -> R | None:
        """The numbers, or None where there is no report."""
        key = f"{self.prefix}/report.json"
        content = self.objects.read(key)
        if content is None:
            return None
        where = f"{self.objects.address}/{key}"
        return kind.from_bytes(content, where=where, remedy="delete the file and make the report again")
