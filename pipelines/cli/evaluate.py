"""The command ``evaluate``: score a trained network on the test split and write its report."""

from typing import Annotated

import typer

from pipelines.cli.arguments import Datasets, Model, Task, find_architecture
from pipelines.cli.console import print_failed_checks
from pipelines.cli.progress_bars import bars
from pipelines.cli.scores import print_report


def evaluate(
    task: Task,
    model: Model,
    dataset: Datasets = None,
    must_beat_baselines: Annotated[bool, typer.Option(help="Fail where the model does not beat a baseline.")] = False,
) -> None:
    """Write the report of a trained network on the test split, beside trivial baselines."""
    from pipelines.runs import materialise

    find_architecture(task, model)
    key = f"reports/{task}/{model}"
    config = {"datasets": dataset or [], "must_beat_baselines": must_beat_baselines}
    with bars():
        finished = materialise(f"train_{task}", assets=[key], config={key: config})
    print_report(task, model)
    print_failed_checks(finished.failed_checks)
