"""Sampled pianos on disk: a folder of sound files with a table of zones, ``samples.csv``.

::

    file,root_key,lo_key,hi_key,lo_vel,hi_vel,tune_cents,gain_db,release_s,lowpass_hz
    021_L1.ogg,21,21,22,0,59,-2.9,-5.71,0.38,

Further columns are not read; ``release_s`` and ``lowpass_hz`` may be missing or empty. See
`mir_models.synthesis.sampled_piano.Zone`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, TrackError
from mir_models.resampling import resample
from mir_models.synthesis.sampled_piano import SampledPiano, Zone
from storage.media.audio import read_mono

TABLE = "samples.csv"
COLUMNS = ("file", "root_key", "lo_key", "hi_key", "lo_vel", "hi_vel", "tune_cents", "gain_db")
"""Columns that a table has."""
RELEASE = 0.3
"""Seconds of ``release_s`` where the table has none."""
HEADROOM = 1.1
"""Rate at which samples are kept beside that of what is rendered: a sample can be lowered by so much without loss."""


def read(folder: Path, sr: int) -> SampledPiano:
    """Read the piano in a folder, to be rendered at `sr` Hz.

    Raises
    ------
    MirlitonError
        When the table is missing, lacks a column or a number, or names a file that cannot be read.
    """
    sounds: dict[str, NDArray[np.float32]] = {}
    rate = round(sr * HEADROOM)
    zones = []
    for number, row in enumerate(_rows(folder), start=2):
        if row["file"] not in sounds:
            sounds[row["file"]] = _sound(folder / row["file"], rate)
        try:
            zones.append(_zone(row, sounds[row["file"]], rate))
        except ValueError as error:
            received, remedy = f"{error} in line {number} of {folder / TABLE}", "correct the line"
            raise MirlitonError("a table of samples with numbers", received=received, remedy=remedy) from error
    return SampledPiano(folder.name, tuple(zones))


def size(folder: Path) -> int:
    """Bytes of the sound files that the table of the piano in a folder names.

    Raises
    ------
    MirlitonError
        When the table or one of the files is missing.
    """
    try:
        return sum((folder / name).stat().st_size for name in {row["file"] for row in _rows(folder)})
    except OSError as error:
        remedy = "copy the piano again"
        raise MirlitonError(f"the sound files of {folder / TABLE}", received=error, remedy=remedy) from error


def _rows(folder: Path) -> list[dict[str, str]]:
    """The rows of the table, in which no column is missing."""
    try:
        with open(folder / TABLE, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        remedy = "give the folder of a sampled piano"
        raise MirlitonError(f"a folder with {TABLE}", received=f"{folder}: {error}", remedy=remedy) from error
    missing = [column for column in COLUMNS if any(row.get(column) is None for row in rows)]
    if missing or not rows:
        received = f"{folder / TABLE} without {', '.join(missing) or 'a row'}"
        remedy = f"complete it: {', '.join(COLUMNS)}"
        raise MirlitonError("a table of samples", received=received, remedy=remedy)
    return rows


def _sound(path: Path, rate: int) -> NDArray[np.float32]:
    """The samples of a file at a rate in Hz."""
    try:
        y, sr = read_mono(path)
    except TrackError as error:
        expected, remedy = f"sound files beside {TABLE}", "copy the piano again"
        raise MirlitonError(expected, received=f"{path.name}: {error}", remedy=remedy) from error
    return resample(y, sr, rate)


def _zone(row: Mapping[str, str | None], y: NDArray[np.float32], rate: int) -> Zone:
    """The zone that a row of the table describes."""
    text = {name: value or "" for name, value in row.items()}
    return Zone(
        y=y,
        sr=rate,
        root_key=int(text["root_key"]),
        keys=(int(text["lo_key"]), int(text["hi_key"])),
        velocities=(int(text["lo_vel"]), int(text["hi_vel"])),
        cents=float(text["tune_cents"]),
        gain=float(text["gain_db"]),
        release=float(text.get("release_s") or RELEASE),
        lowpass=float(text["lowpass_hz"]) if text.get("lowpass_hz") else None,
    )
