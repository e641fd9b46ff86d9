"""Listing of a corpus by its loader: track files with their metadata, and what the corpus guarantees of its labels."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from mir_models.errors import TrackError
from storage.corpora.recordings import needs_ffmpeg, other_formats
from storage.fingerprints import fingerprint

SPLITS = ("train", "validation", "test")

Stamp = tuple[str, int | None, int | None]
"""Path, size in bytes and modification time in ns of a file; size and time are None where there is no file."""
_VARIANT = "~variant-"


def group_of(classes: Mapping[str, str], kind: str) -> str:
    """The name of a track's group by a label kind, such as its artist or album; empty where it has none.

    An album is named with its artist where that is known, since two artists may have albums of one name.
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
    """The files and metadata of one track.

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
        What the corpus guarantees under these options.
    dropped : dict of str to str
        Ids that the corpus' protocol leaves out, with the reason: nothing is wrong with them.
    refused : dict of str to str
        Ids that cannot be used, with the reason: they go to quarantine.
    notices : tuple of str
        Sentences on files and cells of the corpus that are not used.
    undecodable : list of TrackFiles
        Tracks in formats that only ffmpeg reads, on a machine without it; a loader lists them as tracks.
    """

    tracks: list[TrackFiles]
    promises: Promises
    dropped: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    undecodable: list[TrackFiles] = field(default_factory=list)

    @property
    def unused(self) -> tuple[str, ...]:
        """Sentences on all input that is not used, without what is dropped or refused by id."""
        return *other_formats([track.audio for track in self.undecodable]), *self.notices

    def decodable(self, *, with_ffmpeg: bool) -> Listing:
        """The listing whose tracks can be decoded with or without ffmpeg; the others are `undecodable`."""
        if with_ffmpeg:
            return self
        parts: tuple[list[TrackFiles], list[TrackFiles]] = [], []
        for track in self.tracks:
            parts[needs_ffmpeg(track.audio)].append(track)
        return replace(self, tracks=parts[0], undecodable=parts[1])

    def with_stored(self, stored: Collection[str]) -> Listing:
        """The listing in which undecodable tracks that are stored are tracks.

        Their files were decoded where ffmpeg is installed. They are not decoded again while they stay as they are, and
        what was made of them is kept.
        """
        known = {track.id for track in self.undecodable} & set(stored)
        tracks = [*self.tracks, *(track for track in self.undecodable if track.id in known)]
        left = [track for track in self.undecodable if track.id not in known]
        return replace(self, tracks=sorted(tracks, key=lambda track: track.id), undecodable=left)


def variant_id(track: str, number: int) -> str:
    """The id of the augmented variant of a track with this number."""
    return f"{track}{_VARIANT}{number}"


def recording_of(id: str) -> str:
    """The id of the recording that a variant was made from; any other id unchanged."""
    source, sign, number = id.rpartition(_VARIANT)
    return source if sign and number.isdecimal() else id


def file_stamps(track: TrackFiles) -> list[Stamp]:
    """Path, size and modification time of a track's files, by which a change is found without reading them.

    A missing file has size and time None.
    """
    paths = [track.audio, *(track.labels[kind] for kind in sorted(track.labels))]
    return [_stamp(path) for path in paths]


def listing_fingerprint(track: TrackFiles) -> str:
    """A fingerprint of a track's files, metadata, split and part."""
    metadata = [track.work, track.classes, track.split, track.start, track.end]
    return fingerprint(track.id, metadata, file_stamps(track))


@contextmanager
def check_unchanged(stamps: Sequence[Stamp]) -> Iterator[None]:
    """Check before and after the block that files have the size and modification time of their stamps.

    Raises
    ------
    TrackError
        When a file changed: a result computed from it would be stored under the fingerprint of the earlier one.
    """
    _check_stamps(stamps)
    yield
    _check_stamps(stamps)


def _check_stamps(stamps: Sequence[Stamp]) -> None:
    for path, *listed in stamps:
        if list(_stamp(Path(path))[1:]) != listed:
            remedy = "do not change them during a run, and run mirliton backfill again"
            raise TrackError("files as they were listed", received=f"{Path(path).name}, changed since", remedy=remedy)


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except FileNotFoundError:
        return str(path), None, None
    return str(path), status.st_size, status.st_mtime_ns
