"""The command ``classify``: the most probable genre or artist of recordings, over time."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.completions import complete_class_task, complete_network
from pipelines.cli.console import console
from pipelines.cli.recordings import (
    OVERWRITE,
    Outputs,
    Processed,
    expand,
    is_model_folder,
    network_name,
    process_recordings,
)

if TYPE_CHECKING:
    from assets.inference.classifier import Classifier
    from assets.inference.transcriber import Warn

FOLDER = Path("classified")
"""The default output folder."""


class Format(StrEnum):
    """The file formats of a classification."""

    JSON = "json"
    PLOT = "plot"


def classify(
    audio: Annotated[
        list[str],
        typer.Argument(
            help="Files that libsndfile reads (or ffmpeg, where it is installed), folders of them, pipes, or - for "
            "standard input.",
            metavar="AUDIO…",
        ),
    ],
    task: Annotated[
        str, typer.Option(help="genre_recognition or artist_recognition.", autocompletion=complete_class_task)
    ],
    model: Annotated[
        str | None,
        typer.Option(
            help="A network that you trained, or the folder of an export; default: the champion of the task.",
            autocompletion=complete_network,
        ),
    ] = None,
    from_run: Annotated[str | None, typer.Option(help="The id of an MLflow run: the network that it trained.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many classes are listed.")] = 3,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the files.")] = FOLDER,
    format: Annotated[list[Format], typer.Option(help="What to write; may be repeated.")] = [Format.JSON],  # noqa: B006
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
) -> None:
    """Write the classes of recordings with their probabilities, of the full recording and window by window."""
    if model and from_run:
        raise MirlitonError("--model or --from-run", received="both", remedy="name one")
    from assets.inference.classifier import SUFFIXES

    names = {SUFFIXES[each]: each for each in format}
    outputs = Outputs(expand(out), tuple(names), overwrite)

    def process(classifier: "Classifier", path: Path, suffixes: Sequence[str], warn: "Warn", _: object) -> Processed:
        prediction = classifier.predict(path, warn=warn)
        contents = {each: classifier.encoded(prediction, names[each], path.name, top) for each in suffixes}
        return contents, ", ".join(f"{name} {probability:.2f}" for name, probability in prediction.top(top))

    process_recordings(audio, outputs, lambda: _load_classifier(task, model, from_run), process)


def _load_classifier(task: str, model: str | None, from_run: str | None) -> "Classifier":
    """The classifier of an MLflow run, an export or the store."""
    from assets.inference import classifier
    from storage.models.exported import ModelFolder

    model = network_name(model, task)
    if from_run:
        return classifier.load_classifier_from_run(task, from_run)
    if model and is_model_folder(model):
        return classifier.load_classifier_from_folder(task, ModelFolder(Path(model)))
    found = classifier.find_classifier(task, model)
    console.print(f"by {found.description}", markup=False, soft_wrap=True, style="dim")
    return classifier.classifier_of(found.load())
