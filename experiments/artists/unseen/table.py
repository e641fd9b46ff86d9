"""The table "Transfer of artist features to other artists": scores of every system by probe, and paired differences."""

from __future__ import annotations

from experiments.artists.scores import MEASURES, class_indices, difference_cell, group_by_system, score_cell
from experiments.artists.unseen.experiment import MAJORITY
from experiments.artists.unseen.systems import CEPSTRA, TRAINED, UNTRAINED
from experiments.tables import markdown_table
from experiments.trials import Results
from mir_models.transfer import probes

ABOVE = ("above random weights, macro F1", "above cepstra, macro F1")
HEADS = ["features", "probe", *MEASURES, *ABOVE, "seeds"]


def page(results: Results, description: str) -> str:
    """Markdown: the data, how scores are made, and the table."""
    text = (
        "Scores in percent, mean over seeds of the predictions of both halves, with 95 % intervals of a bootstrap that "
        "draws tracks and seeds again. Differences are paired: the same probe, tracks, folds and seeds on both sides."
    )
    return "\n\n".join([description, text, table(results)]) + "\n"


def table(results: Results) -> str:
    """A row per system and probe that has results."""
    by_system = group_by_system(results)
    if not by_system:
        return "No results yet."
    rows = [_row(name, probe, by_system) for name in by_system for probe in probes.PROBES]
    ref, majority = class_indices(_of_probe(MAJORITY, max(by_system.values(), key=len)))
    floor = [score_cell(ref, majority, measure) for measure in MEASURES]
    rows.append([MAJORITY, "–", *floor, "–", "–", str(len(majority))])
    return markdown_table(HEADS, rows)


def _row(name: str, probe: str, by_system: dict[str, Results]) -> list[str]:
    results = _of_probe(probe, by_system[name])
    ref, est = class_indices(results)
    scores = [score_cell(ref, est, measure) for measure in MEASURES]
    baselines = (UNTRAINED[name], CEPSTRA) if name in TRAINED else ()
    above = [difference_cell(results, _of_probe(probe, by_system.get(each, [])), "macro F1") for each in baselines]
    return [name, probe, *scores, *(above or ["–", "–"]), str(len(est))]


def _of_probe(probe: str, results: Results) -> Results:
    """The results with the predictions of one probe."""
    return [{**each, "answered": each["answered"][probe]} for each in results]
