"""The command ``transcribe``: recordings of solo piano to notes, as MIDI, CSV or JSON."""

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.console import print_warning
from pipelines.cli.progress_bars import bars
from pipelines.cli.recordings import (
    Recording,
    is_model_folder,
    make_folder,
    print_error,
    print_written,
    process_recordings,
)
from storage.media.note_formats import FORMATS
from storage.models.exported import ModelFolder

if TYPE_CHECKING:
    from assets.inference.transcriber import Transcriber

TASK = "piano_transcription"
STDIN = "-"
FOLDER = Path("transcribed")
"""The default output folder: never that of the recordings, where a corpus has its own MIDI files."""


class Format(StrEnum):
    """The file formats of notes: those of `storage.media.note_formats`."""

    MIDI = "midi"
    CSV = "csv"
    JSON = "json"


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
    """Transcribe recordings of solo piano to notes; nothing has to be set up or trained for it."""
    if STDIN in audio:
        _transcribe_stdin(audio, out, format, model, from_run)
        return
    folder = out or FOLDER
    process_recordings(
        audio, folder, lambda: _load_transcriber(model, from_run), partial(_write, folder=folder, formats=format)
    )


def _write(transcriber: "Transcriber", recording: Recording, folder: Path, formats: list[Format]) -> bool:
    """Transcribe one recording and write its notes; whether it could be read, which is printed."""
    outs = [folder / f"{recording.name}{FORMATS[each].suffix}" for each in dict.fromkeys(formats)]
    try:
        outs[0].parent.mkdir(parents=True, exist_ok=True)
        n_notes = transcriber.write(recording.path, *outs, warn=print_warning)
    except (MirlitonError, OSError) as error:
        print_error(recording.path, error)
        return False
    print_written(outs, f"{n_notes} notes")
    return True


def _transcribe_stdin(
    audio: list[str], out: Path | None, formats: list[Format], model: str | None, from_run: str | None
) -> None:
    """Transcribe standard input, into a folder or to standard output."""
    from storage.media.stdin import NAME, spool

    if len(audio) > 1:
        raise MirlitonError(
            "standard input alone", received=" ".join(audio), remedy="transcribe the files by a second call"
        )
    if out is None and (len(set(formats)) > 1 or (formats == [Format.MIDI] and sys.stdout.isatty())):
        received = f"{' and '.join(dict.fromkeys(formats))} for standard output"
        remedy = "give a folder with -o, or --format csv, or redirect the output"
        raise MirlitonError("one format that standard output can take", received=received, remedy=remedy)
    transcriber = _load_transcriber(model, from_run)
    with spool(sys.stdin.buffer) as path:
        if out is None:
            notes = transcriber.transcribe(path, warn=_warn_on_stderr)
            sys.stdout.buffer.write(transcriber.encoded(notes, formats[0], NAME))
            sys.stdout.buffer.flush()
        else:
            with bars():
                outs = [make_folder(out) / f"{NAME}{FORMATS[each].suffix}" for each in dict.fromkeys(formats)]
                n_notes = transcriber.write(path, *outs, warn=print_warning)
            print_written(outs, f"{n_notes} notes")


def _load_transcriber(model: str | None, from_run: str | None) -> "Transcriber":
    """The transcriber of an MLflow run, an export or the store; by default the included one."""
    from assets.inference import transcriber as transcribers

    if model and from_run:
        raise MirlitonError("--model or --from-run", received="both", remedy="name one")
    if from_run:
        return transcribers.load_transcriber_from_run(from_run)
    if model and is_model_folder(model):
        return transcribers.load_transcriber_from_folder(ModelFolder(Path(model)))
    return transcribers.load_transcriber(TASK, model) if model else transcribers.load_shipped_transcriber(TASK)


def _warn_on_stderr(text: str) -> None:
    """Print a warning where standard output has the notes."""
    print(text, file=sys.stderr)
