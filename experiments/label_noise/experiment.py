"""The trainings: one per jitter and seed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from experiments.label_noise.evaluation import Predict, evaluate
from experiments.label_noise.excerpts import Excerpt
from experiments.label_noise.plan import Plan
from experiments.trials import OnProgress, Result, Results, complete, read_results, trials_by_seed

Train = Callable[..., Predict]


def run(excerpts: Sequence[Excerpt], plan: Plan, out: Path, train: Train) -> None:
    """Train and evaluate what is missing."""
    path, result = partial(result_file, out, plan), partial(_result, excerpts, plan, train)
    complete(trials_by_seed(plan.jitters, range(plan.seeds), name=_name, path=path, run=result))


def _name(jitter: float) -> str:
    return f"±{1000 * jitter:.0f} ms"


def _result(
    excerpts: Sequence[Excerpt], plan: Plan, train: Train, jitter: float, seed: int, on_progress: OnProgress
) -> Result:
    """One training and its scores."""
    began = time.monotonic()
    trained_on = [each for each in excerpts if each.split == "train"]
    predict = train(trained_on, plan, jitter=jitter, seed=seed, on_progress=on_progress)
    seconds = time.monotonic() - began
    return {"jitter": jitter, "seed": seed, "train_s": seconds, **evaluate(predict, excerpts, jitter=jitter, seed=seed)}


def result_file(out: Path, plan: Plan, jitter: float, seed: int) -> Path:
    """Where the result of one training is kept."""
    return out / f"results-{plan.digest}" / f"jitter-{1000 * jitter:g}ms-seed-{seed}.json"


def results(out: Path, plan: Plan) -> Results:
    """The results of a plan that exist, by jitter and seed."""
    return read_results(result_file(out, plan, jitter, seed) for jitter in plan.jitters for seed in range(plan.seeds))
