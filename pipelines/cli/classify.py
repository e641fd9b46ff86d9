"""The command ``classify``: recordings in, the most probable genre or artist out, over time."""

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.recordings import Recording, complain, doubt, hear_all, named_folder, told
from storage.models.exported import ModelFolder

FOLDER = Path("classified")
"""Where files go unless told otherwise."""

Format = StrEnum("Format", {"JSON": "json", "PLOT": "plot"})


def classify(
    audio: Annotated[
        list[str], typer.Argument(help="Files that libsndfile reads, or folders of them.", metavar="AUDIO…")
    ],
    task: Annotated[str, typer.Option(help="genre_recognition or artist_recognition.")],
    model: Annotated[
        str | None,
        typer.Option(help="A network that you trained, or the folder of an export; default: the only one there is."),
    ] = None,
    from_run: Annotated[str | None, typer.Option(help="The id of an MLflow run: the network that it trained.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many classes are told.")] = 3,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the files.")] = FOLDER,
    format: Annotated[list[Format], typer.Option(help="What to write; may be repeated.")] = [Format.JSON],  # noqa: B006
) -> None:
    """Write which classes a network hears in recordings, as a whole and window by window."""
    if model and from_run:
        raise MirlitonError("--model or --from-run", received="both", remedy="name one")
    hear_all(audio, out, lambda: _namer(task, model, from_run), partial(_written, out=out, formats=format, top=top))


def _namer(task: str, model: str | None, from_run: str | None) -> Any:
    from assets.inference import classifier

    if from_run:
        return classifier.run_namer(task, from_run)
    if model and named_folder(model):
        return classifier.folder_namer(task, ModelFolder(Path(model)))
    return classifier.open_namer(task, model)


def _written(namer: Any, recording: Recording, out: Path, formats: list[Format], top: int) -> bool:
    """Whether a recording could be heard; prints what is in it, or why not."""
    from assets.inference.classifier import SUFFIXES
    from storage.objects.atomic import write_whole

    outs = {each: out / f"{recording.name}{SUFFIXES[each]}" for each in dict.fromkeys(formats)}
    try:
        answer = namer.hear(recording.path, doubt=doubt)
        for each, path in outs.items():
            write_whole(path, namer.encoded(answer, each, recording.path.name, top))
    except (MirlitonError, OSError) as error:
        complain(recording.path, error)
        return False
    told(list(outs.values()), ", ".join(f"{name} {probability:.2f}" for name, probability in answer.most(top)))
    return True


COMMANDS = (classify,)
