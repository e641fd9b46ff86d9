"""artist20: 1,413 tracks of 20 artists, six studio albums of each, as MP3 of 32 kbit/s, 16 kHz, mono.

``mp3s-32k/<artist>/<album>/<NN-Title>.mp3`` and, from the baseline's archive, ``lists/a20-{trn,val,tst}-tracks.list``
of lines ``<artist>/<album>/<NN-Title>``. Both archives unpack below ``artist20/``. The root is ``mp3s-32k``, or one of
the two folders above it. Ids are the lines of the lists. The names of the files are established by public code that
reads them, the numbers by http://labrosa.ee.columbia.edu/projects/artistid/.

Three splits, of which the first two are made here, since their authors published a procedure and no lists:

* ``album``: of each artist's albums one tests, one validates, and the others train, so four of the six. That is Z.
  Nasrullah and Y. Zhao, Music artist classification with convolutional recurrent neural networks, IJCNN 2019, who
  shuffle the albums by Python's generator; here a seeded hash of artist and album orders them, so that the choice does
  not hang on the order in which a disk lists its folders.
* ``song``: of each artist's tracks a tenth tests, and of the others a tenth validates (same paper). Tracks of one album
  are then trained and tested on, and the album's production helps: its scores are not comparable with the others'.
* ``canonical``: the lists of the corpus' owners, three albums to train, one to validate, two to test. (They define a
  six-fold scheme of five albums against one as well, which is not read here.)
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mir_models.errors import MirlitonError, ParameterError, TrackError
from storage.corpora.files import nfc_name, visible_files
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.datasets._text import read_text

NAME = "artist20"
VERSION = 1
DESCRIPTION = "artist20: 1,413 tracks of 20 pop and rock artists, six albums of each"
LICENCE = "none stated: commercial recordings at 32 kbit/s, for research only"
CITATION = "D. P. W. Ellis, Classifying music audio with timbral and chroma features, ISMIR 2007"
HOMEPAGE = "http://labrosa.ee.columbia.edu/projects/artistid/"
KINDS = ("artist", "album")
DOWNLOADS = ()  # The owners publish no checksums.
PROMISES = Promises(KINDS, official_splits=True)

SPLITS = ("album", "song", "canonical")
FOLDERS = ("artist20/mp3s-32k", "mp3s-32k", "")
LISTS = {"train": "a20-trn-tracks.list", "validation": "a20-val-tracks.list", "test": "a20-tst-tracks.list"}
SUFFIX = ".mp3"


@dataclass(frozen=True)
class Options:
    """How the corpus is split.

    Attributes
    ----------
    split : {"album", "song", "canonical"}
        Four, one and one albums of each artist; a stratified choice of tracks; or the owners' lists.
    seed : int
        Of the first two.
    """

    split: str = "album"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            remedy = f"choose among {', '.join(SPLITS)}"
            raise ParameterError("an option split", received=repr(self.split), remedy=remedy)


def tracks(root: Path, options: Options) -> Listing:
    """The tracks below `root`.

    Returns
    -------
    Listing
        Tracks that are in none of the owners' lists are in ``dropped``; those in the lists and not on disk, and those
        of an artist with fewer than three albums when albums are split, in ``refused``.
    """
    folder, found = _found(root)
    if options.split == "canonical":
        return _canonical(found, folder)
    parts = (_by_album if options.split == "album" else _by_song)(found, options.seed)
    remedy = "complete the copy of the corpus, or choose --option split=song"
    few = str(TrackError("at least three albums of the artist", received="fewer", remedy=remedy))
    return _listing(found, parts, refused=dict.fromkeys(sorted(found.keys() - parts.keys()), few))


def _canonical(found: dict[str, Path], folder: Path) -> Listing:
    parts = _read_lists(folder)
    dropped = dict.fromkeys(sorted(found.keys() - parts.keys()), "in none of the owners' lists")
    remedy = "complete the copy of the corpus"
    refused = {
        id: str(TrackError(f"{folder / id}{SUFFIX}, which a list names", received="no such file", remedy=remedy))
        for id in sorted(parts.keys() - found.keys())
    }
    return _listing(found, parts, dropped, refused)


def _listing(
    found: dict[str, Path],
    parts: dict[str, str],
    dropped: dict[str, str] | None = None,
    refused: dict[str, str] | None = None,
) -> Listing:
    listed = [_track(id, found[id], parts[id]) for id in sorted(found.keys() & parts.keys())]
    return Listing(listed, PROMISES, dropped or {}, refused or {})


def _track(id: str, path: Path, split: str) -> TrackFiles:
    artist, album, _ = id.split("/")
    return TrackFiles(id, path, work=id, split=split, classes={"artist": artist, "album": album})


def _found(root: Path) -> tuple[Path, dict[str, Path]]:
    """The folder that holds the artists' folders, and the tracks in them by id."""
    for folder in (root / name for name in FOLDERS):
        if folder.is_dir() and (found := _recordings(folder)):
            return folder, found
    remedy = "give --root the folder artist20, or mp3s-32k in it"
    received = f"{root}, which has no <artist>/<album>/<track>{SUFFIX}"
    raise MirlitonError("the folder of artist20", received=received, remedy=remedy)


def _recordings(folder: Path) -> dict[str, Path]:
    """The tracks by id."""
    names = [(name, *os.path.splitext(name)) for name in visible_files(folder)]
    tracks = [(name, stem) for name, stem, suffix in names if suffix.lower() == SUFFIX and stem.count("/") == 2]
    return {nfc_name(stem): folder / name for name, stem in tracks}


def _by_album(found: Iterable[str], seed: int) -> dict[str, str]:
    """Splits in which each album of an artist stays together; none for an artist with fewer than three."""
    albums: dict[str, set[str]] = defaultdict(set)
    for id in found:
        artist, album, _ = id.split("/")
        albums[artist].add(f"{artist}/{album}")
    parts: dict[str, str] = {}
    for each in albums.values():
        if len(each) > len(LISTS) - 1:
            test, validation, *train = sorted(each, key=lambda album: _position(album, seed))
            parts |= {test: "test", validation: "validation"} | dict.fromkeys(train, "train")
    return {id: parts[album] for id in found if (album := id.rpartition("/")[0]) in parts}


def _by_song(found: Iterable[str], seed: int) -> dict[str, str]:
    """Splits of an artist's tracks: a tenth tests, a tenth of the rest validates."""
    songs: dict[str, list[str]] = defaultdict(list)
    for id in found:
        songs[id.partition("/")[0]].append(id)
    parts: dict[str, str] = {}
    for each in songs.values():
        each.sort(key=lambda id: _position(id, seed))
        n_test = round(len(each) / 10)
        n_validation = round((len(each) - n_test) / 10)
        parts |= dict.fromkeys(each, "train")
        parts |= dict.fromkeys(each[:n_test], "test")
        parts |= dict.fromkeys(each[n_test : n_test + n_validation], "validation")
    return parts


def _position(name: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode()).digest()


def _read_lists(folder: Path) -> dict[str, str]:
    """The owners' splits by id."""
    for lists in (folder / "lists", folder.parent / "lists"):
        if all((lists / name).is_file() for name in LISTS.values()):
            return {id: split for split, name in LISTS.items() for id in _ids(lists / name)}
    remedy = f"unpack artist20-baseline.tgz beside it (see {HOMEPAGE}), or choose another --option split"
    raise MirlitonError(f"the lists {', '.join(LISTS.values())}", received=f"none beside {folder}", remedy=remedy)


def _ids(path: Path) -> list[str]:
    """The lines of a list that are not empty; an extension counts for nothing."""
    lines = read_text(path).splitlines()
    return [nfc_name(line.strip().removesuffix(SUFFIX)) for line in lines if line.strip()]
