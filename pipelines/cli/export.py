"""The command ``export``: a trained model as a folder that can be handed on."""

from pathlib import Path
from typing import Annotated

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.progress_bars import console
from pipelines.cli.train import Model, Task, network


def export(
    task: Task,
    model: Model,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the model; an earlier export is replaced.")],
    licence: Annotated[
        str, typer.Option(help="Of the weights; what the licences of the training data allow is yours to judge.")
    ],
) -> None:
    """Write a trained and evaluated network as .keras and .onnx, with its settings and a model card."""
    from assets.inference.export import export as exported

    network(task, model)
    if out.is_file():
        raise MirlitonError("a folder for the model", received=f"{out}, a file", remedy="choose another one with -o")
    record = exported(task, model, out, licence=licence)
    for name, data in sorted(record["licences"].items()):
        console.print(f"learnt from {name}: {data}", markup=False, soft_wrap=True)
    console.print(f"{out}: {model} under {licence}", markup=False, soft_wrap=True)


COMMANDS = (export,)
