"""The standing of a trained model in words, as its report states it: in use or not, since when, and by which rule."""

from collections.abc import Sequence

from storage.models.champions import KEPT, ChampionStore, ComparisonRecord, DecisionRecord
from storage.reports.evaluations import ReportStore


def show_standings(champions: ChampionStore) -> None:
    """Let the reports of a task state the standing of their models."""
    objects, task, decisions = champions.objects, champions.task, champions.decisions()
    for name in objects.names(f"reports/{task}"):
        reports = ReportStore(objects, task, name)
        written = reports.read()
        if written is not None:
            reports.set_standing(standing(decisions, written.model.split("-")[0]))


def standing(decisions: Sequence[DecisionRecord], fingerprint: str) -> str:
    """The standing of the training with this fingerprint, by the decisions of its task in their order."""
    about = [each for each in decisions if each.model and each.model.fingerprint == fingerprint]
    if not about:
        return "A challenger that was not compared with the champion yet (mirliton promote)."
    last, champion = about[-1], decisions[-1].champion
    date = f"{last.time[:10]} ({last.reason})"
    if champion is not None and champion.fingerprint == fingerprint:
        return f"In use since {date}.{_rule(last.comparison)}"
    if last.kind == KEPT:
        return f"A challenger that was not promoted on {date}.{_rule(last.comparison)}"
    after = next(each for each in decisions if each.number > last.number and each.champion != last.champion)
    return f"In use from {last.time[:10]} to {after.time[:10]} ({after.reason})."


def _rule(comparison: ComparisonRecord | None) -> str:
    """By which rule, on which tracks, a decision was made."""
    if comparison is None:
        return ""
    rule, n = comparison.rule, len(comparison.tracks)
    return (
        f" Rule: a higher mean over {n} track{'s' * (n != 1)} of the {comparison.split} split, and a paired "
        f"{rule['level']:.0%} interval of the difference that does not reach below -{rule['margin']:g}."
    )
