"""A corpus as its loader lists it: the tracks on disk, what is said of them, and what the corpus promises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mir_models.errors import TrackError
from storage.fingerprints import fingerprint

SPLITS = ("train", "validation", "test")
CLASSES = ("genre", "artist", "album", "composer", "instrument")
"""Label kinds that are one name for a whole track; the other kind is ``"notes"``, a file of their own."""

_VARIANT = "~variant-"


def group_of(classes: Mapping[str, str], kind: str) -> str:
    """What a track has in common with others of its class of a kind; nothing where it has none.

    Two artists may have albums of one name: where an artist is known, an album is the artist's.
    """
    name, artist = classes.get(kind, ""), classes.get("artist", "")
    return f"{artist}: {name}" if kind == "album" and name and artist else name


@dataclass(frozen=True)
class Promises:
    """What a corpus guarantees about its labels.

    Attributes
    ----------
    kinds : tuple of str
        Label kinds every track has, ``"notes"`` or of `CLASSES`; a track without one goes to quarantine.
    labels_exact : bool
        The notes are already aligned to the audio: the lag is measured and reported, never applied.
    pedal : {"applied", "separate"}
        Whether the offsets of the notes already contain the sustain pedal.
    official_splits : bool
        The loader names the split of every track itself.
    """

    kinds: tuple[str, ...]
    labels_exact: bool = False
    pedal: str = "separate"
    official_splits: bool = False


@dataclass(frozen=True)
class TrackFiles:
    """One track as it lies on disk.

    Attributes
    ----------
    id : str
        Unique in its dataset; by custom the path below the root without its extension, with ``/``.
    audio : Path
        The recording.
    work : str
        The composition performed.
    labels : dict of str to Path
        File of each label kind that has one: ``{"notes": path}``.
    split : str or None
        Official split, one of `SPLITS`, or None where the corpus names none.
    classes : dict of str to str
        Name by label kind of `CLASSES`, e.g. ``{"genre": "Rock", "artist": "…", "album": "…"}``.
    start, end : float
        The part of the recording that is the track, in seconds; ``end`` None: to its end.
    """

    id: str
    audio: Path
    work: str
    labels: dict[str, Path] = field(default_factory=dict)
    split: str | None = None
    classes: dict[str, str] = field(default_factory=dict)
    start: float = 0.0
    end: float | None = None

    def has(self, kind: str) -> bool:
        """Whether the track has a label of this kind."""
        return kind in self.labels or bool(self.classes.get(kind))


@dataclass(frozen=True)
class Listing:
    """The tracks of a corpus.

    Attributes
    ----------
    tracks : list of TrackFiles
        Sorted by id.
    promises : Promises
        What this corpus, read with these options, guarantees.
    dropped : dict of str to str
        Ids that the corpus' protocol leaves out, with the reason: nothing is wrong with them.
    refused : dict of str to str
        Ids that cannot be used as they lie on disk, with the reason: they go to quarantine.
    """

    tracks: list[TrackFiles]
    promises: Promises
    dropped: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def variant_id(track: str, number: int) -> str:
    """The id of the augmented variant of a track with this number."""
    return f"{track}{_VARIANT}{number}"


def recording_of(id: str) -> str:
    """The id of the recording that a variant with this id is made of; other ids as they are."""
    source, sign, number = id.rpartition(_VARIANT)
    return source if sign and number.isdecimal() else id


def stamp(track: TrackFiles) -> list[list[Any]]:
    """Path, size and time of change of a track's files: what tells, without reading them, that they are the same.

    A file that is not there has the size and time None.
    """
    paths = [track.audio, *(track.labels[kind] for kind in sorted(track.labels))]
    return [_stamp(path) for path in paths]


def identity(track: TrackFiles) -> str:
    """A fingerprint of a track's files and of all that its corpus says of it."""
    said = [track.work, track.classes, track.split, track.start, track.end]
    return fingerprint(track.id, said, stamp(track))


@contextmanager
def steady(stamps: list[list[Any]]) -> Iterator[None]:
    """Refuse files that are not, before and after they are read, as their stamps say.

    Raises
    ------
    TrackError
        What was made of such files would be kept under the name of others.
    """
    _refuse_changed(stamps)
    yield
    _refuse_changed(stamps)


def _refuse_changed(stamps: list[list[Any]]) -> None:
    for path, *known in stamps:
        if _stamp(Path(path))[1:] != known:
            remedy = "let them lie still and run mirliton backfill again"
            raise TrackError("files as they were listed", received=f"{Path(path).name}, changed since", remedy=remedy)


def _stamp(path: Path) -> list[Any]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return [str(path), None, None]
    return [str(path), found.st_size, found.st_mtime_ns]
