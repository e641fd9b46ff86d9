"""The command ``probe``: linear probes of a trained network's layers for a label it was not trained on."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from pipelines.cli.arguments import Datasets, check_registered, find_architecture
from pipelines.cli.completions import complete_label
from pipelines.cli.console import console
from pipelines.cli.documents.models import ProbeDocument, ProbeRow
from pipelines.cli.json_output import emit
from pipelines.cli.progress_bars import bars
from pipelines.cli.scores import page_of, print_page, score, with_interval
from storage import home

if TYPE_CHECKING:
    from storage.reports.record import TransferRecord


def probe(
    model: Annotated[
        str, typer.Argument(help="TASK/NETWORK of a trained network, or the id of an MLflow run.", metavar="MODEL")
    ],
    label: Annotated[
        str,
        typer.Option(
            help="The label kind to be predicted, e.g. instrument or composer.", autocompletion=complete_label
        ),
    ],
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

    _check_names(model, label, dataset or [])
    key = "transfer/probe"
    config = {"model": model, "label": label, "datasets": dataset or [], "layer": layer, "seeds": seeds, "group": group}
    with bars():
        finished = materialise("probe_transfer", assets=[key], config={key: config})
    metadata = finished.metadata[key]
    report = TransferRecord.from_json(json.loads(metadata["report"]), where=f"the metadata of {key}")
    objects = open_objects(home.store_address())
    prefix = metadata["page"].removeprefix(f"{objects.address}/").removesuffix(f"/{PAGE}")
    document = _document(model, report, page_of(objects, prefix))
    emit(document)
    console.print(_table(document))
    for name, n in document.left_out.items():
        console.print(f"left out: {name}, with {n} {document.group}s", markup=False, soft_wrap=True)
    print_page(objects, prefix)


def _check_names(model: str, label: str, datasets: list[str]) -> None:
    """Raise for an unknown network, MLflow run, label or dataset before a run begins."""
    from assets.evaluation.transfer import check_label
    from storage.models.mlflow_models import find_training
    from storage.objects.objects import open_objects

    check_label(label)
    check_registered(datasets)
    task, _, architecture = model.partition("/")
    if Path(model).is_dir():
        return
    if architecture:
        find_architecture(task, architecture)
    else:
        find_training(model, home.home(), open_objects(home.store_address()))


def _document(model: str, report: "TransferRecord", page: str) -> ProbeDocument:
    rows = [
        ProbeRow(
            row["system"],
            row["probe"],
            macro_f1=score(row["macro_f1"], row["macro_f1_interval"]),
            accuracy=row["accuracy"],
            trained_above=score(row["below"], row["below_interval"]) if "below" in row else None,
        )
        for row in report.rows
    ]
    return ProbeDocument(model, report.label, report.datasets, report.group, rows, report.left_out, page)


def _table(report: ProbeDocument) -> Table:
    title = f"{report.label} of {', '.join(report.datasets)}"
    heads = ("input", "probe", "macro F1", "accuracy", "trained above")
    table = Table(heads[0], *(Column(head, no_wrap=True) for head in heads[1:]), title=title)
    for row in report.rows:
        scores = with_interval(row.macro_f1), f"{row.accuracy:.3f}", with_interval(row.trained_above, "+.2f")
        table.add_row(row.input, row.probe, *scores)
    return table
