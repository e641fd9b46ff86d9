"""The table: scores of every system by probe, with intervals, and how far trained networks are above."""

from __future__ import annotations

from experiments.artists.folds.table import MEASURES, above, indices, score
from experiments.artists.unseen.experiment import MAJORITY
from experiments.artists.unseen.systems import CEPSTRA, TRAINED, UNLEARNT
from experiments.tables import markdown
from experiments.trials import Results
from mir_models.transfer import probes

ABOVE = ("above random weights, macro F1", "above cepstra, macro F1")
HEADS = ["what is listened to", "probe", *MEASURES, *ABOVE, "seeds"]


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
    rows = [_row(name, probe, found) for name in names for probe in probes.PROBES]
    wanted, most = indices(_by(MAJORITY, max(found.values(), key=len)))
    floor = [score(wanted, most, None, measure) for measure in MEASURES.values()]
    rows.append([MAJORITY, "–", *floor, "–", "–", str(len(most))])
    return markdown(HEADS, rows)


def _row(name: str, probe: str, found: dict[str, Results]) -> list[str]:
    wanted, answered = indices(_by(probe, found[name]))
    scores = [score(wanted, answered, None, measure) for measure in MEASURES.values()]
    others = (UNLEARNT[name], CEPSTRA) if name in TRAINED else ()
    told = [above(_by(probe, found.get(other, [])), _by(probe, found[name]), "macro F1") for other in others]
    return [name, probe, *scores, *(told or ["–", "–"]), str(len(answered))]


def _by(probe: str, rows: Results) -> Results:
    """What one probe answered."""
    return [{**each, "answered": each["answered"][probe]} for each in rows]
