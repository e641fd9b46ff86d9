"""The command ``probe``: linear probes of a trained network's layers for a label it was not trained on."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from pipelines.cli.arguments import Datasets
from pipelines.cli.console import console
from pipelines.cli.progress_bars import bars
from pipelines.cli.scores import print_page, with_interval
from storage import home

if TYPE_CHECKING:
    from storage.reports.record import TransferRecord


def probe(
    model: Annotated[
        str, typer.Argument(help="TASK/NETWORK of a trained network, or the id of an MLflow run.", metavar="MODEL")
    ],
    label: Annotated[str, typer.Option(help="The label kind to be predicted, e.g. instrument or composer.")],
    dataset: Datasets = None,
    layer: Annotated[str, typer.Option(help="Name of a layer; all: every one, side by side.")] = "all",
    seeds: Annotated[int, typer.Option(min=1, help="How often folds, and random weights, are drawn.")] = 5,
    group: Annotated[
        str, typer.Option(help="What no fold divides: work, artist or album; default: by the label.")
    ] = "",
) -> None:
    """Predict another label from each layer of a network, beside random weights and MFCC statistics."""
    from pipelines.runs import materialise
    from storage.objects.objects import open_objects
    from storage.reports.record import TransferRecord
    from storage.reports.report_folder import PAGE

    key = "transfer/probe"
    config = {"model": model, "label": label, "datasets": dataset or [], "layer": layer, "seeds": seeds, "group": group}
    with bars():
        finished = materialise("probe_transfer", assets=[key], config={key: config})
    metadata = finished.metadata[key]
    report = TransferRecord.from_json(json.loads(metadata["report"]), where=f"the metadata of {key}")
    console.print(_table(report))
    for name, n in report.left_out.items():
        console.print(f"left out: {name}, with {n} {report.group}s", markup=False, soft_wrap=True)
    objects = open_objects(home.store_address())
    print_page(objects, metadata["page"].removeprefix(f"{objects.address}/").removesuffix(f"/{PAGE}"))


def _table(report: "TransferRecord") -> Table:
    title = f"{report.label} of {', '.join(report.datasets)}"
    heads = ("input", "probe", "macro F1", "accuracy", "trained above")
    table = Table(heads[0], *(Column(head, no_wrap=True) for head in heads[1:]), title=title)
    for row in report.rows:
        f1 = with_interval(row["macro_f1"], row["macro_f1_interval"])
        above = f"{row['below']:+.2f}\n[{{:+.2f}}, {{:+.2f}}]".format(*row["below_interval"]) if "below" in row else "–"
        table.add_row(row["system"], row["probe"], f1, f"{row['accuracy']:.3f}", above)
    return table
