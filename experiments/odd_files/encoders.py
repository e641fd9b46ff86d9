"""Files by the programs ffmpeg, sox, lame and others: a case is skipped where its program or codec is missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from experiments.odd_files.case import Skipped


def ffmpeg(source: Path, out: Path, *options: str) -> Path:
    """Encode a file by ffmpeg, without the marks of its version."""
    return run(["ffmpeg", "-v", "error", "-y", "-i", str(source), "-bitexact", *options, str(out)], out)


def sox(source: Path, out: Path, *options: str) -> Path:
    """Encode a file by sox."""
    return run(["sox", "-V1", str(source), *options, str(out)], out)


def lame(source: Path, out: Path, *options: str) -> Path:
    """Encode a file by lame."""
    return run(["lame", "--quiet", *options, str(source), str(out)], out)


def run(words: list[str], out: Path) -> Path:
    """Run a program that writes a file.

    Raises
    ------
    Skipped
        When it is not installed, or writes nothing.
    """
    require(words[0])
    subprocess.run(words, capture_output=True)
    return _written(words[0], out)


def piped(line: str, out: Path, *programs: str) -> Path:
    """Run a line of bash in the folder of the file that it writes, by pipes in which no program can go back.

    Raises
    ------
    Skipped
        When one of the programs is not installed, or nothing is written.
    """
    for each in ("bash", *programs):
        require(each)
    subprocess.run(["bash", "-c", line], cwd=out.parent, capture_output=True)
    return _written(" and ".join(programs), out)


def require(program: str) -> None:
    """Raise `Skipped` where a program is not installed."""
    if shutil.which(program) is None:
        raise Skipped(f"no {program}")


def _written(program: str, out: Path) -> Path:
    if not out.is_file() or out.stat().st_size < 64:
        raise Skipped(f"{program} writes none here")
    return out
