"""The table: scores of every system by probe, with intervals, and how far the trained network is above."""

from __future__ import annotations

import numpy as np

from benchmarks.artist_folds.table import score
from benchmarks.label_noise.experiment import Results
from benchmarks.label_noise.table import markdown
from benchmarks.unseen_artists.experiment import MAJORITY
from benchmarks.unseen_artists.systems import SYSTEMS, TRAINED
from mir_models import probing
from mir_models.metrics.classes import accuracy, macro_f1

HEADS = ["what is listened to", "probe", "macro F1", "accuracy", "below the trained network, macro F1", "seeds"]
Answers = np.ndarray
"""(n_seeds, n_tracks) indices of classes."""


def page(results: Results, about: str) -> str:
    """Markdown: what was done, and the table."""
    said = (
        "Scores in percent, mean over seeds of the answers of both halves, with 95 % intervals of a bootstrap that "
        "draws tracks and seeds again. Differences are paired: the same probe, tracks, folds and seeds on both sides."
    )
    return "\n\n".join([about, said, table(results)]) + "\n"


def table(results: Results) -> str:
    """A row per system and probe of which there are results; only seeds that all systems have count."""
    common = set.intersection(*({each["seed"] for each in results if each["system"] == name} for name in SYSTEMS))
    if not common:
        return "No results yet."
    kept = sorted((each for each in results if each["seed"] in common), key=lambda each: each["seed"])
    rows = [_row(name, probe, kept) for name in SYSTEMS for probe in probing.PROBES]
    wanted, most = indices(kept, TRAINED, MAJORITY)
    floor = [score(wanted, most, None, measure) for measure in (macro_f1, accuracy)]
    rows.append([MAJORITY, "–", *floor, "–", str(len(most))])
    return markdown(HEADS, rows)


def _row(name: str, probe: str, results: Results) -> list[str]:
    wanted, answered = indices(results, name, probe)
    _, first = indices(results, TRAINED, probe)
    below = "–" if name == TRAINED else score(wanted, first, answered, macro_f1)
    scores = [score(wanted, answered, None, measure) for measure in (macro_f1, accuracy)]
    return [name, probe, *scores, below, str(len(answered))]


def indices(results: Results, name: str, probe: str) -> tuple[np.ndarray, Answers]:
    """(n_tracks,) true and (n_seeds, n_tracks) answered classes, tracks by name and seeds in order."""
    rows = [each for each in results if each["system"] == name]
    tracks, classes = sorted(rows[0]["wanted"]), sorted(set(rows[0]["wanted"].values()))
    wanted = np.array([classes.index(rows[0]["wanted"][track]) for track in tracks])
    return wanted, np.array([[classes.index(each["answered"][probe][track]) for track in tracks] for each in rows])
