"""The command ``transcribe``: recordings in, notes out, as MIDI, CSV or JSON."""

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.progress_bars import bars
from pipelines.cli.recordings import Recording, complain, doubt, hear_all, made, named_folder, told
from storage.media.note_formats import FORMATS
from storage.models.exported import ModelFolder

TASK = "piano_transcription"
STDIN = "-"
FOLDER = Path("transcribed")
"""Where files go unless told otherwise: never beside recordings, where a corpus has its own MIDI files."""

Format = StrEnum("Format", {name.upper(): name for name in FORMATS})


def transcribe(
    audio: Annotated[
        list[str],
        typer.Argument(help="Files that libsndfile reads, folders of them, or - for standard input.", metavar="AUDIO…"),
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help=f"Folder for the files; default: {FOLDER}, and standard output for -."),
    ] = None,
    format: Annotated[list[Format], typer.Option(help="What to write; may be repeated.")] = [Format.MIDI],  # noqa: B006
    model: Annotated[
        str | None,
        typer.Option(
            help="A network that you trained, e.g. bilstm, or the folder of an export; default: the one that is "
            "included, whose weights are for non-commercial use (CC BY-NC-SA)."
        ),
    ] = None,
    from_run: Annotated[str | None, typer.Option(help="The id of an MLflow run: the network that it trained.")] = None,
) -> None:
    """Write what a network hears in recordings of solo piano; nothing has to be set up or trained for it."""
    if STDIN in audio:
        _hear_stdin(audio, out, format, model, from_run)
        return
    folder = out or FOLDER
    hear_all(audio, folder, lambda: _transcriber(model, from_run), partial(_written, folder=folder, formats=format))


def _written(transcriber: Any, recording: Recording, folder: Path, formats: list[Format]) -> bool:
    """Whether a recording could be transcribed; prints what was written, or why not."""
    outs = [folder / f"{recording.name}{FORMATS[each].suffix}" for each in dict.fromkeys(formats)]
    try:
        outs[0].parent.mkdir(parents=True, exist_ok=True)
        n_notes = transcriber.write(recording.path, *outs, doubt=doubt)
    except (MirlitonError, OSError) as error:
        complain(recording.path, error)
        return False
    told(outs, f"{n_notes} notes")
    return True


def _hear_stdin(
    audio: list[str], out: Path | None, formats: list[Format], model: str | None, from_run: str | None
) -> None:
    """Transcribe standard input, into a folder or to standard output."""
    from storage.media.stdin import NAME, spooled

    if len(audio) > 1:
        raise MirlitonError("standard input alone", received=" ".join(audio), remedy="hear the files by a second call")
    if out is None and (len(set(formats)) > 1 or (formats == [Format.MIDI] and sys.stdout.isatty())):
        received = f"{' and '.join(dict.fromkeys(formats))} for standard output"
        remedy = "give a folder with -o, or --format csv, or redirect the output"
        raise MirlitonError("one format that standard output can take", received=received, remedy=remedy)
    transcriber = _transcriber(model, from_run)
    with spooled(sys.stdin.buffer) as path:
        if out is None:
            notes = transcriber.hear(path, doubt=_doubt_aside)
            sys.stdout.buffer.write(transcriber.encoded(notes, formats[0], NAME))
            sys.stdout.buffer.flush()
        else:
            with bars():
                outs = [made(out) / f"{NAME}{FORMATS[each].suffix}" for each in dict.fromkeys(formats)]
                n_notes = transcriber.write(path, *outs, doubt=doubt)
            told(outs, f"{n_notes} notes")


def _transcriber(model: str | None, from_run: str | None) -> Any:
    """The included model, unless another is named."""
    from assets.inference import transcriber as listening

    if model and from_run:
        raise MirlitonError("--model or --from-run", received="both", remedy="name one")
    if from_run:
        return listening.run_transcriber(from_run)
    if model and named_folder(model):
        return listening.folder_transcriber(ModelFolder(Path(model)))
    return listening.open_transcriber(TASK, model) if model else listening.shipped_transcriber(TASK)


def _doubt_aside(doubted: str) -> None:
    """Where standard output has the notes."""
    print(doubted, file=sys.stderr)


COMMANDS = (transcribe,)
