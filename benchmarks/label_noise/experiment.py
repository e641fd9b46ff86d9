"""The trainings, one after the other, each kept in a file of its own: what is there is not done again."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.label_noise.excerpts import Excerpt
from benchmarks.label_noise.judging import Predict, judge
from benchmarks.label_noise.plan import Plan

Train = Callable[..., Predict]
Results = list[dict[str, Any]]


def run(excerpts: Sequence[Excerpt], plan: Plan, out: Path, train: Train) -> None:
    """Train and judge what is missing: seed by seed, so that every jitter has a result early."""
    missing = [(jitter, seed) for seed in range(plan.seeds) for jitter in plan.jitters]
    missing = [each for each in missing if not result_file(out, plan, *each).exists()]
    _tell(f"{len(missing)} of {plan.seeds * len(plan.jitters)} trainings to do")
    for n, (jitter, seed) in enumerate(missing, start=1):
        began, name = time.monotonic(), f"{n}/{len(missing)} ±{1000 * jitter:.0f} ms, seed {seed}"
        trained_on = [each for each in excerpts if each.split == "train"]
        predict = train(
            trained_on, plan, jitter=jitter, seed=seed, tell=lambda said, name=name: _tell(f"{name}: {said}")
        )
        learnt = time.monotonic() - began
        judged = judge(predict, excerpts, jitter=jitter, seed=seed)
        result = {"jitter": jitter, "seed": seed, "train_s": learnt, "seconds": time.monotonic() - began, **judged}
        keep(result_file(out, plan, jitter, seed), result)
        _tell(f"{name}: {result['seconds']:.0f} s")


def result_file(out: Path, plan: Plan, jitter: float, seed: int) -> Path:
    """Where the result of one training is kept."""
    return out / f"results-{plan.name}" / f"jitter-{1000 * jitter:g}ms-seed-{seed}.json"


def keep(path: Path, result: dict[str, Any]) -> None:
    """Write a result whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(result, indent=1), encoding="utf-8")
    os.replace(draft, path)


def results(out: Path, plan: Plan) -> Results:
    """The results of a plan that are there, by jitter and seed."""
    files = [result_file(out, plan, jitter, seed) for jitter in plan.jitters for seed in range(plan.seeds)]
    return [json.loads(path.read_text(encoding="utf-8")) for path in files if path.exists()]


def _tell(said: str) -> None:
    print(time.strftime("%H:%M:%S"), said, flush=True)
