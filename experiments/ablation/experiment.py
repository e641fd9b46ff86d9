"""The trainings of all rows and seeds, each result in a file of its own: existing ones are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from experiments.ablation import music
from experiments.ablation.evaluation import evaluate
from experiments.ablation.music import Corpora
from experiments.ablation.network import Trained
from experiments.ablation.plan import Plan
from experiments.ablation.recipe import Recipe, backend, recipe
from experiments.ablation.rows import BASE, Row
from experiments.label_noise.excerpts import Excerpt
from experiments.trials import OnProgress, Result, Results, Trial, read_results, trials_by_seed
from storage.fingerprints import fingerprint

Train = Callable[..., Trained]
BACKENDS = ("jax", "tensorflow", "torch")


def trials(
    rows: Sequence[Row], seeds: Sequence[int], plan: Plan, corpora: Corpora, out: Path, train: Train
) -> list[Trial]:
    """One for each row and seed: seed by seed, so that every row has a result early."""
    path = partial(result_file, plan=plan, corpora=corpora, out=out)
    result = partial(_result, plan=plan, corpora=corpora, out=out, train=train)
    return trials_by_seed(rows, seeds, name=lambda row: row.name, path=path, run=result)


def result_file(row: Row, seed: int, plan: Plan, corpora: Corpora, out: Path, *, on: str = "") -> Path:
    """Where the result of one training is kept; another network, training, plan or corpus has another file."""
    made_of = fingerprint(
        recipe(row, plan, seed=seed).fingerprint, asdict(plan), str(row.music), corpora.ingredients(row)
    )
    return out / "results" / f"{row.name}-{on or backend()}-{made_of}-seed-{seed}.json"


def results(rows: Sequence[Row], seeds: Sequence[int], plan: Plan, corpora: Corpora, out: Path) -> Results:
    """The results that exist: of this backend by row and seed, then the base's of the other backends."""
    others = [each for each in BACKENDS if each != backend()]
    keys = [(row, seed, backend()) for row in rows for seed in seeds]
    keys += [(row, seed, other) for other in others for row in rows if row.name == BASE for seed in seeds]
    return read_results(result_file(row, seed, plan, corpora, out, on=on) for row, seed, on in keys)


def _result(
    row: Row, seed: int, on_progress: OnProgress, *, plan: Plan, corpora: Corpora, out: Path, train: Train
) -> Result:
    """One training with its scores, and all that it was made of."""
    made = recipe(row, plan, seed=seed)
    excerpts = music.load_excerpts(row, plan, corpora, made.features, out, on_progress)
    trained = train(made, excerpts, plan, on_progress)
    return {
        "row": row.name,
        "seed": seed,
        "backend": backend(),
        "scores": evaluate(trained, excerpts, made),
        "decoding": asdict(trained.decoding),
        **trained.figures,
        **_sizes(excerpts, made),
        **made.to_json(),
    }


def _sizes(excerpts: Sequence[Excerpt], made: Recipe) -> dict[str, Any]:
    """Hours and recordings by split."""
    by_split = {name: [each for each in excerpts if each.split == name] for name in ("train", "validation", "test")}
    frames = {name: sum(len(each.features) for each in split) for name, split in by_split.items()}
    return {
        "hours": {name: float(np.round(n / made.features.grid.frame_rate / 3600, 3)) for name, n in frames.items()},
        "recordings": {name: len(split) for name, split in by_split.items()},
    }
