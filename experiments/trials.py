"""Trials, done one after the other, each result kept in a file of its own: what is there is not done again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.objects.atomic import write_whole

Tell = Callable[[str], None]
Results = list[dict[str, Any]]


@dataclass(frozen=True)
class Trial:
    """Something to be done that has a result: a training, a probe.

    Attributes
    ----------
    name : str
    path : Path
        Where the result is kept.
    do : callable (tell) -> dict
        Do it; `tell` says how far it is.
    """

    name: str
    path: Path
    do: Callable[[Tell], dict[str, Any]]


def complete(trials: Sequence[Trial]) -> None:
    """Do the trials whose results are not there, one after the other."""
    missing = [trial for trial in trials if not trial.path.exists()]
    tell(f"{len(missing)} of {len(trials)} to do")
    for n, trial in enumerate(missing, start=1):
        began, name = time.monotonic(), f"{n}/{len(missing)} {trial.name}"
        result = trial.do(lambda said, name=name: tell(f"{name}: {said}"))
        seconds = time.monotonic() - began
        keep(trial.path, {**result, "seconds": seconds})
        tell(f"{name}: {seconds:.0f} s")


def keep(path: Path, result: dict[str, Any]) -> None:
    """Write a result whole or not at all."""
    write_whole(path, json.dumps(result, indent=1).encode())


def read(paths: Iterable[Path]) -> Results:
    """The results among `paths` that are there, in their order."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]


def tell(said: str) -> None:
    """Print a line with the time of day."""
    print(time.strftime("%H:%M:%S"), said, flush=True)
