"""Inside a system's environment: load it once, transcribe recordings one by one, and write the results.

``python -P serve.py RUNNER WORDS OUT WARM_UP RECORDING…``, with RUNNER a file of :mod:`experiments.peers.runners` and
WORDS the arguments of its ``load`` as a JSON list. Only the standard library is imported, so that any environment can
run it (``-P``: else the files beside this one would be found in place of packages). The first seconds of a system
compile and load what they need: it transcribes WARM_UP first, unmeasured.
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

Result = dict[str, Any]
Transcribe = Callable[[Sequence[str]], list[Result]]


def main(runner: str, words: str, out: str, warm_up: str, *recordings: str) -> None:
    """Write ``OUT/<stem>.json`` for every recording, each atomically."""
    keep_to_one_core()
    transcribe, together = load(runner, json.loads(words))
    if not together:
        transcribe([warm_up])
    for group in [recordings] if together else [[each] for each in recordings]:
        for recording, result in zip(group, measured(transcribe, group), strict=True):
            _write(Path(out) / f"{Path(recording).stem}.json", result)
            print(f"{recording} done", flush=True)


def load(runner: str, words: Sequence[str]) -> tuple[Transcribe, bool]:
    """A runner's function of recordings, and whether it takes them all together."""
    spec = importlib.util.spec_from_file_location("runner", runner)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(runner)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    transcribe = module.load(*words)
    if getattr(module, "TOGETHER", False):
        return transcribe, True
    return lambda recordings: [transcribe(each) for each in recordings], False


def measured(transcribe: Transcribe, recordings: Sequence[str]) -> list[Result]:
    """Results with the seconds they took, of CPU and wall clock; those of a common call are divided by file size."""
    cpu, wall = _cpu_seconds(), time.perf_counter()
    results = transcribe(recordings)
    cpu, wall = _cpu_seconds() - cpu, time.perf_counter() - wall
    sizes = [os.path.getsize(each) for each in recordings]
    taken = [{"cpu": cpu * size / sum(sizes), "wall": wall * size / sum(sizes)} for size in sizes]
    return [_plain(each) | seconds for each, seconds in zip(results, taken, strict=True)]


def keep_to_one_core() -> None:
    """Where the system can: not every library heeds the variables that limit threads."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _cpu_seconds() -> float:
    """Of this process and of those it has waited for."""
    return time.process_time() + sum(os.times()[2:4])


def _plain(result: Result) -> Result:
    """The rows as JSON has them: None, or floats of any library's kind."""
    plain = {
        kind: [[None if value is None else float(value) for value in row] for row in rows]
        for kind, rows in result.items()
    }
    return {"pedal": []} | plain


def _write(path: Path, result: Result) -> None:
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(result), encoding="utf-8")
    os.replace(draft, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
