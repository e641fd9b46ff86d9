"""The command ``probe``: what a trained network knows of a label that it never learnt."""

from typing import Annotated

import typer
from rich.table import Table

from pipelines.cli.bars import bars, console
from pipelines.cli.learning import Names, with_interval


def probe(
    model: Annotated[
        str, typer.Argument(help="TASK/NETWORK of a trained network, or the id of an MLflow run.", metavar="MODEL")
    ],
    label: Annotated[str, typer.Option(help="The label kind that is to be told, e.g. instrument or composer.")],
    dataset: Names = None,
    layer: Annotated[str, typer.Option(help="Name of a layer; all: every one, side by side.")] = "all",
    seeds: Annotated[int, typer.Option(min=1, help="How often folds, and random weights, are drawn.")] = 5,
) -> None:
    """Ask what a network's layers know of another label, beside random weights and MFCC statistics."""
    from pipelines.runs import materialise

    key = "transfer/probe"
    config = {"model": model, "label": label, "datasets": dataset or [], "layer": layer, "seeds": seeds}
    with bars():
        finished = materialise("probe_transfer", assets=[key], config={key: config})
    console.print(_table(label))
    console.print(f"Report: {finished.metadata[key]['page']}", soft_wrap=True, markup=False)


def _table(label: str) -> Table:
    from storage import home
    from storage.objects import open_objects
    from storage.transfers import TransferStore

    written = TransferStore(open_objects(home.store_address()), label).read() or {}
    table = Table(
        "what is listened to", "probe", "macro F1", "accuracy", title=f"{label} of {', '.join(written['datasets'])}"
    )
    for row in written["rows"]:
        cells = (with_interval(row[each], row[f"{each}_interval"]) for each in ("macro_f1", "accuracy"))
        table.add_row(row["system"], row["probe"], *cells)
    return table


COMMANDS = (probe,)
