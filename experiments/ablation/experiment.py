"""The trainings of all rows and seeds, each with its result in a file of its own: what is there is not done again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from experiments.ablation import music
from experiments.ablation.judging import judge
from experiments.ablation.music import Corpora
from experiments.ablation.network import Trained
from experiments.ablation.plan import Plan
from experiments.ablation.recipe import Recipe, backend, recipe
from experiments.ablation.rows import BASE, Row
from experiments.label_noise.excerpts import Excerpt
from experiments.trials import Results, Tell, Trial, read
from storage.fingerprints import fingerprint

Train = Callable[..., Trained]
BACKENDS = ("jax", "tensorflow", "torch")


def trials(
    rows: Sequence[Row], seeds: Sequence[int], plan: Plan, corpora: Corpora, out: Path, train: Train
) -> list[Trial]:
    """One for each row and seed: seed by seed, so that every row has a result early."""
    return [
        Trial(
            f"{row.name}, seed {seed}",
            result_file(row, seed, plan, corpora, out),
            partial(_result, row, seed, plan, corpora, out, train),
        )
        for seed in seeds
        for row in rows
    ]


def result_file(row: Row, seed: int, plan: Plan, corpora: Corpora, out: Path, *, on: str = "") -> Path:
    """Where the result of one training is kept; another network, training, plan or corpus has another place."""
    made_of = fingerprint(recipe(row, plan, seed=seed).fingerprint, asdict(plan), str(row.music), corpora.said(row))
    return out / "results" / f"{row.name}-{on or backend()}-{made_of}-seed-{seed}.json"


def results(rows: Sequence[Row], seeds: Sequence[int], plan: Plan, corpora: Corpora, out: Path) -> Results:
    """The results that are there: of this backend by row and seed, then the base's of the other backends."""
    others = [each for each in BACKENDS if each != backend()]
    places = [(row, seed, backend()) for row in rows for seed in seeds]
    places += [(row, seed, other) for other in others for row in rows if row.name == BASE for seed in seeds]
    return read(result_file(row, seed, plan, corpora, out, on=on) for row, seed, on in places)


def _result(row: Row, seed: int, plan: Plan, corpora: Corpora, out: Path, train: Train, tell: Tell) -> dict[str, Any]:
    """One training with its scores, and all that it was made of."""
    made = recipe(row, plan, seed=seed)
    heard = music.listen(row, plan, corpora, made.heard, out, tell)
    trained = train(made, heard, plan, tell)
    return {
        "row": row.name,
        "seed": seed,
        "backend": backend(),
        "scores": judge(trained, heard, made),
        "decoding": asdict(trained.decoding),
        **trained.figures,
        **_about(heard, made),
        **made.about(),
    }


def _about(heard: Sequence[Excerpt], made: Recipe) -> dict[str, Any]:
    """Hours and recordings by split."""
    by_split = {name: [each for each in heard if each.split == name] for name in ("train", "validation", "test")}
    frames = {name: sum(len(each.features) for each in split) for name, split in by_split.items()}
    return {
        "hours": {name: float(np.round(n / made.heard.grid.frame_rate / 3600, 3)) for name, n in frames.items()},
        "recordings": {name: len(split) for name, split in by_split.items()},
    }
