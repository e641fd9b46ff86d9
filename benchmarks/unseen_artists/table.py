"""The table: scores of every system by probe, with intervals, and how far trained networks are above."""

from __future__ import annotations

import numpy as np

from benchmarks.artist_folds.table import score
from benchmarks.tables import markdown
from benchmarks.trials import Results
from benchmarks.unseen_artists.experiment import MAJORITY
from benchmarks.unseen_artists.systems import CEPSTRA, TRAINED, UNLEARNT
from mir_models import probing
from mir_models.metrics.classes import accuracy, macro_f1

ABOVE = ("above random weights, macro F1", "above cepstra, macro F1")
HEADS = ["what is listened to", "probe", "macro F1", "accuracy", *ABOVE, "seeds"]
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
    """A row per system and probe of which there are results."""
    names = list(dict.fromkeys(each["system"] for each in results))
    found = {name: [each for each in results if each["system"] == name] for name in names}
    if not found:
        return "No results yet."
    rows = [_row(name, probe, found) for name in names for probe in probing.PROBES]
    wanted, most = indices(max(found.values(), key=len), MAJORITY)
    floor = [score(wanted, most, None, measure) for measure in (macro_f1, accuracy)]
    rows.append([MAJORITY, "–", *floor, "–", "–", str(len(most))])
    return markdown(HEADS, rows)


def _row(name: str, probe: str, found: dict[str, Results]) -> list[str]:
    wanted, answered = indices(found[name], probe)
    scores = [score(wanted, answered, None, measure) for measure in (macro_f1, accuracy)]
    others = (UNLEARNT[name], CEPSTRA) if name in TRAINED else ()
    above = [_above(found[name], found.get(other, []), probe) for other in others] or ["–", "–"]
    return [name, probe, *scores, *above, str(len(answered))]


def _above(ours: Results, theirs: Results, probe: str) -> str:
    """By how much a trained network is above, over the seeds that both have."""
    common = {each["seed"] for each in ours} & {each["seed"] for each in theirs}
    if not common:
        return "–"
    sides = [indices([each for each in side if each["seed"] in common], probe) for side in (ours, theirs)]
    return score(sides[0][0], sides[0][1], sides[1][1], macro_f1)


def indices(rows: Results, probe: str) -> tuple[np.ndarray, Answers]:
    """(n_tracks,) true and (n_seeds, n_tracks) answered classes, tracks by name and seeds in order."""
    rows = sorted(rows, key=lambda each: each["seed"])
    tracks, classes = sorted(rows[0]["wanted"]), sorted(set(rows[0]["wanted"].values()))
    wanted = np.array([classes.index(rows[0]["wanted"][track]) for track in tracks])
    return wanted, np.array([[classes.index(each["answered"][probe][track]) for track in tracks] for each in rows])
