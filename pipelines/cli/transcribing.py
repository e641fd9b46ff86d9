"""The command ``transcribe``: recordings in, notes out, as MIDI, CSV or JSON."""

import sys
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.bars import bars, console
from storage import progress
from storage.corpus_files import AUDIO_SUFFIXES, readable, visible_files
from storage.corpus_files import recordings as recordings_of
from storage.model_folders import ModelFolder
from storage.note_files import FORMATS

TASK = "piano_transcription"
STDIN = "-"
FOLDER = Path("transcribed")
"""Where files go unless told otherwise: never beside recordings, where a corpus has its own MIDI files."""

Format = StrEnum("Format", {name.upper(): name for name in FORMATS})


@dataclass(frozen=True)
class Recording:
    """A recording, and what its files are called below the folder for them, without an extension."""

    path: Path
    name: str


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
    listed, failed = _listed(audio)
    n_recordings = len(listed) + failed
    _refuse_twice(listed)
    transcriber = _transcriber(model, from_run)
    folder = _made(out or FOLDER)
    with bars():
        for done, recording in enumerate(listed):
            progress.tell("recordings", done, len(listed))
            failed += not _written(transcriber, recording, folder, format)
        progress.tell("recordings", len(listed), len(listed))
    if failed:
        received = f"{failed} of {n_recordings} that could not be read"
        raise MirlitonError("recordings", received=received, remedy="see above; the others are written")


def _written(transcriber: Any, recording: Recording, folder: Path, formats: list[Format]) -> bool:
    """Whether a recording could be transcribed; prints what was written, or why not."""
    outs = [folder / f"{recording.name}{FORMATS[each].suffix}" for each in dict.fromkeys(formats)]
    try:
        outs[0].parent.mkdir(parents=True, exist_ok=True)
        n_notes = transcriber.write(recording.path, *outs, doubt=_doubt)
    except (MirlitonError, OSError) as error:
        _complain(recording.path, error)
        return False
    _tell(outs, n_notes)
    return True


def _hear_stdin(
    audio: list[str], out: Path | None, formats: list[Format], model: str | None, from_run: str | None
) -> None:
    """Transcribe standard input, into a folder or to standard output."""
    from storage.standard_input import NAME, spooled

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
                outs = [_made(out) / f"{NAME}{FORMATS[each].suffix}" for each in dict.fromkeys(formats)]
                n_notes = transcriber.write(path, *outs, doubt=_doubt)
            _tell(outs, n_notes)


def _transcriber(model: str | None, from_run: str | None) -> Any:
    """The included model, unless another is named."""
    from assets import listening

    if model and from_run:
        raise MirlitonError("--model or --from-run", received="both", remedy="name one")
    if from_run:
        return listening.run_transcriber(from_run)
    if model and (Path(model).is_dir() or Path(model).name != model):
        return listening.folder_transcriber(ModelFolder(Path(model)))
    return listening.open_transcriber(TASK, model) if model else listening.shipped_transcriber(TASK)


def _listed(audio: list[str]) -> tuple[list[Recording], int]:
    """The recordings, those of folders with their relative paths, and how many folders could not be listed."""
    listed, failed = [], 0
    for path in map(Path, audio):
        if not path.is_dir():
            listed.append(Recording(path, path.stem if path.suffix.lower() in AUDIO_SUFFIXES else path.name))
            continue
        try:
            found = recordings_of(path, visible_files(path))
        except MirlitonError as error:
            _complain(path, error)
            failed += 1
        else:
            listed += [
                Recording(path / name, str(Path(name).with_suffix(""))) for each in found.values() for name in each
            ]
    return listed, failed


def _refuse_twice(listed: list[Recording]) -> None:
    """Refuse recordings that would write the same file."""
    twice = [name for name, times in Counter(recording.name for recording in listed).items() if times > 1]
    if twice:
        same = " and ".join(str(recording.path) for recording in listed if recording.name == twice[0])
        remedy = "transcribe them into two folders"
        raise MirlitonError("recordings of different names", received=f"{same}, both {twice[0]!r}", remedy=remedy)


def _made(folder: Path) -> Path:
    """The folder, which is made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "choose another one with -o"
        raise MirlitonError("a folder for the notes that can be made", received=error, remedy=remedy) from error
    return folder


def _tell(outs: list[Path], n_notes: int) -> None:
    console.print(f"{', '.join(readable(str(out)) for out in outs)}: {n_notes} notes", markup=False, soft_wrap=True)


def _doubt(doubted: str) -> None:
    console.print(doubted, style="yellow", markup=False, soft_wrap=True)


def _doubt_aside(doubted: str) -> None:
    """Where standard output has the notes."""
    print(doubted, file=sys.stderr)


def _complain(path: Path, error: Exception) -> None:
    console.print(f"{readable(str(path))}: {error}", style="red", markup=False, soft_wrap=True)


COMMANDS = (transcribe,)
