"""The command ``export``: a trained model as a folder of .keras, .onnx, settings and a model card."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.arguments import Model, Task, find_architecture
from pipelines.cli.console import console
from pipelines.cli.documents.models import ExportDocument
from pipelines.cli.json_output import emit
from pipelines.cli.recordings import OVERWRITE, expand
from pipelines.settings import parse_licences


def export(
    task: Task,
    model: Model,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the model; an earlier export is replaced.")],
    licence: Annotated[str, typer.Option(help="Of the weights; check what the licences of the training data allow.")],
    data_licence: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=WORDS", help="Of a dataset that it was trained on, for its card; repeatable."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
) -> None:
    """Write a trained and evaluated network as .keras and .onnx, with its settings and a model card."""
    from assets.inference.export import export as export_model

    find_architecture(task, model)
    folder = expand(out)
    licences = parse_licences(data_licence or [])
    record = export_model(task, model, folder, licence=licence, data_licences=licences, overwrite=overwrite)
    emit(ExportDocument(task, model, str(folder), licence, dict(sorted(record.licences.items()))))
    for name, data in sorted(record.licences.items()):
        console.print(f"trained on {name}: {data}", markup=False, soft_wrap=True)
    console.print(f"{folder}: {model} under {licence}", markup=False, soft_wrap=True)
