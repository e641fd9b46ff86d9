"""The command line: see :mod:`experiments.midi_readers`."""

from __future__ import annotations

import importlib.metadata
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import experiments.midi_readers
from experiments import command_line
from experiments.midi_readers.cases import CASES
from experiments.midi_readers.readers import Rows, installed, is_equal, read
from experiments.tables import markdown_table
from mir_models.errors import MirlitonError

SUFFIXES = (".mid", ".midi")


def main() -> None:
    """Print a table of the files below folders, and one of the small files."""
    parser = command_line.module_parser(experiments.midi_readers)
    parser.add_argument("folders", type=Path, nargs="+", help="with MIDI files anywhere below")
    folders = parser.parse_args().folders
    paths = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        remedy = "give folders with MIDI files"
        raise MirlitonError("MIDI files", received=f"none below {' and '.join(map(str, folders))}", remedy=remedy)
    warnings.simplefilter("ignore")  # Of the other readers, about tempos outside the first track.
    print(files_table(paths, installed()), case_table(installed()), sep="\n\n")


def files_table(paths: Sequence[Path], names: Sequence[str]) -> str:
    """A row per reader: files read, notes, files read equally, and seconds of the processor."""
    found: dict[str, list[Rows | str]] = {}
    seconds = {}
    for name in names:
        read(name, paths[0])  # Its modules are imported before the clock runs.
        start = time.process_time()
        found[name] = [read(name, path) for path in paths]
        seconds[name] = time.process_time() - start
    return markdown_table(
        ["reader", "files read", "notes", "files read equally", "seconds"],
        [_row(name, found, f"{seconds[name]:.1f}") for name in names],
    )


def _row(name: str, found: Mapping[str, Sequence[Rows | str]], seconds: str) -> list[str]:
    readings = [rows for rows in found[name] if not isinstance(rows, str)]
    equal = sum(map(is_equal, found[name], found["mirliton"]))
    version = "" if name == "mirliton" else f" {importlib.metadata.version(name)}"
    n_files = len(found[name])
    notes = sum(map(len, readings))
    return [f"{name}{version}", f"{len(readings)} of {n_files}", f"{notes:,}", f"{equal} of {n_files}", seconds]


def case_table(names: Sequence[str]) -> str:
    """A row per small file: what each reader reads."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.mid"
        rows = []
        for case, content in CASES.items():
            path.write_bytes(content)
            rows.append([case, *(describe(read(name, path)) for name in names)])
    return markdown_table(["file", *names], rows)


def describe(rows: Rows | str) -> str:
    """Notes as "key: onset–offset"; "refused" for an error."""
    if isinstance(rows, str):
        return "refused"
    return ", ".join(f"{pitch:g}: {onset:g}–{round(offset, 2):g}" for onset, offset, pitch in rows) or "no note"


if __name__ == "__main__":
    command_line.call(main)
