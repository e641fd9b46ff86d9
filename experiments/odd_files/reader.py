"""Runs in a checkout and reads files by its functions: a path per line in, a JSON object per line out.

Started by :mod:`experiments.odd_files.checkout` with the root of the checkout, whose packages are imported, whatever
their age: nothing of this folder is.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

MIDI = (".mid", ".rmi")


def main(root: str) -> None:
    """Read files until standard input ends; what libraries print goes to standard error."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path[0] = root
    for line in sys.stdin:
        path = Path(json.loads(line))
        print(json.dumps(midi(path) if path.suffix in MIDI else sound(path)), file=out, flush=True)


def sound(path: Path) -> dict[str, Any]:
    """What ``transcribe`` and what the track table get of a recording."""
    from storage.media import audio

    def stream() -> dict[str, Any]:
        warnings: list[str] = []
        y, sr = audio.process_checked(path, lambda blocks, sr: (np.concatenate(list(blocks)), sr), warnings.append)
        return {"seconds": len(y) / sr, "levels": levels(y, sr), "warnings": warnings}

    def table() -> dict[str, Any]:
        recording, _ = audio.read_checked(path)
        return {"duration": recording.duration, "mix": getattr(recording, "mix", None)}

    return {"error": "", "refused": ""} | attempt(stream, "error") | attempt(table, "refused")


def levels(y: np.ndarray, sr: int) -> list[float]:
    """Root mean square of each second, the last one of at least half a second."""
    seconds = [y[first : first + sr].astype(np.float64) for first in range(0, len(y) - sr // 2, max(sr, 1))]
    return [float(np.sqrt(np.mean(each**2))) for each in seconds]


def midi(path: Path) -> dict[str, Any]:
    """Notes as (onset, offset, pitch, velocity), and the pedal's intervals."""
    from storage.media import midi as reader

    def notes() -> dict[str, Any]:
        performance = reader.read(path)
        found = performance.notes
        rows = np.column_stack([found.intervals, found.pitches, found.velocities])
        return {"notes": rows.tolist(), "pedal": performance.pedal.tolist()}

    return {"error": ""} | attempt(notes, "error")


def attempt(read: Callable[[], dict[str, Any]], key: str) -> dict[str, Any]:
    """What a function returns; of an error that it raises, the text under `key`."""
    try:
        return read()
    except Exception as error:  # noqa: BLE001 (whatever a checkout raises is its result)
        return {key: str(error)}


if __name__ == "__main__":
    main(sys.argv[1])
