"""What ``transcribe`` and ``classify`` share: recordings are listed, processed one by one, and failures printed."""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mir_models.errors import MirlitonError, ParameterError
from pipelines.cli.console import console, print_warning
from pipelines.cli.library_logs import without_notices
from pipelines.cli.progress_bars import bars
from storage import progress
from storage.corpora.files import nfc_name
from storage.corpora.recordings import RARE_SUFFIXES, USUAL_SUFFIXES, recordings_below
from storage.media.pipes import STDIN, is_stdin, recording_name, seekable
from storage.objects.outputs import check_folder, check_output, write_output

Model = TypeVar("Model")
Process = Callable[[Model, Path, Sequence[str]], tuple[Mapping[str, bytes], str]]
"""Applies a model to a recording: returns the contents of its output files by suffix, and a summary in words."""
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


def is_model_folder(model: str) -> bool:
    """Whether ``--model`` is the folder of an exported model, rather than the name of a network."""
    return Path(model).is_dir() or Path(model).name != model


def expand(path: str | Path) -> Path:
    """A path as it was typed, where the shell left ``~`` in it with the home folder instead."""
    return Path(path if os.path.lexists(path) else os.path.expanduser(path))


def process_recordings(
    audio: Sequence[str], outputs: Outputs, load_model: Callable[[], Model], process: Process[Model]
) -> None:
    """Apply a model to audio files, and to those in folders, one after the other.

    What is in the way of an output file is found before anything is processed; the other files are written.

    Parameters
    ----------
    audio : sequence of str
        Paths of files, pipes and folders; ``-`` is standard input.
    outputs : Outputs
    load_model : callable () -> model
        Called once the recordings are listed, if there is anything to process.
    process : callable
        See `Process`.

    Raises
    ------
    MirlitonError
        At the end, where some output files are missing; before, where the folder cannot be one, or two recordings
        would write the same file.
    """
    found, n_failed = _list_recordings(audio)
    n_recordings = len(found) + n_failed
    _check_names(found)
    check_folder(outputs.folder)
    free = {recording: _free_suffixes(recording, outputs) for recording in found}
    waiting = [recording for recording in found if free[recording]]
    n_failed += sum(len(free[recording]) < len(outputs.suffixes) for recording in found)
    if waiting:
        model = load_model()
        with without_notices(), bars():
            for done, recording in enumerate(waiting):
                progress.report("recordings", done, len(waiting))
                is_written = _write(recording, free[recording], outputs, model, process)
                n_failed += not is_written and len(free[recording]) == len(outputs.suffixes)
            progress.report("recordings", len(waiting), len(waiting))
    if n_failed:
        received, remedy = f"{n_failed} of {n_recordings} failed", "see above; the others are written"
        raise MirlitonError("the files of all recordings", received=received, remedy=remedy)


def _write(
    recording: Recording, suffixes: Sequence[str], outputs: Outputs, model: Model, process: Process[Model]
) -> bool:
    """Process one recording and write its files; whether all could be written, else why is printed."""
    written = []
    try:
        with seekable(recording.path) as file:
            contents, summary = process(model, file, suffixes)
        for suffix, content in contents.items():
            if _write_file(recording, outputs.path(recording, suffix), content, overwrite=outputs.overwrite):
                written.append(outputs.path(recording, suffix))
    except (MirlitonError, OSError) as error:
        print_error(recording.path, error)
        return False
    if written:
        print_written(written, summary)
    return len(written) == len(suffixes)


def _write_file(recording: Recording, path: Path, content: bytes, *, overwrite: bool) -> bool:
    """Write one output file; whether it could be written, else why is printed."""
    try:
        write_output(path, content, overwrite=overwrite)
    except (MirlitonError, OSError) as error:
        print_error(recording.path, error)
        return False
    return True


def _free_suffixes(recording: Recording, outputs: Outputs) -> list[str]:
    """The suffixes whose files can be written; why the others cannot is printed."""
    free = []
    for suffix in outputs.suffixes:
        try:
            check_output(outputs.path(recording, suffix), overwrite=outputs.overwrite)
        except (MirlitonError, OSError) as error:
            print_error(recording.path, error)
        else:
            free.append(suffix)
    return free


def _list_recordings(audio: Sequence[str]) -> tuple[list[Recording], int]:
    """The recordings, each once, those of folders with their relative paths; how many arguments could not be listed."""
    listed: dict[tuple[str, str], Recording] = {}
    n_failed = 0
    for each in audio:
        try:
            for recording in _recordings_of(each):
                listed.setdefault((os.path.realpath(recording.path), recording.name), recording)
        except MirlitonError as error:
            print_error(each or "''", error)
            n_failed += 1
    return list(listed.values()), n_failed


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


def print_written(outs: Sequence[Path], summary: str) -> None:
    """Print which files were written, and what is in them."""
    console.print(f"{', '.join(nfc_name(str(out)) for out in outs)}: {summary}", markup=False, soft_wrap=True)


def print_error(path: Path | str, error: Exception) -> None:
    """Print why a recording could not be read, or its file not be written."""
    name = STDIN.name if isinstance(path, Path) and is_stdin(path) else nfc_name(str(path))
    console.print(f"{name}: {error}", style="red", markup=False, soft_wrap=True)
