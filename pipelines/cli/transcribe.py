"""The command ``transcribe``: recordings of solo piano to notes, as MIDI, CSV or JSON."""

import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.completions import complete_transcriber
from pipelines.cli.console import console
from pipelines.cli.json_output import check_stdout_is_free
from pipelines.cli.recordings import (
    OVERWRITE,
    Outputs,
    Processed,
    expand,
    is_model_folder,
    network_name,
    process_recordings,
)
from pipelines.cli.side_by_side import on_cores
from storage.media.pipes import STDIN, is_stdin, seekable
from storage.workers.cores import available_cores

if TYPE_CHECKING:
    from assets.inference.transcriber import Transcriber, Warn
    from mir_models.inference.threads import OrderedMap

TASK = "piano_transcription"
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
        typer.Argument(
            help="Files that libsndfile reads (or ffmpeg, where it is installed), folders of them, pipes, or - for "
            "standard input.",
            metavar="AUDIO…",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help=f"Folder for the files; default: {FOLDER}, and standard output for -."),
    ] = None,
    format: Annotated[list[Format], typer.Option(help="What to write; may be repeated.")] = [Format.MIDI],  # noqa: B006
    model: Annotated[
        str | None,
        typer.Option(
            help="A network that you trained, e.g. bilstm, or the folder of an export; default: the champion among "
            "those that you trained, before there is one the included network, whose weights are for non-commercial "
            "use (CC BY-NC-SA).",
            autocompletion=complete_transcriber,
        ),
    ] = None,
    from_run: Annotated[str | None, typer.Option(help="The id of an MLflow run: the network that it trained.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j", "--jobs", min=1, help="Cores for files, and for the parts of each, side by side; default: all."
        ),
    ] = None,
) -> None:
    """Transcribe recordings of solo piano to notes; nothing has to be set up or trained for it."""
    from storage.media.note_formats import FORMATS

    n_cores = jobs or available_cores()
    if out is None and any(each == "-" or is_stdin(Path(each)) for each in audio):
        _transcribe_stdin(audio, format, partial(_load_transcriber, model, from_run, _print_on_stderr), n_cores)
        return
    names = {FORMATS[each].suffix: each for each in format}
    outputs = Outputs(expand(out or FOLDER), tuple(names), overwrite)

    def process(
        transcriber: "Transcriber", path: Path, suffixes: Sequence[str], warn: "Warn", over: "OrderedMap"
    ) -> Processed:
        transcription = transcriber.transcribe(path, warn=warn, over=over)
        contents = {each: transcriber.encoded(transcription, names[each], path.name) for each in suffixes}
        return contents, f"{len(transcription)} notes"

    load = partial(_load_transcriber, model, from_run, _print_dim)
    process_recordings(audio, outputs, load, process, jobs=lambda transcriber: _jobs(transcriber, n_cores))


def _transcribe_stdin(audio: list[str], formats: list[Format], load: Callable[[], "Transcriber"], n_cores: int) -> None:
    """Transcribe standard input to standard output."""
    check_stdout_is_free("the notes")
    if len(audio) > 1:
        received, remedy = " ".join(audio), "give a folder with -o, or transcribe the files by a second call"
        raise MirlitonError("standard input alone", received=received, remedy=remedy)
    if len(set(formats)) > 1 or (formats == [Format.MIDI] and sys.stdout.isatty()):
        received = f"{' and '.join(dict.fromkeys(formats))} for standard output"
        remedy = "give a folder with -o, or --format csv, or redirect the output"
        raise MirlitonError("one format that standard output can take", received=received, remedy=remedy)
    transcriber = load()
    with seekable(STDIN) as path, on_cores(_jobs(transcriber, n_cores)) as over:
        transcription = transcriber.transcribe(path, warn=_print_on_stderr, over=over)
        sys.stdout.buffer.write(transcriber.encoded(transcription, formats[0], path.name))
    sys.stdout.buffer.flush()


def _jobs(transcriber: "Transcriber", n_cores: int) -> int:
    """Cores that are used of so many: Keras uses all by itself."""
    return n_cores if transcriber.concurrent else 1


def _load_transcriber(model: str | None, from_run: str | None, show: Callable[[str], None]) -> "Transcriber":
    """The transcriber of an MLflow run, an export or the store; by default the one in use, which is shown."""
    from assets.inference import transcriber as transcribers
    from assets.inference.champion import model_in_use, network_in_use
    from storage.models.exported import ModelFolder

    if model and from_run:
        raise MirlitonError("--model or --from-run", received="both", remedy="name one")
    model = network_name(model, TASK)
    if from_run:
        return transcribers.load_transcriber_from_run(from_run)
    if model and is_model_folder(model):
        return transcribers.load_transcriber_from_folder(ModelFolder(Path(model)), threads=1)
    found = network_in_use(TASK, model) if model else model_in_use(TASK)
    if found is None or found.is_included:
        return transcribers.load_shipped_transcriber(TASK, threads=1)
    show(f"by {found.description}")
    return transcribers.transcriber_of(found.load())


def _print_on_stderr(text: str) -> None:
    """Print a line where standard output has the notes."""
    print(text, file=sys.stderr)


def _print_dim(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True, style="dim")
