"""The command ``evaluate``: score a trained network on the test split and write its report."""

from typing import Annotated

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.arguments import Datasets, Model, Task, check_registered, find_architecture
from pipelines.cli.progress_bars import bars
from pipelines.cli.scores import HEADINGS, print_report


def evaluate(
    task: Task,
    model: Model,
    dataset: Datasets = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with exit code 1 where the network is not above every baseline.")
    ] = False,
) -> None:
    """Write the report of a trained network on the test split, beside trivial baselines."""
    from pipelines.runs import materialise

    find_architecture(task, model)
    check_registered(dataset or [])
    key = f"reports/{task}/{model}"
    config = {"datasets": dataset or [], "must_beat_baselines": strict}
    with bars():
        finished = materialise(f"train_{task}", assets=[key], config={key: config})
    report = print_report(task, model, finished.failed_checks)
    if strict and report.not_beaten:
        received = "; ".join(
            f"{', '.join(HEADINGS[score] for score in scores)} not above {baseline}"
            for baseline, scores in report.not_beaten.items()
        )
        remedy = "train it longer or on more recordings, see the report; without --strict this is a warning"
        raise MirlitonError(f"{model} above every baseline", received=received, remedy=remedy)
