"""What commands that hear recordings have in common: which files, where to write, and what to say of each."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError
from pipelines.cli.progress_bars import bars, console
from storage import progress
from storage.corpora.files import AUDIO_SUFFIXES, readable, visible_files
from storage.corpora.files import recordings as recordings_of


@dataclass(frozen=True)
class Recording:
    """A recording, and what its files are called below the folder for them, without an extension."""

    path: Path
    name: str


def named_folder(model: str) -> bool:
    """Whether what a user calls a model is the folder of an export, rather than the name of a network."""
    return Path(model).is_dir() or Path(model).name != model


def hear_all(audio: list[str], folder: Path, model: Callable[[], Any], write: Callable[[Any, Recording], bool]) -> None:
    """Hear files, and what lies in folders, one after the other.

    Parameters
    ----------
    audio : list of str
    folder : Path
        For what is written; it is made if it is not there.
    model : callable () -> model
        Called once it is known that there is something to hear.
    write : callable (model, recording) -> bool
        Whether it could be heard.

    Raises
    ------
    MirlitonError
        At the end, where some could not be heard; before, where two would write the same file.
    """
    found, failed = _listed(audio)
    n_recordings = len(found) + failed
    _refuse_twice(found)
    opened = model()
    made(folder)
    with bars():
        for done, recording in enumerate(found):
            progress.tell("recordings", done, len(found))
            failed += not write(opened, recording)
        progress.tell("recordings", len(found), len(found))
    if failed:
        received = f"{failed} of {n_recordings} that could not be read"
        raise MirlitonError("recordings", received=received, remedy="see above; the others are written")


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
            complain(path, error)
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
        remedy = "hear them by two calls, into two folders"
        raise MirlitonError("recordings of different names", received=f"{same}, both {twice[0]!r}", remedy=remedy)


def made(folder: Path) -> Path:
    """The folder, which is made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "choose another one with -o"
        raise MirlitonError("a folder that can be made", received=error, remedy=remedy) from error
    return folder


def told(outs: list[Path], words: str) -> None:
    """Say what was written, and what was heard."""
    console.print(f"{', '.join(readable(str(out)) for out in outs)}: {words}", markup=False, soft_wrap=True)


def doubt(doubted: str) -> None:
    """Say what may be wrong with a recording."""
    console.print(doubted, style="yellow", markup=False, soft_wrap=True)


def complain(path: Path, error: Exception) -> None:
    """Say why a recording was not heard."""
    console.print(f"{readable(str(path))}: {error}", style="red", markup=False, soft_wrap=True)
