"""A corpus as its loader lists it: the tracks on disk and what the corpus promises about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Promises:
    """What a corpus guarantees about its labels.

    Attributes
    ----------
    kinds : tuple of str
        Label kinds every track has, e.g. ``("notes",)``; a track without one goes to quarantine.
    labels_exact : bool
        The labels are already aligned to the audio: the lag is measured and reported, never applied.
    pedal : {"applied", "separate"}
        Whether the offsets of the notes already contain the sustain pedal.
    official_splits : bool
        The loader names the split of every track itself.
    """

    kinds: tuple[str, ...]
    labels_exact: bool
    pedal: str
    official_splits: bool


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
        The composition performed; works never cross splits.
    labels : dict of str to Path
        File of each label kind that was found.
    split : str or None
        Official split, or None when the dataset's split rule decides.
    """

    id: str
    audio: Path
    work: str
    labels: dict[str, Path] = field(default_factory=dict)
    split: str | None = None


@dataclass(frozen=True)
class Listing:
    """The tracks of a corpus.

    Attributes
    ----------
    tracks : list of TrackFiles
        Sorted by id.
    dropped : dict of str to str
        Ids that the corpus' protocol leaves out, with the reason: nothing is wrong with them.
    refused : dict of str to str
        Ids that cannot be used as they lie on disk, with the reason: they go to quarantine.
    """

    tracks: list[TrackFiles]
    dropped: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def stamp(track: TrackFiles) -> list[Any]:
    """Path, size and time of change of a track's files: what tells, without reading them, that they are the same."""
    paths = [track.audio, *(track.labels[kind] for kind in sorted(track.labels))]
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
