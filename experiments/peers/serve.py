"""Inside a system's environment: load it once, let it hear recordings one by one, and write what it found.

``python -P serve.py RUNNER WORDS OUT WARM_UP RECORDING…``, with RUNNER a file of :mod:`experiments.peers.runners` and
WORDS the arguments of its ``load`` as a JSON list. Only the standard library is imported, so that any environment can
run it (``-P``: else the files beside this one would be found in place of packages). The first seconds of a system
compile and load what they need: it hears WARM_UP first, unmeasured.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Found = dict[str, Any]
Transcribe = Callable[[Sequence[str]], list[Found]]


def main(runner: str, words: str, out: str, warm_up: str, *recordings: str) -> None:
    """Write ``OUT/<stem>.json`` for every recording, each whole or not at all."""
    keep_to_one_core()
    transcribe, together = load(runner, json.loads(words))
    if not together:
        transcribe([warm_up])
    for group in [recordings] if together else [[each] for each in recordings]:
        for recording, found in zip(group, measured(transcribe, group), strict=True):
            _write(Path(out) / f"{Path(recording).stem}.json", found)
            print(f"{recording} done", flush=True)


def load(runner: str, words: Sequence[str]) -> tuple[Transcribe, bool]:
    """What hears recordings, and whether it wants them together."""
    spec = importlib.util.spec_from_file_location("runner", runner)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(runner)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    transcribe = module.load(*words)
    if getattr(module, "TOGETHER", False):
        return transcribe, True
    return lambda recordings: [transcribe(each) for each in recordings], False


def measured(transcribe: Transcribe, recordings: Sequence[str]) -> list[Found]:
    """What a system found, and the seconds it took, of the processor and on the wall, divided by the files' sizes."""
    cpu, wall = _cpu_seconds(), time.perf_counter()
    found = transcribe(recordings)
    cpu, wall = _cpu_seconds() - cpu, time.perf_counter() - wall
    sizes = [os.path.getsize(each) for each in recordings]
    taken = [{"cpu": cpu * size / sum(sizes), "wall": wall * size / sum(sizes)} for size in sizes]
    return [_plain(each) | seconds for each, seconds in zip(found, taken, strict=True)]


def keep_to_one_core() -> None:
    """Where the system can: variables that ask for one thread are not heard by every library."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _cpu_seconds() -> float:
    """Of this process and of those it has waited for."""
    return time.process_time() + sum(os.times()[2:4])


def _plain(found: Found) -> Found:
    """The rows as JSON has them: None, or floats of any library's kind."""
    plain = {
        kind: [[None if value is None else float(value) for value in row] for row in found[kind]] for kind in found
    }
    return {"pedal": []} | plain


def _write(path: Path, found: Found) -> None:
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(found), encoding="utf-8")
    os.replace(draft, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
