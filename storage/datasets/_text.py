"""Text of the tables and lists of a corpus: UTF-8, UTF-16 or UTF-32 by the byte order mark, or a named encoding."""

from __future__ import annotations

import codecs
from pathlib import Path

from mir_models.errors import MirlitonError, ParameterError

SPREADSHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers")

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # Before UTF-16, whose mark it begins with.
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""First bytes of ZIP (Excel from 2007 on, LibreOffice, Numbers) and of earlier Excel files."""


def read_text(path: Path, encoding: str = "") -> str:
    """The text of a file, without a byte order mark; without `encoding` by that mark, else UTF-8.

    Raises
    ------
    MirlitonError
        When it is in another encoding: with its line; when it is a spreadsheet.
    OSError
        When it cannot be read.
    """
    data = path.read_bytes()
    if data.startswith(_WORKBOOKS):
        raise spreadsheet(path)
    used = encoding or next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    for first, where, name in ((1, "behind", "utf-16-le"), (0, "before", "utf-16-be")):
        if not encoding and not any(data[first:8:2]) and len(data) >= 8:
            raise _other_encoding(path, 1, used, f"a zero byte {where} each letter: UTF-16 without its mark", name)
    try:
        return data.decode(used)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _other_encoding(path, line, used, _fault(data, error), "cp1252") from error


def check_encoding(encoding: str) -> None:
    """Check the option `encoding`.

    Raises
    ------
    ParameterError
        When Python knows no encoding of text of that name.
    """
    try:
        bytes(4).decode(encoding or "utf-8", "replace")
    except (LookupError, ValueError) as error:  # ValueError: a name that is none, or no encoding of bytes.
        remedy = "give one such as cp1252, latin-1, cp1251, shift_jis or mac_roman, or leave it out"
        raise ParameterError("option encoding: an encoding", received=repr(encoding), remedy=remedy) from error


def spreadsheet(path: Path) -> MirlitonError:
    """The error for a workbook of a spreadsheet program."""
    remedy = "save its sheet as CSV UTF-8 in the spreadsheet program"
    return MirlitonError("a table as text or Parquet", received=f"{path.name}, a spreadsheet", remedy=remedy)


def _fault(data: bytes, error: UnicodeDecodeError) -> str:
    byte = data[error.start : error.start + 1]
    letter = byte.decode("cp1252", "replace")
    return f"the byte 0x{byte.hex()} ({error.reason}), which is {letter!r} in Windows-1252"


def _other_encoding(path: Path, line: int, expected: str, received: str, such_as: str) -> MirlitonError:
    where = f"{expected.removesuffix('-sig').upper()} in {path.name} line {line}"
    remedy = f"save the file as UTF-8, or name its encoding to the loader table: --option encoding={such_as}"
    return MirlitonError(where, received=received, remedy=remedy)
