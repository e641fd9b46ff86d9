"""The command ``rollback``: let the champion before the present one be the champion again."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from pipelines.cli.arguments import Task
from pipelines.cli.champion_lines import decision_row, print_decision
from pipelines.cli.documents.champions import ChampionDocument
from pipelines.cli.json_output import emit


def rollback(
    task: Task, reason: Annotated[str, typer.Option(help="Why, to be kept with the decision.")] = "on request"
) -> None:
    """Let the network that was the champion before be it again; what is in use now is promoted on request only."""
    from assets.champions import metadata
    from assets.evaluation.promotion import roll_back
    from assets.inference.champion import in_use
    from assets.resources import StoreResource
    from mir_models.tasks import TASKS

    TASKS.get(task)
    store = StoreResource()
    decision = roll_back(store, task, reason)
    _record(f"champions/{task}", metadata([decision], in_use(store.champions(task))))
    emit(ChampionDocument(task, promoted=True, decision=decision_row(decision)))
    print_decision(task, decision)


def _record(key: str, values: Mapping[str, Any]) -> None:
    """Add a line to the history of an asset, which no run made."""
    import dagster as dg

    from pipelines.instance import open_instance

    with open_instance() as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization(dg.AssetKey(key.split("/")), metadata=values))
