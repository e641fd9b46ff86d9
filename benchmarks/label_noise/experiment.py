"""The trainings, one after the other, each kept in a file of its own: what is there is not done again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.label_noise.excerpts import Excerpt
from benchmarks.label_noise.judging import Predict, judge
from benchmarks.label_noise.plan import Plan
from storage.whole_files import write_whole

Train = Callable[..., Predict]
Tell = Callable[[str], None]
Results = list[dict[str, Any]]


@dataclass(frozen=True)
class Trial:
    """A training that has a result.

    Attributes
    ----------
    name : str
    path : Path
        Where the result is kept.
    do : callable (tell) -> dict
        Train and judge; `tell` says how far it is.
    """

    name: str
    path: Path
    do: Callable[[Tell], dict[str, Any]]


def run(excerpts: Sequence[Excerpt], plan: Plan, out: Path, train: Train) -> None:
    """Train and judge what is missing: seed by seed, so that every jitter has a result early."""
    wanted = [(jitter, seed) for seed in range(plan.seeds) for jitter in plan.jitters]
    complete(
        [
            Trial(
                f"±{1000 * jitter:.0f} ms, seed {seed}",
                result_file(out, plan, jitter, seed),
                partial(_result, excerpts, plan, train, jitter, seed),
            )
            for jitter, seed in wanted
        ]
    )


def complete(trials: Sequence[Trial]) -> None:
    """Do the trials whose results are not there, one after the other."""
    missing = [trial for trial in trials if not trial.path.exists()]
    tell(f"{len(missing)} of {len(trials)} trainings to do")
    for n, trial in enumerate(missing, start=1):
        began, name = time.monotonic(), f"{n}/{len(missing)} {trial.name}"
        result = trial.do(lambda said, name=name: tell(f"{name}: {said}"))
        seconds = time.monotonic() - began
        keep(trial.path, {**result, "seconds": seconds})
        tell(f"{name}: {seconds:.0f} s")


def _result(
    excerpts: Sequence[Excerpt], plan: Plan, train: Train, jitter: float, seed: int, tell: Tell
) -> dict[str, Any]:
    """One training and its scores."""
    began = time.monotonic()
    trained_on = [each for each in excerpts if each.split == "train"]
    predict = train(trained_on, plan, jitter=jitter, seed=seed, tell=tell)
    learnt = time.monotonic() - began
    return {"jitter": jitter, "seed": seed, "train_s": learnt, **judge(predict, excerpts, jitter=jitter, seed=seed)}


def result_file(out: Path, plan: Plan, jitter: float, seed: int) -> Path:
    """Where the result of one training is kept."""
    return out / f"results-{plan.name}" / f"jitter-{1000 * jitter:g}ms-seed-{seed}.json"


def keep(path: Path, result: dict[str, Any]) -> None:
    """Write a result whole or not at all."""
    write_whole(path, json.dumps(result, indent=1).encode())


def results(out: Path, plan: Plan) -> Results:
    """The results of a plan that are there, by jitter and seed."""
    return read(result_file(out, plan, jitter, seed) for jitter in plan.jitters for seed in range(plan.seeds))


def read(paths: Iterable[Path]) -> Results:
    """The results among `paths` that are there, in their order."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]


def tell(said: str) -> None:
    """Print a line with the time of day."""
    print(time.strftime("%H:%M:%S"), said, flush=True)
