"""mirliton's own command, once for all recordings."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

Rows = dict[str, list[tuple[float | None, ...]]]

TOGETHER = True
"""The function that ``load`` returns takes several recordings at once."""
FRAMES = re.compile(r"[\s\u2500-\u257f]+")
"""Space, and the lines that a command draws around its errors."""


def load(command: str) -> Callable[[list[str]], list[Rows]]:
    """The command, to which recordings, the folder for its files and their format are added."""

    def transcribe(recordings: list[str]) -> list[Rows]:
        with TemporaryDirectory() as out:
            words = [*shlex.split(command), *recordings, "-o", out, "--format", "json"]
            ended = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            print(ended.stdout)
            if ended.returncode:
                raise RuntimeError(FRAMES.sub(" ", ended.stdout)[-200:].strip())
            return [_notes(Path(out) / f"{Path(each).stem}.json") for each in recordings]

    return transcribe


def _notes(path: Path) -> Rows:
    document = json.loads(path.read_text(encoding="utf-8"))
    names = ("onset", "offset", "pitch", "velocity")
    return {"notes": [tuple(note.get(name) for name in names) for note in document["notes"]]}
