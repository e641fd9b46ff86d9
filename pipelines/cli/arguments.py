"""Arguments that several commands have, and checks of the names in them before a run begins."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from mir_models.errors import ParameterError
from mir_models.similar_names import suggestion
from pipelines.cli.completions import complete_dataset, complete_network, complete_task, complete_training_setting

if TYPE_CHECKING:
    from mir_models.architectures import Architecture

Task = Annotated[
    str,
    typer.Argument(help="A file of mir_models/tasks, e.g. piano_transcription.", autocompletion=complete_task),
]
Model = Annotated[
    str,
    typer.Option(help="A file of mir_models/architectures, e.g. bilstm.", autocompletion=complete_network),
]
Datasets = Annotated[
    list[str] | None,
    typer.Option(help="A registered dataset; may be repeated.", autocompletion=complete_dataset),
]

TrainingSettings = Annotated[
    list[str] | None,
    typer.Option(
        help="A parameter of the training, e.g. training.epochs=20; may be repeated.",
        autocompletion=complete_training_setting,
    ),
]
Weights = Annotated[
    list[str] | None,
    typer.Option(help="How often an epoch visits a dataset's examples, e.g. maps=2.", autocompletion=complete_dataset),
]
Minutes = Annotated[
    float,
    typer.Option(min=0, help="Begin no other epoch that would end later; the same command goes on then. 0: no limit."),
]


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


def check_registered(names: Iterable[str]) -> None:
    """Raise for the first name that is no registered dataset: a run would fail, and be recorded as failed.

    Raises
    ------
    MirlitonError
        Names those that are registered, and those that are spelt like it.
    """
    from storage.corpora.catalogue import open_catalogue

    catalogue = open_catalogue()
    for name in names:
        catalogue.get(name)


def check_presets(presets: Iterable[str]) -> None:
    """Raise where one of the names is no preset of a feature.

    Raises
    ------
    ParameterError
    """
    from mir_models.features import presets as all_presets

    known = all_presets()
    if unknown := sorted(set(presets) - known.keys()):
        remedy = f"{suggestion(unknown[0], known)}choose among {', '.join(sorted(known))}"
        raise ParameterError("a preset", received=", ".join(unknown), remedy=remedy)
