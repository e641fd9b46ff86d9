"""Tables in files: rows of CSV, TSV, JSON Lines and Parquet with their line numbers.

* CSV and TSV are UTF-8, with or without a byte order mark, with any line ends; cells are quoted as in RFC 4180. A CSV
  file whose first line has semicolons and no comma is separated by semicolons, as some spreadsheets write it.
* JSON Lines: one object per line; the columns are all keys of all objects.
* Rows in which every cell is empty are none.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError, TrackError

SUFFIXES = (".csv", ".tsv", ".parquet", ".jsonl")

_HALF_A_PAIR = re.compile("[\ud800-\udfff]")
"""JSON can hold what no file can be called and no database keeps."""


@dataclass(frozen=True)
class Row:
    """One row: its values by column, and its address, e.g. ``"tracks.csv line 7"``."""

    where: str
    values: dict[str, Any]

    def text(self, column: str) -> str:
        """A value as text without blanks around it; empty where there is none.

        Raises
        ------
        TrackError
            When the value is a list, a mapping, bytes, or text with half a surrogate pair.
        """
        value = self.values.get(column)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return ""
        if isinstance(value, (list, tuple, dict, bytes)):
            received = f"a {type(value).__name__} in {self.where}"
            raise TrackError(f"one value in column {column!r}", received=received, remedy="write text or a number")
        text = str(value).strip()
        if not text.isascii() and _HALF_A_PAIR.search(text):
            received = f"{text!a} in {self.where}"
            raise TrackError(f"Unicode in column {column!r}", received=received, remedy="write the table again")
        return text


@dataclass(frozen=True)
class Manifest:
    """The columns of a table, in their order, and its rows."""

    columns: tuple[str, ...]
    rows: list[Row]


def read(path: Path) -> Manifest:
    """The table in a file.

    Raises
    ------
    MirlitonError
        When the file is missing, of another format, or not in order: with its line.
    """
    readers = {".csv": _csv, ".tsv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise MirlitonError(f"a table ({', '.join(SUFFIXES)})", received=str(path), remedy="give one of these")
    try:
        columns, rows = reader(path)
    except OSError as error:
        remedy = "correct the path, or let the file be read"
        raise MirlitonError(f"the table {path}", received=error, remedy=remedy) from error
    twice = sorted({name for name in columns if name and list(columns).count(name) > 1})
    if twice:
        raise _broken(path.name, "columns with different names", f"{', '.join(twice)} more than once", "rename them")
    return Manifest(tuple(columns), [row for row in rows if any(map(_is_filled, row.values.values()))])


def _csv(path: Path) -> tuple[Sequence[str], list[Row]]:
    text = read_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(path, text), strict=True)
    columns: list[str] | None = None
    rows = []
    for line, cells in _lines(path, reader):
        if columns is None:
            columns = [cell.strip() for cell in cells]
        elif any(cell.strip() for cell in cells[len(columns) :]):
            received = f"{len(cells)} cells for {len(columns)} columns"
            remedy = "quote cells that contain the separator"
            raise _broken(f"{path.name} line {line}", "one cell per column", received, remedy)
        else:
            rows.append(Row(f"{path.name} line {line}", dict(zip(columns, cells, strict=False))))
    return columns or [], rows


def _lines(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows with the line on which each begins; blank lines are none."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            remedy = "quote every cell that contains quotes, and double the quotes inside"
            raise _broken(f"{path.name} line {line}", "cells quoted as in CSV", error, remedy) from error
        if cells:
            yield line, cells


def _delimiter(path: Path, text: str) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    header = text.lstrip().partition("\n")[0]
    return ";" if ";" in header and "," not in header else ","


def _jsonl(path: Path) -> tuple[Sequence[str], list[Row]]:
    columns: dict[str, None] = {}
    rows = []
    for line, text in enumerate(io.StringIO(read_text(path), newline=None), start=1):
        if not text.strip():
            continue
        where, remedy = f"{path.name} line {line}", "write one JSON object per line"
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise _broken(where, "a JSON object", error, remedy) from error
        if not isinstance(values, dict):
            raise _broken(where, "a JSON object", f"a {type(values).__name__}", remedy)
        columns |= dict.fromkeys(values)
        rows.append(Row(where, values))
    return list(columns), rows


def _parquet(path: Path) -> tuple[Sequence[str], list[Row]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        remedy = "install it (pip install pyarrow), or save the table as CSV"
        raise MirlitonError("the package pyarrow, which reads Parquet", received="none", remedy=remedy) from error
    try:
        with path.open("rb") as file:
            table = pyarrow.parquet.read_table(file)
    except pyarrow.ArrowException as error:
        raise _broken(path.name, "a Parquet file", error, "write it again") from error
    names = [str(name) for name in table.column_names]
    columns = [column.to_pylist() for column in table.columns]
    cells = zip(*columns, strict=True)
    return names, [Row(f"{path.name} row {n}", dict(zip(names, row, strict=True))) for n, row in enumerate(cells, 1)]


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, without a byte order mark.

    Raises
    ------
    MirlitonError
        When it is no UTF-8: with its line.
    OSError
        When it cannot be read.
    """
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _broken(f"{path.name} line {line}", "UTF-8", error.reason, "save the file as UTF-8") from error


def _is_filled(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _broken(where: str, expected: str, received: object, remedy: str) -> MirlitonError:
    return MirlitonError(f"{expected} in {where}", received=received, remedy=remedy)
