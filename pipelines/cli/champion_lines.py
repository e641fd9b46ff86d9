"""Decisions on champions, as a document and as lines."""

from pipelines.cli.console import console
from pipelines.cli.documents.champions import DecisionRow, PromotionComparison, TrainedModel
from storage.models.champions import PROMOTED, ComparisonRecord, DecisionRecord, ModelReference

INCLUDED = "the included network"


def decision_row(decision: DecisionRecord) -> DecisionRow:
    """A decision for a document."""
    return DecisionRow(
        number=decision.number,
        kind=decision.kind,
        time=decision.time,
        reason=decision.reason,
        anyway=decision.anyway,
        model=_trained(decision.model),
        champion=_trained(decision.champion),
        comparison=_promotion_comparison(decision.comparison),
    )


def model_name(reference: ModelReference | None) -> str:
    """Architecture and run of a model; None is the network that comes with mirliton."""
    return f"{reference.architecture} (run {reference.run_id})" if reference else INCLUDED


def print_decision(task: str, decision: DecisionRecord) -> None:
    """Print which model is in use after a decision, and why."""
    again = "" if decision.kind == PROMOTED else " again"
    what = f"{model_name(decision.champion)} is in use{again} since {decision.time}"
    console.print(f"{task}: {what}: {decision.reason}.", markup=False, soft_wrap=True)
    if decision.kind == PROMOTED:
        console.print(f"Back to {model_name(decision.previous)}: mirliton rollback {task}", soft_wrap=True)


def _trained(reference: ModelReference | None) -> TrainedModel | None:
    return TrainedModel(reference.architecture, reference.run_id, reference.fingerprint) if reference else None


def _promotion_comparison(comparison: ComparisonRecord | None) -> PromotionComparison | None:
    if comparison is None:
        return None
    interval = comparison.interval
    return PromotionComparison(
        measure=comparison.measure,
        split=comparison.split,
        datasets=comparison.datasets,
        tracks=len(comparison.tracks),
        challenger=comparison.challenger,
        champion=comparison.champion,
        difference=comparison.difference,
        interval=(interval[0], interval[1]) if interval else None,
        rule=dict(comparison.rule),
        notes=comparison.notes,
    )
