"""The command ``probe``: what a trained network knows of a label that it never learnt."""

import json
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from pipelines.cli.progress_bars import bars, console
from pipelines.cli.train import Names, with_interval


def probe(
    model: Annotated[
        str, typer.Argument(help="TASK/NETWORK of a trained network, or the id of an MLflow run.", metavar="MODEL")
    ],
    label: Annotated[str, typer.Option(help="The label kind that is to be told, e.g. instrument or composer.")],
    dataset: Names = None,
    layer: Annotated[str, typer.Option(help="Name of a layer; all: every one, side by side.")] = "all",
    seeds: Annotated[int, typer.Option(min=1, help="How often folds, and random weights, are drawn.")] = 5,
    group: Annotated[
        str, typer.Option(help="What no fold divides: work, artist or album; default: by the label.")
    ] = "",
) -> None:
    """Ask what a network's layers know of another label, beside random weights and MFCC statistics."""
    from pipelines.runs import materialise

    key = "transfer/probe"
    config = {"model": model, "label": label, "datasets": dataset or [], "layer": layer, "seeds": seeds, "group": group}
    with bars():
        finished = materialise("probe_transfer", assets=[key], config={key: config})
    page = finished.metadata[key]["page"]
    written = json.loads(finished.metadata[key]["report"])
    console.print(_table(written))
    for name, n in written["left_out"].items():
        console.print(f"left out: {name}, with {n} {written['group']}s", markup=False, soft_wrap=True)
    console.print(f"Report: {page}", soft_wrap=True, markup=False)


def _table(written: dict[str, Any]) -> Table:
    title = f"{written['label']} of {', '.join(written['datasets'])}"
    heads = ("listened to", "probe", "macro F1", "accuracy", "trained above")
    table = Table(heads[0], *(Column(head, no_wrap=True) for head in heads[1:]), title=title)
    for row in written["rows"]:
        f1 = with_interval(row["macro_f1"], row["macro_f1_interval"])
        above = f"{row['below']:+.2f}\n[{{:+.2f}}, {{:+.2f}}]".format(*row["below_interval"]) if "below" in row else "–"
        table.add_row(row["system"], row["probe"], f1, f"{row['accuracy']:.3f}", above)
    return table


COMMANDS = (probe,)
