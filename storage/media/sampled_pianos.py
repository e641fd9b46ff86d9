"""Sampled pianos on disk: a folder of sound files with a table of zones, ``samples.csv``.

::

    file,root_key,lo_key,hi_key,lo_vel,hi_vel,tune_cents,gain_db,release_s,lowpass_hz
    021_L1.ogg,21,21,22,0,59,-2.9,-5.71,0.38,

Further columns are not read; ``release_s`` and ``lowpass_hz`` may be missing or empty. See
`mir_models.synthesis.sampled_piano.Region`. Every key of the piano has a sample at every velocity; of several lines
for one, the first is played.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, ParameterError, TrackError
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS
from mir_models.resampling import resample
from mir_models.synthesis.sampled_piano import HIGHEST, Region, SampledPiano, Zone, uncovered
from storage.media.audio import read_mono
from storage.media.checks import check_complete
from storage.media.decoding import duration, open_recording

TABLE = "samples.csv"
COLUMNS = ("file", "root_key", "lo_key", "hi_key", "lo_vel", "hi_vel", "tune_cents", "gain_db")
"""Columns that a table has."""
RELEASE = 0.3
"""Seconds of ``release_s`` where the table has none."""
HEADROOM = 1.1
"""Rate at which samples are kept beside that of what is rendered: a sample can be lowered by so much without loss."""
STROKE = 0.05
"""Share of its peak that a sound reaches with the stroke."""
LATEST_STROKE = 0.03
"""Seconds after its beginning in which a sound does: labels would be early by more."""


@dataclass(frozen=True, eq=False)
class Row:
    """A line of the table: the name of a sound file, and where it is played.

    Attributes
    ----------
    line : int
        Its number in the file, from 1.
    file : str
    region : Region
    """

    line: int
    file: str
    region: Region


def read(folder: Path, sr: int) -> SampledPiano:
    """Read the piano in a folder, to be rendered at `sr` Hz.

    Raises
    ------
    MirlitonError
        As `read_table`, and when a sound file cannot be read, is cut off, or does not begin with the stroke.
    """
    sounds: dict[str, NDArray[np.float32]] = {}
    rate = round(sr * HEADROOM)
    zones = []
    for row in read_table(folder):
        if row.file not in sounds:
            sounds[row.file] = _sound(folder / row.file, rate)
        zones.append(Zone(y=sounds[row.file], sr=rate, **asdict(row.region)))
    return SampledPiano(folder.name, tuple(zones))


def read_table(folder: Path) -> tuple[Row, ...]:
    """The table of the piano in a folder.

    Raises
    ------
    MirlitonError
        When it is missing, lacks a column, a number, or a sample for a key at a velocity, or has a number out of range.
    """
    path = folder / TABLE
    rows = tuple(_row(cells, line, path) for line, cells in _lines(path))
    gaps = uncovered(row.region for row in rows)
    if len(gaps):
        expected = f"samples for all keys from {LOWEST_PITCH} to {LOWEST_PITCH + N_KEYS - 1}"
        expected += f" at all velocities from 1 to {HIGHEST}"
        raise MirlitonError(expected, received=f"{_gap(gaps)} in {path}", remedy=_widened(rows, gaps[0]))
    return rows


def check_files(folder: Path) -> None:
    """Check headers of the sound files that the table of the piano in a folder names, without decoding them.

    Raises
    ------
    MirlitonError
        As `read_table`, and when a file is missing or no sound.
    """
    for name in sorted({row.file for row in read_table(folder)}):
        try:
            duration(folder / name)
        except TrackError as error:
            raise _wrong_sound(folder / name, error) from error


def size(folder: Path) -> int:
    """Bytes of the sound files that the table of the piano in a folder names.

    Raises
    ------
    MirlitonError
        As `read_table`, and when one of the files is missing.
    """
    try:
        return sum((folder / name).stat().st_size for name in {row.file for row in read_table(folder)})
    except OSError as error:
        remedy = "copy the piano again"
        raise MirlitonError(f"the sound files of {folder / TABLE}", received=error, remedy=remedy) from error


def _lines(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Line numbers and cells of a table, in which no column is missing."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            columns = reader.fieldnames or ()
            lines = [(reader.line_num, cells) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        remedy = "give the folder of a sampled piano, its table in UTF-8"
        raise MirlitonError(f"a folder with {TABLE}", received=f"{path.parent}: {error}", remedy=remedy) from error
    missing = [column for column in COLUMNS if column not in columns]
    if missing or not lines:
        received = f"{path} without {', '.join(missing) or 'a row'}"
        remedy = f"complete it: {', '.join(COLUMNS)}, with commas between them"
        raise MirlitonError("a table of samples", received=received, remedy=remedy)
    return lines


def _row(cells: Mapping[Any, Any], line: int, path: Path) -> Row:
    """A line of the table; raises with its number."""
    where = f"in line {line} of {path}"
    if None in cells or None in cells.values():  # As csv has cells beyond the head, and such as are missing.
        remedy = "correct the line; decimals have points"
        raise MirlitonError("as many cells as columns", received=f"others {where}", remedy=remedy)
    try:
        return Row(line, _file(cells["file"]), _region(cells))
    except ParameterError as error:
        received, remedy = f"{error.received} {where}", "correct the line"
        raise MirlitonError(error.expected, received=received, remedy=remedy) from error
    except ValueError as error:
        received, remedy = f"{error} {where}", "correct the line"
        raise MirlitonError("a table of samples with numbers", received=received, remedy=remedy) from error


def _file(name: str) -> str:
    """The name of a sound file; refuses none."""
    if not name.strip():
        raise ParameterError("the name of a sound file", received="none", remedy="add it")
    return name


def _region(cells: Mapping[str, str]) -> Region:
    """Where the sample of a line is played."""
    return Region(
        root_key=int(cells["root_key"]),
        keys=(int(cells["lo_key"]), int(cells["hi_key"])),
        velocities=(int(cells["lo_vel"]), int(cells["hi_vel"])),
        cents=float(cells["tune_cents"]),
        gain=float(cells["gain_db"]),
        release=float(cells.get("release_s") or RELEASE),
        lowpass=float(cells["lowpass_hz"]) if cells.get("lowpass_hz") else None,
    )


def _gap(gaps: NDArray[np.int64]) -> str:
    """The first of some (n, 2) keys and velocities without a sample, and how many others there are, as text."""
    key = int(gaps[0, 0])
    velocities = gaps[gaps[:, 0] == key, 1]
    n = int(np.argmax(np.diff(velocities, append=HIGHEST + 2) > 1))
    others = len(np.unique(gaps[:, 0])) - 1
    return f"none for key {key} at velocities {velocities[0]} to {velocities[n]}" + (
        f", and gaps at {others} other key{'s' * (others != 1)}" if others else ""
    )


def _widened(rows: Sequence[Row], gap: NDArray[np.int64]) -> str:
    """The remedy for a key at a velocity without a sample: the line that is nearest to it."""

    def distances(row: Row) -> list[int]:
        ranges = (row.region.keys, row.region.velocities)
        return [max(low - value, value - high, 0) for (low, high), value in zip(ranges, gap.tolist(), strict=True)]

    row = min(rows, key=distances)
    (lo_key, hi_key), (lo_vel, hi_vel) = row.region.keys, row.region.velocities
    return f"widen a range, e.g. of line {row.line}: keys {lo_key} to {hi_key}, velocities {lo_vel} to {hi_vel}"


def _sound(path: Path, rate: int) -> NDArray[np.float32]:
    """The samples of a file at a rate in Hz."""
    try:
        y, sr = read_mono(path)
        with closing(open_recording(path)) as decoder:
            check_complete(path, decoder.damage(len(y)))
    except TrackError as error:
        raise _wrong_sound(path, error) from error
    levels = np.abs(y)
    loudest = float(levels.max(initial=0.0))
    begins = int(np.argmax(levels >= STROKE * loudest)) / sr
    if not loudest or begins > LATEST_STROKE:
        received = f"{path}, which {f'begins after {begins:.3f} s' if loudest else 'is silent'}"
        expected, remedy = "sounds that begin with the stroke", "cut the silence before it, or record it again"
        raise MirlitonError(expected, received=received, remedy=remedy)
    return resample(y, sr, rate)


def _wrong_sound(path: Path, error: TrackError) -> MirlitonError:
    """A sound file that cannot be read."""
    remedy = f"{error.remedy}, or copy the piano again"
    return MirlitonError(f"sound files beside {TABLE}", received=f"{path}: {error.received}", remedy=remedy)
