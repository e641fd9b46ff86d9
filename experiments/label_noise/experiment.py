"""The trainings: one per jitter and seed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from experiments.label_noise.excerpts import Excerpt
from experiments.label_noise.judging import Predict, judge
from experiments.label_noise.plan import Plan
from experiments.trials import Results, Tell, Trial, complete, read

Train = Callable[..., Predict]


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


def results(out: Path, plan: Plan) -> Results:
    """The results of a plan that are there, by jitter and seed."""
    return read(result_file(out, plan, jitter, seed) for jitter in plan.jitters for seed in range(plan.seeds))
