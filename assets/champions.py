"""champions/<task>: which trained network is in use for a task; challengers are compared with it, promoted or kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from assets.config_forms import check_registered, config_of, filled, form
from assets.evaluation.promotion import decide, networks
from assets.inference.champion import ModelInUse, in_use
from assets.metadata import table
from assets.resources import StoreResource
from mir_models.errors import MirlitonError
from mir_models.evaluation.promotion import Params
from mir_models.tasks import TASKS
from storage.fingerprints import fingerprint
from storage.models.champions import KEPT, DecisionRecord


@dataclass(frozen=True)
class Settings:
    """Which challengers are compared with the champion, and how.

    Attributes
    ----------
    challenger : str
        A network, or the id of an MLflow run; empty: the latest training of every network.
    datasets : tuple of str
        On whose tracks they are compared; empty: those that champion or challenger was trained on.
    anyway : bool
        Promote the challenger whatever the comparison says.
    reason : str
        Why, to be kept with the decision.
    rule : mir_models.evaluation.promotion.Params
        By which a challenger is promoted.
    """

    challenger: str = ""
    datasets: tuple[str, ...] = ()
    anyway: bool = False
    reason: str = ""
    rule: Params = field(default_factory=Params)

    def __post_init__(self) -> None:
        if self.anyway and not self.challenger:
            received, remedy = "anyway alone", "name the challenger as well"
            raise MirlitonError("a challenger that is promoted anyway", received=received, remedy=remedy)


DEFAULTS = Settings()


def champion_asset(task: str) -> dg.AssetsDefinition:
    """The asset of one task."""

    @dg.asset(
        name=task,
        key_prefix=["champions"],
        deps=[dg.AssetKey(["models", task, name]) for name in networks(task)],
        group_name=task,
        kinds={"mlflow"},
        description=(
            f"The network in use for {task}. Challengers are compared with it on tracks that were kept from training, "
            "epochs and thresholds, and each is promoted or kept, with the reason."
        ),
        config_schema=form(DEFAULTS, names={"datasets": check_registered}),
    )
    def champion(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
        settings = filled(config_of(context), DEFAULTS)
        decisions = decide(
            store,
            task,
            settings.challenger,
            rule=settings.rule,
            datasets=settings.datasets,
            anyway=settings.anyway,
            reason=settings.reason,
        )
        now = in_use(store.champions(task))
        return dg.MaterializeResult(metadata=metadata(decisions, now), data_version=_data_version(now))

    return champion


def metadata(decisions: Sequence[DecisionRecord], now: ModelInUse | None) -> dict[str, Any]:
    """Metadata of the materialisation: what was decided on each challenger, and which model is in use now."""
    rows = [
        {
            "decision": each.number,
            "kind": each.kind,
            "model": f"{each.model.architecture} {each.model.run_id}" if each.model else "the included network",
            "reason": each.reason,
        }
        for each in decisions
    ]
    return {
        "champion": now.description if now else "none",
        "decisions": table(rows, "decision kind model reason"),
        **(_of_comparison(_decisive(decisions)) if decisions else {}),
    }


def _decisive(decisions: Sequence[DecisionRecord]) -> DecisionRecord:
    """The last decision by which the champion changed; without one the first, which is of the best challenger."""
    changed = [each for each in decisions if each.kind != KEPT]
    return changed[-1] if changed else decisions[0]


def _of_comparison(decision: DecisionRecord) -> dict[str, Any]:
    """A decision, with the scores of every track where models were compared."""
    found: dict[str, Any] = {"kind": decision.kind, "reason": decision.reason, "number": decision.number}
    comparison = decision.comparison
    if comparison is None:
        return found
    return found | {
        "measure": comparison.measure,
        "split": comparison.split,
        "n_tracks": len(comparison.tracks),
        "challenger_score": comparison.challenger,
        "champion_score": comparison.champion,
        "difference": comparison.difference,
        "interval": str(comparison.interval),
        "tracks": table(comparison.tracks, "track challenger champion"),
    }


def _data_version(now: ModelInUse | None) -> dg.DataVersion:
    return dg.DataVersion(fingerprint(now.reference.to_json() if now else None))


champions = [champion_asset(task) for task in TASKS.names()]
"""The assets of this file."""
