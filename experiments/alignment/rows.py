"""Results as JSON lines, one per method, condition, track and seed, so that a run resumes where it ended."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]
KEY = ("protocol", "reference", "fingerprint", "method", "corpus", "track", "condition", "seed")


class Rows:
    """The rows of a file by their `KEY`; of two rows with one key the later one counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: dict[tuple[Any, ...], Row] = {}
        if path.is_file():
            for row in _read(path):
                self._rows[key(row)] = row

    def __contains__(self, identity: Row) -> bool:
        return key(identity) in self._rows

    def get(self, identity: Row) -> Row | None:
        """The row with the same key."""
        return self._rows.get(key(identity))

    def add(self, rows: Iterable[Row]) -> None:
        """Append to the file, and to its disk."""
        added = list(rows)
        if not added:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in added)
        self._rows.update((key(row), row) for row in added)

    def remove(self, methods: Iterable[str]) -> None:
        """Remove the rows of these methods, also in the file."""
        dropped = set(methods)
        self._rows = {each: row for each, row in self._rows.items() if row["method"] not in dropped}
        self.path.unlink(missing_ok=True)
        self.add(list(self._rows.values()))


def key(row: Row) -> tuple[Any, ...]:
    """The values of `KEY` in a row."""
    return tuple(row.get(name) for name in KEY)


def _read(path: Path) -> list[Row]:
    """The lines; a last one that a killed run left unfinished is cut off, so that the next begins a line."""
    text = path.read_text(encoding="utf-8")
    complete = text[: text.rfind("\n") + 1]
    if complete != text:
        path.write_text(complete, encoding="utf-8")
    return [json.loads(line) for line in complete.splitlines()]
