"""The table of the ablation: a row per question, with scores and differences from the base, which comes first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.ablation.evaluation import MEASURES
from experiments.ablation.rows import BASE, ROWS
from experiments.label_noise.table import percent, points
from experiments.tables import markdown_table
from experiments.trials import Results

QUESTIONS = {row.name: row.question for row in ROWS}
HEADS = ["row", "question", "music", *MEASURES, "parameters", "training", "frames/s", "seeds"]


def page(results: Results, about: Sequence[str]) -> str:
    """Markdown: what was done, and the table."""
    text = (
        "Mean F1 in percent over test recordings and seeds with its 95 % interval (recordings and seeds drawn again), "
        "and below it the difference from the base in points, on the same recordings and seeds, with its interval. "
        "With one seed the intervals do not cover another training. Music is what the row is trained on; training is "
        "the mean in seconds without validation, frames/s those trained on, the first step's compilation included."
    )
    return "\n\n".join([*about, text, table(results)]) + "\n"


def table(results: Results) -> str:
    """A row per row and backend that has results; the backend of the first is not named."""
    groups: dict[tuple[str, str], Results] = {
        (each["row"], each["backend"]): [] for each in sorted(results, key=lambda each: each["row"] != BASE)
    }
    for each in results:
        groups[each["row"], each["backend"]].append(each)
    if not groups:
        return "No results yet."
    own = results[0]["backend"]
    base = groups.get((BASE, own), [])
    return markdown_table(HEADS, [_row(found, base, own) for found in groups.values()])


def values(results: Results, measure: str) -> np.ndarray | None:
    """(n_recordings, n_seeds) scores, by name and seed; None where the network has no such score."""
    by_seed = [each["scores"] for each in sorted(results, key=lambda each: each["seed"])]
    scores = [[of_seed[track][measure] for of_seed in by_seed] for track in sorted(by_seed[0])]
    return None if any(score is None for row in scores for score in row) else np.array(scores)


def difference(results: Results, base: Results, measure: str) -> np.ndarray | None:
    """(n_recordings, n_seeds) scores less those of the base, of the seeds that both have; None without any."""
    seeds = {each["seed"] for each in results} & {each["seed"] for each in base}
    sides = [[each for each in side if each["seed"] in seeds] for side in (results, base)]
    if not seeds:
        return None
    ours, theirs = (values(side, measure) for side in sides)
    return None if ours is None or theirs is None else ours - theirs


def _row(results: Results, base: Results, own: str) -> list[str]:
    first = results[0]
    elsewhere = first["backend"] != own
    question = f"Does the backend matter: {first['backend']}?" if elsewhere else QUESTIONS[first["row"]]
    name = f"{first['row']} on {first['backend']}" if elsewhere else first["row"]
    return [
        name,
        question,
        f"{first['hours']['train']:.2f} h",
        *(_cell(results, base, measure) for measure in MEASURES),
        f"{first['parameters']:,}",
        f"{np.mean([each['train_s'] for each in results]):.0f} s",
        f"{np.mean([each['frames_per_s'] for each in results]):,.0f}",
        str(len(results)),
    ]


def _cell(results: Results, base: Results, measure: str) -> str:
    """The mean with its interval; of another row than the base also the difference."""
    scores = values(results, measure)
    if scores is None:
        return "–"
    change = None if results is base else difference(results, base, measure)
    return percent(scores) if change is None else f"{percent(scores)}<br>{points(change)}"
