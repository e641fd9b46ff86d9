"""Arguments that several commands have, and the check of a task with its network."""

from typing import TYPE_CHECKING, Annotated

import typer

from mir_models.errors import ParameterError

if TYPE_CHECKING:
    from mir_models.architectures import Architecture

Task = Annotated[str, typer.Argument(help="A file of mir_models/tasks, e.g. piano_transcription.")]
Model = Annotated[str, typer.Option(help="A file of mir_models/architectures, e.g. bilstm.")]
Datasets = Annotated[list[str] | None, typer.Option(help="A registered dataset; may be repeated.")]


def find_architecture(task: str, model: str) -> "Architecture":
    """The architecture called `model`.

    Raises
    ------
    MirlitonError
        For an unknown task or network, and for a network of another task.
    """
    from mir_models.architectures import ARCHITECTURES
    from mir_models.tasks import TASKS

    TASKS.get(task)
    architecture = ARCHITECTURES.get(model)
    if task != architecture.TASK:
        raise ParameterError(f"a network for {task}", received=model, remedy=f"it is for {architecture.TASK}")
    return architecture
