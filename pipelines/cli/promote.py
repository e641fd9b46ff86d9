"""The command ``promote``: let a trained network be the one in use for its task, if it is better than the champion."""

from typing import Annotated

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.arguments import Datasets, Task, check_registered
from pipelines.cli.champion_lines import decision_row, model_name, print_decision
from pipelines.cli.completions import complete_network
from pipelines.cli.documents.champions import ChampionDocument
from pipelines.cli.json_output import emit
from pipelines.cli.progress_bars import bars
from pipelines.settings import check_values, parse_settings

Challenger = Annotated[
    str,
    typer.Argument(
        help="A network, of which the latest training is meant, or the id of an MLflow run.",
        autocompletion=complete_network,
    ),
]


def promote(
    task: Task,
    model: Challenger,
    dataset: Datasets = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Promote it whatever the comparison with the champion says.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, to be kept with the decision.")] = "",
    set: Annotated[list[str] | None, typer.Option(help="Of the rule, e.g. margin=0.01; may be repeated.")] = None,
) -> None:
    """Compare a trained network with the champion of its task, and let it take its place if it is better."""
    from dataclasses import asdict

    from assets.evaluation.promotion import RULE, find_challenger
    from assets.resources import StoreResource
    from pipelines.runs import materialise

    store = StoreResource()
    check_registered(dataset or [])
    rule = parse_settings(set or [], asdict(RULE), of="the rule")
    check_values({"rule": rule}, {"rule": RULE})
    find_challenger(store, task, model)
    key = f"champions/{task}"
    config = {"challenger": model, "datasets": dataset or [], "anyway": anyway, "reason": reason, "rule": rule}
    with bars():
        finished = materialise(f"train_{task}", assets=[key], config={key: config})
    number = finished.metadata[key]["number"]
    decision = next(each for each in store.champions(task).decisions() if each.number == number)
    emit(ChampionDocument(task, promoted=decision.model == decision.champion, decision=decision_row(decision)))
    if decision.model != decision.champion:
        remedy = "train it longer or on more recordings, or give --anyway with --reason"
        expected = f"{model} to be better than {model_name(decision.champion)}, which stays in use"
        raise MirlitonError(expected, received=decision.reason, remedy=remedy)
    print_decision(task, decision)
