"""FMA: Creative Commons recordings of the Free Music Archive, as clips of 30 s with metadata and official splits.

``fma_metadata/tracks.csv`` and ``fma_<size>/000/000002.mp3``; the root holds both folders. Sizes are nested: the 8,000
clips of ``small`` are among the 25,000 of ``medium`` and these among the 106,574 of ``large``; all were
packed from one folder of clips (the corpus' ``creation.py``), so a larger size on disk serves for a smaller one.

Three rows head the table: what a column is about (album, artist, set, track), its name, and ``track_id`` alone, as
pandas writes two levels of columns. Texts in it run over several lines. Splits (``set.split``, about 80, 10 and 10 per
cent of each genre) keep the tracks of an artist together, an artist being an ``artist.id`` (``creation.ipynb``).

Labels are the top genre, artist and album. Names alone would merge artists who share one, and albums ("Live", "EP"),
so each carries its number in the archive: ``AWOL (1)``. The owners chose ``small`` and ``medium`` among tracks with one
top genre and a known album; ``large`` has tracks without a genre or without an album, which are listed without.

Some clips were cut by a wrong length of their recording, at its end or behind it: 15 have no audio and 6 less than
30 s. They are refused by id. The owner names these 21, which are all of ``medium``, in issue 8 of mdeff/fma. Issue 49
names 147 more of ``large`` that a user could not decode although a checksum he compared is right: they are listed, and
what cannot be decoded here either goes to quarantine then.
"""

from __future__ import annotations

import csv
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mir_models.errors import MirlitonError, ParameterError, TrackError
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.downloads.download import Remote

NAME = "fma"
VERSION = 1
DESCRIPTION = "FMA: clips of 30 s of Creative Commons recordings with genre, artist and album; 8,000 (small) to 106,574"
LICENCE = "metadata CC BY 4.0; each recording under the Creative Commons licence that its artist chose; for research"
CITATION = (
    "M. Defferrard, K. Benzi, P. Vandergheynst and X. Bresson, FMA: A dataset for music analysis, ISMIR 2017, "
    "arXiv:1612.01840"
)
HOMEPAGE = "https://github.com/mdeff/fma"
KINDS = ("genre", "artist", "album")
PROMISES = Promises(KINDS, official_splits=True)
LARGE = Promises(("artist",), official_splits=True)

SIZES = ("small", "medium", "large")
URL = "https://os.unil.cloud.switch.ch/fma"
# SHA-1 by the owners' README, whose sizes are rounded (342 MiB, 7.2, 22, 93 GiB). To the byte they are what others
# found who fetch these files by ranges and compare their length; unpacked sizes are not published.
METADATA = Remote(f"{URL}/fma_metadata.zip", "sha1:f0df49ffe5f2a6008d7dc83c6915b31835dfe733", 358_412_441)
CLIPS = {
    "small": Remote(f"{URL}/fma_small.zip", "sha1:ade154f733639d52e35e32f5593efe5be76c6d70", 7_679_594_875),
    "medium": Remote(f"{URL}/fma_medium.zip", "sha1:c67b69ea232021025fca9231fc1c7c1a063ab50b", 23_825_005_356),
    "large": Remote(f"{URL}/fma_large.zip", "sha1:497109f4dd721066b5ce5e5f250ec604dc78939e", 100_306_112_191),
}
DOWNLOADS = (METADATA, CLIPS["small"])

WITHOUT_AUDIO = frozenset(
    {1486, 5574, 65753, 80391, 98558, 98559, 98560, 98571, 99134, 105247, 108925, 126981, 127336, 133297, 143992}
)
SHORT = frozenset({98565, 98566, 98567, 98568, 98569, 108924})

_SPLITS = {"training": "train", "validation": "validation", "test": "test"}
_COLUMNS = (
    ("set", "subset"), ("set", "split"), ("track", "genre_top"), ("artist", "id"), ("artist", "name"), ("album", "id"),
    ("album", "title"),
)  # fmt: skip
_CLIP = re.compile(r"(\d{6})\.mp3", re.IGNORECASE)


@dataclass(frozen=True)
class Options:
    """Which part of the corpus.

    Attributes
    ----------
    size : {"small", "medium", "large"}
        8,000 clips in 8 balanced genres, 25,000 in 16, or all 106,574.
    """

    size: str = "small"

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            remedy = f"choose among {', '.join(SIZES)}"
            raise ParameterError("an option size", received=repr(self.size), remedy=remedy)


class _Row(NamedTuple):
    """The fields that are used of a row of the table."""

    id: str
    split: str | None
    classes: dict[str, str]


def downloads(options: Options) -> tuple[Remote, ...]:
    """The metadata and the clips of one size."""
    return METADATA, CLIPS[options.size]


def tracks(root: Path, options: Options) -> Listing:
    """The clips of one size.

    Returns
    -------
    Listing
        Ids are track numbers of six digits. Clips known to be empty or short, and rows whose clip is not on disk, are
        in ``refused``.
    """
    size = options.size
    rows = _rows(root, size)
    folder = _clips_folder(root, size)
    clips = _clips(folder)
    refused = {row.id: reason for row in rows if (reason := _reason(row.id, clips, folder))}
    listed = [
        TrackFiles(row.id, clips[row.id], work=row.id, split=row.split, classes=row.classes)
        for row in rows
        if row.id not in refused
    ]
    return Listing(listed, LARGE if size == "large" else PROMISES, refused=refused)


def _rows(root: Path, size: str) -> list[_Row]:
    """The rows of a size, sorted by id."""
    path, subsets = root / "fma_metadata" / "tracks.csv", SIZES[: SIZES.index(size) + 1]
    if not path.is_file():
        remedy = f"give --root the folder that holds fma_metadata and fma_{size}"
        raise MirlitonError("the folder of the FMA corpus", received=f"{root}, without {path}", remedy=remedy)
    try:
        with path.open(encoding="utf-8", newline="") as file, _long_fields():
            rows = list(_read(csv.reader(file), path, subsets))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _damaged(path, error) from error
    if len({row.id for row in rows}) != max(len(rows), 1):
        raise _damaged(path, "the same track twice" if rows else f"no track of {size}")
    return sorted(rows, key=lambda row: row.id)


def _read(reader: Iterator[list[str]], path: Path, subsets: tuple[str, ...]) -> Iterator[_Row]:
    """The rows of some subsets."""
    levels = [next(reader, []) for _ in range(3)]
    positions = {column: position for position, column in enumerate(zip(*levels[:2], strict=False))}
    if lacking := [".".join(column) for column in _COLUMNS if column not in positions]:
        raise _damaged(path, f"a table without {', '.join(lacking)}")
    width, used = len(positions), [positions[column] for column in _COLUMNS]
    for cells in reader:
        if len(cells) != width or not cells[0].isdecimal():
            raise _damaged(
                path, f"a row of {len(cells)} cells instead of {width} that begins with {''.join(cells)[:20]!r}"
            )
        subset, split, *names = (cells[position] for position in used)
        if subset in subsets:
            yield _Row(f"{int(cells[0]):06d}", _SPLITS.get(split), _classes(*names))


def _classes(genre: str, artist_id: str, artist: str, album_id: str, album: str) -> dict[str, str]:
    """The labels of a row; what it lacks is left out."""
    named = {"genre": genre, "artist": _numbered(artist, artist_id), "album": _numbered(album, album_id)}
    return {kind: name for kind, name in named.items() if name}


def _numbered(name: str, number: str) -> str:
    """Name and number on one line, e.g. ``"AWOL (1)"``; nothing without a name."""
    return f"{' '.join(name.split())} ({number})" if name.strip() else ""


def _clips_folder(root: Path, size: str) -> Path:
    """The folder of a size, or of the next larger one on disk."""
    for each in SIZES[SIZES.index(size) :]:
        if (root / f"fma_{each}").is_dir():
            return root / f"fma_{each}"
    remedy = f"unpack fma_{size}.zip there"
    raise MirlitonError(f"a folder {root / f'fma_{size}'}", received="none", remedy=remedy)


def _clips(folder: Path) -> dict[str, Path]:
    """Path of every clip by id."""
    found = {}
    for thousand in sorted(name for name in os.listdir(folder) if re.fullmatch(r"\d{3}", name)):
        below = folder / thousand
        found.update({match[1]: below / name for name in os.listdir(below) if (match := _CLIP.fullmatch(name))})
    return found


def _reason(id: str, clips: dict[str, Path], folder: Path) -> str | None:
    """Why a clip cannot be used, or None."""
    if int(id) in WITHOUT_AUDIO or int(id) in SHORT:
        received = "none" if int(id) in WITHOUT_AUDIO else "less"
        received += ": the clip was cut by a wrong length of its recording (mdeff/fma, issue 8)"
        return str(TrackError("30 s of audio", received=received, remedy="none: it is a known fault of the corpus"))
    if id not in clips:
        expected = folder / id[:3] / f"{id}.mp3"
        return str(TrackError(str(expected), received="no such file", remedy="complete the copy of the corpus"))
    return None


def _damaged(path: Path, received: object) -> MirlitonError:
    remedy = "unpack fma_metadata.zip again"
    return MirlitonError(f"the table of the FMA corpus in {path}", received=received, remedy=remedy)


@contextmanager
def _long_fields() -> Iterator[None]:
    """Let a cell be of any length: biographies are longer than csv allows by default."""
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)
