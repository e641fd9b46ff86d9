"""Figures of the benchmarks over time: ``python -m benchmarks.history`` prints the latest of each beside peer and goal.

Every figure is one line of JSON, appended to ``history.jsonl`` beside this file or to the file that the environment's
``MIRLITON_BENCHMARK_HISTORY`` names, together with its date, the commit, the machine and the versions of libraries.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import _goals
from experiments import command_line
from mir_models.errors import MirlitonError

PATH_VARIABLE = "MIRLITON_BENCHMARK_HISTORY"
DEFAULT_PATH = Path(__file__).with_name("history.jsonl")
REPOSITORY = Path(__file__).parents[1]
LIBRARIES = ("mirliton", "numpy", "zarr", "keras", "tensorflow", "jax", "librosa", "dask", "dagster", "soundfile")
"""Libraries whose versions are kept beside a figure."""


@dataclass(frozen=True)
class Figure:
    """One measured value, with that of its peer from the same run.

    Attributes
    ----------
    name : str
        ``<benchmark>/<what>``, e.g. ``data_path/random examples``; the same from run to run.
    value : float
    unit : str
        Of both values, e.g. ``examples/s``.
    peer : str
        What was measured beside it; empty: nothing.
    peer_value : float, optional
        Its value.
    goal : str
        ``≥ 3000``, ``≤ 8``, or relative to the peer, ``≥ 8 × peer``; empty: none.
    details : dict
        Whatever else describes the measurement: numbers of tracks, options, intervals.
    """

    name: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None
    goal: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A figure with the circumstances of its measurement.

    Attributes
    ----------
    figure : Figure
    date : str
        UTC, ISO 8601, to the second.
    commit : str
        Hash of the checkout, with ``+`` where files were changed since; empty where git or its folder is missing.
    machine : str
        Processor, cores that this process may use, memory and accelerators.
    versions : dict
        Of Python and of those `LIBRARIES` that are installed.
    """

    figure: Figure
    date: str
    commit: str
    machine: str
    versions: dict[str, str]


def append(figure: Figure, path: Path | None = None) -> Entry:
    """Add a figure to the history.

    Parameters
    ----------
    figure : Figure
    path : Path, optional
        File of the history; by default `history_path()`. Its folder is made.

    Returns
    -------
    Entry
        What was written: one line, in one call, so that benchmarks which run side by side do not mix theirs.
    """
    date = datetime.now(UTC).replace(microsecond=0).isoformat()
    entry = Entry(figure, date, commit(REPOSITORY), machine(), versions())
    path = path or history_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(dataclasses.asdict(entry), ensure_ascii=False) + "\n")
    return entry


def entries(path: Path | None = None) -> list[Entry]:
    """All figures in the order in which they were appended; none where there is no file.

    Raises
    ------
    MirlitonError
        When a line is no figure.
    """
    path = path or history_path()
    if not path.is_file():
        return []
    return [_entry(path, *each) for each in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)]


def latest(found: Sequence[Entry]) -> list[Entry]:
    """The last entry of each name, sorted by name."""
    by_name = {each.figure.name: each for each in found}
    return [by_name[name] for name in sorted(by_name)]


def table(found: Sequence[Entry]) -> str:
    """A markdown table: figure, value, unit, peer and its value, their ratio, goal, whether it is reached, when."""
    rows = ["| figure | value | unit | peer | its value | ratio | goal | reached | date | commit |", "|---" * 10 + "|"]
    return "\n".join([*rows, *map(_row, found)])


def history_path() -> Path:
    """The file of the history: that of the environment, else `DEFAULT_PATH`."""
    return Path(os.environ.get(PATH_VARIABLE) or DEFAULT_PATH)


def commit(repository: Path) -> str:
    """Short hash of a checkout, with ``+`` where tracked files were changed; empty where git cannot give it."""
    try:
        head = _git(repository, "rev-parse", "--short=12", "HEAD")
        return head + ("+" if _git(repository, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def machine() -> str:
    """Processor, usable cores, memory and accelerators in one line."""
    import psutil

    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = [_processor(), f"{n_cores} cores", f"{psutil.virtual_memory().total / 2**30:.0f} GiB", *_accelerators()]
    return ", ".join(parts)


def versions() -> dict[str, str]:
    """Version of Python and of each library that is installed, by name."""
    return {"python": platform.python_version(), **{name: each for name in LIBRARIES if (each := _version(name))}}


def main() -> None:
    """Print the latest figures, or with ``--name`` all of one."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.history", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--history", type=Path, help=f"file of the history; default: {PATH_VARIABLE}, else history.jsonl"
    )
    parser.add_argument("--name", default="", help="every entry of the figures whose names begin so, in order of time")
    arguments = parser.parse_args()
    found = entries(arguments.history)
    if not found:
        path, remedy = arguments.history or history_path(), "measure some: make benchmarks"
        raise MirlitonError("a history with figures", received=f"none in {path}", remedy=remedy)
    named = [each for each in found if each.figure.name.startswith(arguments.name)]
    print(table(named if arguments.name else latest(found)))


def _entry(path: Path, number: int, line: str) -> Entry:
    try:
        return msgspec.json.decode(line, type=Entry)
    except msgspec.MsgspecError as error:
        expected, remedy = f"a figure in line {number} of {path}", "delete the line"
        raise MirlitonError(expected, received=error, remedy=remedy) from error


def _row(entry: Entry) -> str:
    each = entry.figure
    ratio = each.value / each.peer_value if each.peer_value else None
    reached = _goals.reached(each.goal, each.value, each.peer_value)
    cells = (
        each.name, _number(each.value), each.unit, each.peer, _number(each.peer_value), _number(ratio), each.goal,
        {True: "yes", False: "no", None: ""}[reached], entry.date[:10], entry.commit[:8],
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _number(value: float | None) -> str:
    """Three significant digits, whole numbers in full."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _git(repository: Path, *words: str) -> str:
    command = ["git", "-C", str(repository), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout.strip()


def _processor() -> str:
    """The model of the processor, as Linux names it, else as Python does."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8", errors="replace").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), "") or platform.processor() or platform.machine()


def _accelerators() -> list[str]:
    """Names of the GPUs that NVIDIA's tool lists; none where it is missing."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return []
    return found.stdout.splitlines()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    command_line.call(main)
