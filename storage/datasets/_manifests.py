"""Tables in files: rows of CSV, TSV, JSON Lines and Parquet with their line numbers.

* CSV and TSV have any line ends; cells are quoted as in RFC 4180. They are UTF-8, or have the byte order mark of
  another Unicode encoding, as Excel's "Unicode text" has (`storage.datasets._text`).
* The separator is the one of comma, semicolon and tab that the columns' names have most of, or the one in a first line
  ``sep=;``, as Excel reads it. Where it is no comma, a comma is the decimal sign of numbers.
* JSON Lines: one object per line; the columns are all keys of all objects.
* Rows in which every cell is empty are none.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError, TrackError
from storage.datasets._text import SPREADSHEETS, read_text, spreadsheet

SUFFIXES = (".csv", ".tsv", ".parquet", ".jsonl")
"""Extensions by which a table is found."""
NAMED_SUFFIXES = (".tab", ".txt")
"""Extensions of tables that have to be named."""
SEPARATORS = ",;\t"

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ \t]*(?:\r\n|\n|\r)', re.IGNORECASE)
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
    """The columns of a table, in their order, its rows, and the decimal sign of numbers that are text."""

    columns: tuple[str, ...]
    rows: list[Row]
    decimal: str = "."


def read(path: Path, encoding: str = "") -> Manifest:
    """The table in a file; `encoding` is that of a text file without a byte order mark, by default UTF-8.

    Raises
    ------
    MirlitonError
        When the file is missing, of another format, or not in order: with its line.
    """
    suffix = path.suffix.lower()
    if suffix in SPREADSHEETS:
        raise spreadsheet(path)
    if suffix not in (*SUFFIXES, *NAMED_SUFFIXES):
        expected = f"a table ({', '.join((*SUFFIXES, *NAMED_SUFFIXES))})"
        raise MirlitonError(expected, received=str(path), remedy="give one of these")
    try:
        table = _read(path, suffix, encoding)
    except OSError as error:
        remedy = "correct the path, or let the file be read"
        raise MirlitonError(f"the table {path}", received=error, remedy=remedy) from error
    columns = table.columns
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise _broken(path.name, "columns with different names", f"{', '.join(twice)} more than once", "rename them")
    return replace(table, rows=[row for row in table.rows if any(map(_is_filled, row.values.values()))])


def _read(path: Path, suffix: str, encoding: str) -> Manifest:
    if suffix == ".parquet":
        return _parquet(path)
    text = read_text(path, encoding)
    return _jsonl(path, text) if suffix == ".jsonl" else _csv(path, text)


def _csv(path: Path, text: str) -> Manifest:
    stated = _SEPARATOR_LINE.match(text)
    separator = stated[1] if stated else _separator(path, text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns: list[str] | None = None
    rows = []
    for line, cells in _lines(path, reader):
        if stated and line == 1:
            continue
        if columns is None:
            columns = [cell.strip() for cell in cells]
        elif any(cell.strip() for cell in cells[len(columns) :]):
            received = f"{len(cells)} cells for {len(columns)} columns"
            remedy = "quote cells that contain the separator"
            raise _broken(f"{path.name} line {line}", "one cell per column", received, remedy)
        else:
            rows.append(Row(f"{path.name} line {line}", dict(zip(columns, cells, strict=False))))
    return Manifest(tuple(columns or ()), rows, "." if separator == "," else ",")


def _lines(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows with the line on which each begins; blank lines are none."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            remedy = "quote every cell that contains quotes, double the quotes inside, and close the last one"
            raise _broken(f"{path.name} line {line}", "cells quoted as in CSV", error, remedy) from error
        if cells:
            yield line, cells


def _separator(path: Path, text: str) -> str:
    """The separator that the columns' names have most of, outside of quotes."""
    lines = text.lstrip("\r\n ").splitlines()
    header = re.sub('"[^"]*"', "", lines[0]) if lines else ""
    tab = path.suffix.lower() in (".tsv", ".tab") and ("\t" in header or not any(map(header.count, SEPARATORS)))
    return "\t" if tab else max(SEPARATORS, key=header.count)


def _jsonl(path: Path, content: str) -> Manifest:
    columns: dict[str, None] = {}
    rows = []
    for line, text in enumerate(io.StringIO(content, newline=None), start=1):
        if not text.strip():
            continue
        where, remedy = f"{path.name} line {line}", "write one JSON object per line"
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:  # Of no JSON, of too long a number, of too many brackets.
            raise _broken(where, "a JSON object", error, remedy) from error
        if not isinstance(values, dict):
            raise _broken(where, "a JSON object", f"a {type(values).__name__}", remedy)
        columns |= dict.fromkeys(values)
        rows.append(Row(where, values))
    return Manifest(tuple(columns), rows)


def _parquet(path: Path) -> Manifest:
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
    names = tuple(str(name) for name in table.column_names)
    cells = zip(*(column.to_pylist() for column in table.columns), strict=True)
    rows = [Row(f"{path.name} row {n}", dict(zip(names, row, strict=True))) for n, row in enumerate(cells, 1)]
    return Manifest(names, rows)


def _is_filled(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _broken(where: str, expected: str, received: object, remedy: str) -> MirlitonError:
    return MirlitonError(f"{expected} in {where}", received=received, remedy=remedy)
