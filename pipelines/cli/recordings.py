"""What ``transcribe`` and ``classify`` share: recordings are listed and processed, files written, failures printed."""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from mir_models.errors import MirlitonError, ParameterError
from mir_models.inference.threads import OrderedMap
from pipelines.cli.console import WARNING, console, print_warning
from pipelines.cli.documents.recordings import RecordingRow, RecordingsDocument
from pipelines.cli.json_output import emit
from pipelines.cli.library_logs import without_notices
from pipelines.cli.progress_bars import bars
from pipelines.cli.side_by_side import in_any_order
from storage import progress
from storage.corpora.files import nfc_name
from storage.corpora.recordings import RARE_SUFFIXES, USUAL_SUFFIXES, recordings_below
from storage.media.pipes import STDIN, is_stdin, recording_name, seekable
from storage.objects.outputs import check_folder, check_output, write_output
from storage.progress import AUDIO_PROCESSED

Model = TypeVar("Model")
Lines = list[tuple[str, str]]
"""What is printed of a recording, line by line, each with its style."""
ERROR = "red"
"""The style of errors."""
Processed = tuple[Mapping[str, bytes], str]
"""Contents of the output files by suffix, and a summary in words."""
Process = Callable[[Model, Path, Sequence[str], Callable[[str], None], OrderedMap], Processed]
"""Applies a model to a recording, for files with these suffixes.

The last arguments take a warning, and compute parts of a recording side by side.
"""
RECORDINGS = "recordings"
"""Stage under which the number of recordings that are done is reported."""
OVERWRITE = "Replace files that mirliton did not write, or that were changed since."


@dataclass(frozen=True)
class Recording:
    """A recording.

    Attributes
    ----------
    path : Path
        The audio file, or the pipe.
    name : str
        What its output files are called below the output folder, without a suffix.
    """

    path: Path
    name: str


@dataclass(frozen=True)
class Outputs:
    """Where the output files of recordings go.

    Attributes
    ----------
    folder : Path
        Made when missing.
    suffixes : tuple of str
        One file of a recording has each.
    overwrite : bool
        Replace files that mirliton did not write, too.
    """

    folder: Path
    suffixes: tuple[str, ...]
    overwrite: bool

    def path(self, recording: Recording, suffix: str) -> Path:
        """The output file of a recording with this suffix."""
        return self.folder / f"{recording.name}{suffix}"


@dataclass(frozen=True)
class Outcome:
    """What is found in a recording.

    Attributes
    ----------
    recording : Recording
    contents : mapping of str to bytes
        By suffix; empty where the recording could not be processed.
    summary : str
    lines : list of (str, str)
        To be printed.
    written : list of str
        Paths of the files, once they are written.
    """

    recording: Recording
    contents: Mapping[str, bytes]
    summary: str
    lines: Lines
    written: list[str] = field(default_factory=list)

    @property
    def row(self) -> RecordingRow:
        """The same for a document."""
        by_style = {style: [text for text, each in self.lines if each == style] for style in (WARNING, ERROR)}
        return RecordingRow(
            str(self.recording.path),
            files=self.written,
            summary=self.summary,
            warnings=by_style[WARNING],
            errors=by_style[ERROR],
        )


def is_model_folder(model: str) -> bool:
    """Whether ``--model`` is the folder of an exported model, rather than the name of a network."""
    return Path(model).is_dir() or Path(model).name != model


def network_name(model: str | None, task: str) -> str | None:
    """The name of a network, where ``--model`` is TASK/NETWORK as elsewhere; all else as it is."""
    return model if model is None or Path(model).is_dir() else model.removeprefix(f"{task}/")


def expand(path: str | Path) -> Path:
    """A path as it was typed, where the shell left ``~`` in it with the home folder instead."""
    return Path(path if os.path.lexists(path) else os.path.expanduser(path))


def process_recordings(
    audio: Sequence[str],
    outputs: Outputs,
    load_model: Callable[[], Model],
    process: Process[Model],
    *,
    jobs: Callable[[Model], int] = lambda _: 1,
) -> None:
    """Apply a model to audio files, and to those in folders.

    What is in the way of an output file is found before anything is processed; the other files are written. What is
    printed has the order of the recordings, however many are processed at once.

    Parameters
    ----------
    audio : sequence of str
        Paths of files, pipes and folders; ``-`` is standard input.
    outputs : Outputs
    load_model : callable () -> model
        Called once the recordings are listed, if there is anything to process.
    process : callable
        See `Process`.
    jobs : callable (model) -> int
        Cores that are used.

    Raises
    ------
    MirlitonError
        At the end, where some output files are missing; before, where the folder cannot be one, or two recordings
        would write the same file.
    """
    found, unlisted = _list_recordings(audio)
    n_recordings = len(found) + len(unlisted)
    _check_names(found)
    check_folder(outputs.folder)
    outcomes = {recording: Outcome(recording, {}, "", []) for recording in found}
    free = {recording: _free_suffixes(outcome, outputs) for recording, outcome in outcomes.items()}
    waiting = {recording: suffixes for recording, suffixes in free.items() if suffixes}
    if waiting:
        model = load_model()
        with without_notices(), bars(summed=[AUDIO_PROCESSED]):
            for outcome in _write_all(waiting, outputs, partial(process, model), jobs(model)):
                lines = [*outcomes[outcome.recording].lines, *outcome.lines]
                outcomes[outcome.recording] = replace(outcome, lines=lines)
    incomplete = [each for each in outcomes.values() if len(each.written) < len(outputs.suffixes)]
    n_failed = len(unlisted) + len(incomplete)
    emit(RecordingsDocument([*unlisted, *(each.row for each in outcomes.values())], n_failed, n_recordings))
    if n_failed:
        received, remedy = f"{n_failed} of {n_recordings} failed", "see above; the others are written"
        raise MirlitonError("the files of all recordings", received=received, remedy=remedy)


def _write_all(
    waiting: Mapping[Recording, Sequence[str]], outputs: Outputs, process: Callable[..., Processed], jobs: int
) -> list[Outcome]:
    """Process recordings and write their files as each is done; what became of each, in the order they were done."""
    numbers = {recording: number for number, recording in enumerate(waiting)}
    done: list[Outcome] = []
    lines: dict[int, Lines] = {}  # By recording, of those that are done before one in front of them.
    n_printed = 0
    try:
        progress.report(RECORDINGS, 0, len(waiting))
        with closing(in_any_order(partial(_outcome, process), list(waiting.items()), jobs)) as outcomes:
            for n_done, outcome in enumerate(outcomes, start=1):
                _write(outcome, outputs)
                done.append(outcome)
                lines[numbers[outcome.recording]] = outcome.lines
                while n_printed in lines:
                    print_lines(lines.pop(n_printed))
                    n_printed += 1
                progress.report(RECORDINGS, n_done, len(waiting))
    finally:
        for number in sorted(lines):
            print_lines(lines[number])
    return done


def _outcome(process: Callable[..., Processed], item: tuple[Recording, Sequence[str]], over: OrderedMap) -> Outcome:
    """Process one recording; why that failed is among its lines."""
    recording, suffixes = item
    lines: Lines = []
    contents: Mapping[str, bytes] = {}
    summary = ""
    try:
        with seekable(recording.path) as file:
            contents, summary = process(file, suffixes, lambda text: lines.append((text, WARNING)), over)
    except (MirlitonError, OSError) as error:
        lines.append(error_line(recording.path, error))
    return Outcome(recording, contents, summary, lines)


def _write(outcome: Outcome, outputs: Outputs) -> None:
    """Write the files of a recording; which were written is kept, and why others could not be is among its lines."""
    for suffix, content in outcome.contents.items():
        out = outputs.path(outcome.recording, suffix)
        try:
            write_output(out, content, overwrite=outputs.overwrite)
        except (MirlitonError, OSError) as error:
            outcome.lines.append(error_line(outcome.recording.path, error))
        else:
            outcome.written.append(nfc_name(str(out)))
    if outcome.written:
        outcome.lines.append((f"{', '.join(outcome.written)}: {outcome.summary}", ""))


def _free_suffixes(outcome: Outcome, outputs: Outputs) -> list[str]:
    """The suffixes whose files can be written; why the others cannot is printed, and among the lines."""
    recording, free = outcome.recording, []
    for suffix in outputs.suffixes:
        try:
            check_output(outputs.path(recording, suffix), overwrite=outputs.overwrite)
        except (MirlitonError, OSError) as error:
            outcome.lines.append(error_line(recording.path, error))
            print_lines(outcome.lines[-1:])
        else:
            free.append(suffix)
    return free


def _list_recordings(audio: Sequence[str]) -> tuple[list[Recording], list[RecordingRow]]:
    """The recordings, each once, those of folders with their relative paths; the arguments that could not be listed."""
    listed: dict[tuple[str, str], Recording] = {}
    unlisted = []
    for each in audio:
        try:
            for recording in _recordings_of(each):
                listed.setdefault((os.path.realpath(recording.path), recording.name), recording)
        except MirlitonError as error:
            line = error_line(each or "''", error)
            print_lines([line])
            unlisted.append(RecordingRow(each, files=[], summary="", warnings=[], errors=[line[0]]))
    return list(listed.values()), unlisted


def _recordings_of(argument: str) -> list[Recording]:
    """The recordings that an argument names."""
    if not argument:
        remedy = "check the variable in the command, or write . for this folder"
        raise ParameterError("a path", received="an empty one", remedy=remedy)
    path = STDIN if argument == "-" else expand(argument)
    if not os.path.isdir(path):
        return [Recording(path, _without_extension(recording_name(path)))]
    found = recordings_below(path)
    for notice in found.notices:
        print_warning(f"{nfc_name(argument)}: {notice}")
    return [Recording(path / name, str(Path(name).with_suffix(""))) for names in found.by_id.values() for name in names]


def _without_extension(name: str) -> str:
    """A file name without the extension of an audio format."""
    stem, suffix = os.path.splitext(name)
    return stem if suffix.lower() in (*USUAL_SUFFIXES, *RARE_SUFFIXES) else name


def _check_names(recordings: Sequence[Recording]) -> None:
    """Raise where two recordings would write the same file."""
    counts = Counter(recording.name for recording in recordings)
    if twice := [name for name, count in counts.items() if count > 1]:
        same = " and ".join(nfc_name(str(recording.path)) for recording in recordings if recording.name == twice[0])
        remedy = "process them by two calls, into two folders"
        received = f"{same}, both {nfc_name(twice[0])!r}"
        raise MirlitonError("recordings of different names", received=received, remedy=remedy)


def error_line(path: Path | str, error: Exception) -> tuple[str, str]:
    """Why a recording could not be read, or its file not be written, with the style of the line."""
    name = STDIN.name if isinstance(path, Path) and is_stdin(path) else nfc_name(str(path))
    return f"{name}: {error}", ERROR


def print_lines(lines: Lines) -> None:
    """Print lines, each in its style."""
    for text, style in lines:
        console.print(text, style=style, markup=False, soft_wrap=True)
