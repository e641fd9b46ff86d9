"""Trials of an experiment, done one after the other, each result in a JSON file of its own: existing ones are kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from storage.objects.atomic import write_atomic

OnProgress = Callable[[str], None]
"""Called with a line of progress, e.g. ``"epoch 3 of 20"``."""
Result = dict[str, Any]
"""What the JSON file of a trial holds."""
Results = list[Result]
Condition = TypeVar("Condition")


@dataclass(frozen=True)
class Trial:
    """A training, or whatever else has a result.

    Attributes
    ----------
    name : str
    path : Path
        Where the result is kept.
    run : callable (on_progress) -> mapping
        Compute the result, a mapping of JSON values.
    """

    name: str
    path: Path
    run: Callable[[OnProgress], Mapping[str, Any]]


def trials_by_seed(
    conditions: Iterable[Condition],
    seeds: Iterable[int],
    *,
    name: Callable[[Condition], str],
    path: Callable[[Condition, int], Path],
    run: Callable[[Condition, int, OnProgress], Mapping[str, Any]],
) -> list[Trial]:
    """One trial per condition and seed: seed by seed, so that every condition has a result early."""
    conditions = list(conditions)
    return [
        Trial(f"{name(each)}, seed {seed}", path(each, seed), partial(run, each, seed))
        for seed in seeds
        for each in conditions
    ]


def complete(trials: Sequence[Trial]) -> None:
    """Run the trials whose results are missing, one after the other."""
    missing = [trial for trial in trials if not trial.path.exists()]
    log(f"{len(missing)} of {len(trials)} to do")
    for n, trial in enumerate(missing, start=1):
        began, name = time.monotonic(), f"{n}/{len(missing)} {trial.name}"
        result = trial.run(partial(_log_of, name))
        seconds = time.monotonic() - began
        write_result(trial.path, {**result, "seconds": seconds})
        log(f"{name}: {seconds:.0f} s")


def write_result(path: Path, result: Mapping[str, Any]) -> None:
    """Write a result atomically."""
    write_atomic(path, json.dumps(result, indent=1).encode())


def read_results(paths: Iterable[Path]) -> Results:
    """The results among `paths` that exist, in their order."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]


def log(text: str) -> None:
    """Print a line with the time of day."""
    print(time.strftime("%H:%M:%S"), text, flush=True)


def _log_of(name: str, text: str) -> None:
    log(f"{name}: {text}")
