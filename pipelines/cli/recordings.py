"""What ``transcribe`` and ``classify`` share: recordings are listed, processed one by one, and failures printed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mir_models.errors import MirlitonError
from pipelines.cli.console import console
from pipelines.cli.progress_bars import bars
from storage import progress
from storage.corpora.files import AUDIO_SUFFIXES, nfc_name, visible_files
from storage.corpora.files import recordings_by_id as recordings_of

Model = TypeVar("Model")


@dataclass(frozen=True)
class Recording:
    """A recording.

    Attributes
    ----------
    path : Path
        The audio file.
    name : str
        What its output files are called below the output folder, without a suffix.
    """

    path: Path
    name: str


def is_model_folder(model: str) -> bool:
    """Whether ``--model`` is the folder of an exported model, rather than the name of a network."""
    return Path(model).is_dir() or Path(model).name != model


def process_recordings(
    audio: Sequence[str], folder: Path, load_model: Callable[[], Model], write: Callable[[Model, Recording], bool]
) -> None:
    """Apply a model to audio files, and to those in folders, one after the other.

    Parameters
    ----------
    audio : sequence of str
        Paths of files and folders.
    folder : Path
        For the output files; it is made when missing.
    load_model : callable () -> model
        Called once the recordings are listed.
    write : callable (model, recording) -> bool
        Writes the output of one recording; whether it could be read.

    Raises
    ------
    MirlitonError
        At the end, where some recordings could not be read; before, where two would write the same file.
    """
    found, failed = _list_recordings(audio)
    n_recordings = len(found) + failed
    _check_names(found)
    model = load_model()
    make_folder(folder)
    with bars():
        for done, recording in enumerate(found):
            progress.report("recordings", done, len(found))
            failed += not write(model, recording)
        progress.report("recordings", len(found), len(found))
    if failed:
        received = f"{failed} of {n_recordings} that could not be read"
        raise MirlitonError("recordings", received=received, remedy="see above; the others are written")


def _list_recordings(audio: Sequence[str]) -> tuple[list[Recording], int]:
    """The recordings, those of folders with their relative paths, and how many folders could not be listed."""
    listed, failed = [], 0
    for path in map(Path, audio):
        if not path.is_dir():
            listed.append(Recording(path, path.stem if path.suffix.lower() in AUDIO_SUFFIXES else path.name))
            continue
        try:
            found = recordings_of(path, visible_files(path))
        except MirlitonError as error:
            print_error(path, error)
            failed += 1
        else:
            listed += [
                Recording(path / name, str(Path(name).with_suffix(""))) for each in found.values() for name in each
            ]
    return listed, failed


def _check_names(recordings: Sequence[Recording]) -> None:
    """Raise where two recordings would write the same file."""
    counts = Counter(recording.name for recording in recordings)
    if twice := [name for name, count in counts.items() if count > 1]:
        same = " and ".join(str(recording.path) for recording in recordings if recording.name == twice[0])
        remedy = "process them by two calls, into two folders"
        raise MirlitonError("recordings of different names", received=f"{same}, both {twice[0]!r}", remedy=remedy)


def make_folder(folder: Path) -> Path:
    """Make a folder that may be there; returns it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "choose another one with -o"
        raise MirlitonError("a folder that can be made", received=error, remedy=remedy) from error
    return folder


def print_written(outs: Sequence[Path], summary: str) -> None:
    """Print which files were written, and what is in them."""
    console.print(f"{', '.join(nfc_name(str(out)) for out in outs)}: {summary}", markup=False, soft_wrap=True)


def print_error(path: Path, error: Exception) -> None:
    """Print why a recording could not be read."""
    console.print(f"{nfc_name(str(path))}: {error}", style="red", markup=False, soft_wrap=True)
