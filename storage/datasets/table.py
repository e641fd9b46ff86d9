r"""A table of recordings: one row per track, with the path of its recording and its labels.

CSV, TSV, JSON Lines or Parquet (`storage.datasets._manifests`) with a column ``audio`` and any of the other `FIELDS`;
``columns`` maps fields to columns of other names. Capitals do not matter in names of columns. Cells in which programs
write that there is no value (``NaN``, ``None``, ``NA``, ``null`` …) are empty, unless ``keep_na``.

=============================== =======================================================================================
``audio``                       path of the recording
``midi``                        path of the MIDI file of the full recording, whatever part of it the track is
``genre`` … ``instrument``      classes of the track, text as it stands
``work``                        composition; empty: the recording, so that parts of one recording stay together
``split``                       one of `storage.corpora.files.SPLIT_WORDS`; empty: none, so that the track is used only
                                under a split rule other than ``official``
``start``, ``end``              the part of the recording that is the track: seconds, m:ss.s or h:mm:ss.s; with a
                                decimal comma too, where the separator of the table is no comma
``id``                          empty: the path of the recording without extension, ``#<start>-<end>`` behind it for a
                                part
=============================== =======================================================================================

Paths are relative to the root, with ``/`` or ``\``. They may be absolute or leave the root by ``..``: the table is the
user's own. Names are found in either Unicode form, composed or decomposed.

The label kinds guaranteed are those that have a column; a track whose cell is empty goes to quarantine, unless
``partial`` guarantees only what every track has.
"""

from __future__ import annotations

import math
import os
import posixpath
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from mir_models.errors import MirlitonError, ParameterError, TrackError
from storage.corpora.files import FilesByName, check_pedal, nfc_name, parse_split
from storage.corpora.label_kinds import CLASSES
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.datasets import _manifests
from storage.datasets._manifests import Manifest, Row
from storage.datasets._missing_cells import MISSING, missing_cells, misspelt_fields
from storage.datasets._part_times import behind_the_end, canonical, parse_seconds
from storage.datasets._text import SPREADSHEETS, check_encoding

NAME = "table"
VERSION = 1
DESCRIPTION = "your own recordings, listed in a CSV, TSV, JSON Lines or Parquet file with the metadata of each"
LICENCE = "yours: the files stay where they are, and nothing is copied out of them but what is computed from them"
CITATION = "none: cite the sources of your own recordings and labels"
HOMEPAGE = "none: the files are on your own disk"
KINDS = ("notes", *CLASSES)
DOWNLOADS = ()

FIELDS = ("audio", "midi", *CLASSES, "work", "split", "start", "end", "id")


@dataclass(frozen=True)
class Options:
    """Which table, and how it is read.

    Attributes
    ----------
    table : str
        Path of the table, relative to the root or absolute; empty: the only one in the root.
    columns : str
        Columns that are not called like their field, as ``"audio=path,artist=performer name"``; ``"start="`` uses none.
    encoding : str
        Of a text without a byte order mark, such as ``"cp1252"``; empty: UTF-8.
    keep_na : bool
        Cells such as NaN, None, NA and null are names.
    partial : bool
        Promise only the label kinds that every track has, rather than all that have a column.
    labels_exact : bool
        The MIDI files are already aligned to the recordings.
    pedal : {"separate", "applied"}
        Whether the notes' offsets already contain the sustain pedal.
    licence : str
        Of the recordings and labels: goes to the model card.
    """

    table: str = ""
    columns: str = ""
    encoding: str = ""
    keep_na: bool = False
    partial: bool = False
    labels_exact: bool = False
    pedal: str = "separate"
    licence: str = ""

    def __post_init__(self) -> None:
        check_pedal(self.pedal)
        check_encoding(self.encoding)
        _renamed(self.columns)


def licence(options: Options) -> str:
    """The licence given as an option, else `LICENCE`."""
    return options.licence or LICENCE


def tracks(root: Path, options: Options) -> Listing:
    """The rows of the table, sorted by id; in ``notices`` cells taken as empty and parts behind the recordings' ends.

    Refused are rows with an empty ``audio`` (their id is the row's address), whose files are not on disk, whose split
    is no split or whose part is none, and all rows that have an id in common.

    Raises
    ------
    MirlitonError
        When there is no table or not one, it cannot be read, it lacks a column that is needed or named, or no column
        has labels.
    """
    path = _table(root, options.table)
    manifest = _manifests.read(path, options.encoding)
    missing = frozenset() if options.keep_na else MISSING
    reader = _Reader(str(root), _columns(manifest, path, options), FilesByName(), manifest.decimal, missing)
    if not manifest.rows:
        raise MirlitonError(
            f"rows in {path}", received="none", remedy="write one row per track below the columns' names"
        )
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in manifest.rows:
        rows[reader.id(row)].append(row)
    listed, refused = [], {}
    for id in sorted(rows):
        try:
            listed.append(reader.track(id, _only(id, rows[id])))
        except TrackError as error:
            refused[id] = str(error)
    notices = _notices(manifest, reader, listed)
    return Listing(listed, _promises(reader.columns, listed, options), refused=refused, notices=notices)


def _notices(manifest: Manifest, reader: _Reader, listed: list[TrackFiles]) -> tuple[str, ...]:
    times = [reader.columns[field] for field in ("start", "end") if field in reader.columns]
    return (
        *(missing_cells(manifest.rows, reader.columns) if reader.missing else ()),
        *misspelt_fields(manifest.columns, reader.columns, FIELDS),
        *behind_the_end(listed, times),
    )


def _renamed(columns: str) -> dict[str, str]:
    """Parse the option ``columns``: column by field."""
    pairs = [pair.partition("=") for pair in columns.split(",")] if columns.strip() else []
    renamed = {field.strip(): column.strip() for field, _, column in pairs}
    known = all(sign and field.strip() in FIELDS for field, sign, _ in pairs)
    if len(renamed) < len(pairs) or not known or not renamed.get("audio", "given"):
        remedy = f"write field=column,field=column with each field once, of {', '.join(FIELDS)}; only audio needs one"
        raise ParameterError("option columns: columns by field", received=repr(columns), remedy=remedy)
    return renamed


def _table(root: Path, name: str) -> Path:
    if not root.is_dir():
        received, remedy = f"{root}, which is none", "correct the path: the recordings' paths are relative to it"
        raise MirlitonError("the folder of a table of recordings", received=received, remedy=remedy)
    if name:
        return root / name
    with os.scandir(root) as entries:
        names = sorted(each.name for each in entries if each.is_file() and not each.name.startswith("."))
    tables = [each for each in names if each.lower().endswith(_manifests.SUFFIXES)]
    if len(tables) != 1:
        received = ", ".join(tables or [each for each in names if each.lower().endswith(SPREADSHEETS)]) or "none"
        remedy = "name the one to read: --option table=…; save a spreadsheet as CSV UTF-8"
        raise MirlitonError(f"one table ({', '.join(_manifests.SUFFIXES)}) in {root}", received=received, remedy=remedy)
    return root / tables[0]


def _columns(manifest: Manifest, path: Path, options: Options) -> dict[str, str]:
    """The column of every field that has one."""
    names = {name.lower(): name for name in reversed(manifest.columns)} | {name: name for name in manifest.columns}
    renamed = _renamed(options.columns)
    by_field = {field: renamed.get(field, field) for field in FIELDS}
    found = {field: names.get(name, names.get(name.lower(), "")) for field, name in by_field.items()}
    listed = ", ".join(manifest.columns) or "none"
    for field, name in by_field.items():
        if not found[field] and (field == "audio" or renamed.get(field)):
            remedy = f"correct it, or name the column: --option columns={field}=…"
            raise MirlitonError(f"a column {name!r} for {field} in {path}", received=f"columns {listed}", remedy=remedy)
    columns = {field: name for field, name in found.items() if name}
    if not _kinds(columns):
        remedy = "name the columns: --option 'columns=genre=…'"
        expected = f"a column with labels (midi, {', '.join(CLASSES)}) in {path}"
        raise MirlitonError(expected, received=f"columns {listed}", remedy=remedy)
    return columns


def _kinds(columns: dict[str, str]) -> tuple[str, ...]:
    return tuple(kind for kind in KINDS if ("midi" if kind == "notes" else kind) in columns)


def _promises(columns: dict[str, str], listed: list[TrackFiles], options: Options) -> Promises:
    kinds = _kinds(columns)
    if options.partial:
        kinds = tuple(kind for kind in kinds if all(track.has(kind) for track in listed))
    return Promises(kinds, options.labels_exact, options.pedal, official_splits="split" in columns)


def _only(id: str, rows: list[Row]) -> Row:
    if len(rows) > 1:
        received = f"{id!r} in {' and '.join(row.where for row in rows)}"
        raise TrackError("one row per track", received=received, remedy="remove one, or give them ids or other parts")
    return rows[0]


@dataclass(frozen=True)
class _Reader:
    """Makes tracks of rows.

    Attributes
    ----------
    root : str
        Of the paths.
    columns : dict of str to str
        By field.
    files : FilesByName
        On disk.
    decimal : str
        Sign of numbers.
    missing : frozenset of str
        Texts of cells that are empty.
    """

    root: str
    columns: dict[str, str]
    files: FilesByName
    decimal: str
    missing: frozenset[str]

    def id(self, row: Row) -> str:
        """The id of a row; its address in the table where it names no recording."""
        try:
            audio, given = self.recording(row), self._text(row, "id")
            start, end = self._time(row, "start"), self._time(row, "end")
        except TrackError:
            return row.where
        if not audio or given:
            return nfc_name(given) or row.where
        full = parse_seconds(start or "0") == 0 and not end
        return audio if full else f"{audio}#{canonical(start or '0')}-{canonical(end)}"

    def recording(self, row: Row) -> str:
        """Path of the recording below the root, without its extension."""
        path = posixpath.splitext(self._text(row, "audio").replace("\\", "/"))[0]
        if os.path.isabs(path):
            path = path.removeprefix(Path(self.root).absolute().as_posix() + "/")
        return nfc_name(posixpath.normpath(path).lstrip("/")) if path else ""

    def track(self, id: str, row: Row) -> TrackFiles:
        """The track of a row; TrackError where there is none."""
        start, end = self._part(row)
        classes = {kind: nfc_name(text) for kind in CLASSES if (text := self._text(row, kind))}
        return TrackFiles(
            id,
            audio=self._path(row, "audio"),
            work=nfc_name(self._text(row, "work")) or self.recording(row),
            labels={"notes": self._path(row, "midi")} if self._text(row, "midi") else {},
            split=self._split(row),
            classes=classes,
            start=start,
            end=end,
        )

    def _text(self, row: Row, field: str) -> str:
        text = row.text(self.columns[field]) if field in self.columns else ""
        return "" if text in self.missing else text

    def _time(self, row: Row, field: str) -> str:
        text = self._text(row, field)
        return text.replace(self.decimal, ".") if text.count(self.decimal) == 1 and "." not in text else text

    def _path(self, row: Row, field: str) -> Path:
        """The file that a field names, as it is spelt on disk."""
        name = self._text(row, field)
        if not name:
            received = f"none in {row.where}"
            raise TrackError(f"a path in column {self.columns[field]!r}", received=received, remedy="add it")
        spellings = (name, name.replace("\\", "/"))
        found = next(filter(None, (self.files.find(os.path.join(self.root, each)) for each in spellings)), None)
        if found is None:
            remedy = f"correct the path, which starts from {self.root}, or remove the row"
            raise TrackError(f"the file {name}", received=f"none there ({row.where})", remedy=remedy)
        return Path(found)

    def _split(self, row: Row) -> str | None:
        name = self._text(row, "split")
        return parse_split(name, where=f"in {row.where}") if name else None

    def _part(self, row: Row) -> tuple[float, float | None]:
        start, end = self._time(row, "start") or "0", self._time(row, "end")
        seconds = parse_seconds(start), parse_seconds(end) if end else math.inf
        if seconds[0] is None or seconds[1] is None or not seconds[0] < seconds[1]:
            received = f"{start!r} to {end!r} in {row.where}"
            remedy = "write seconds (83.5) or m:ss.s (1:23.5); the end may stay empty"
            raise TrackError("a part with 0 <= start < end", received=received, remedy=remedy)
        return seconds[0], seconds[1] if end else None
