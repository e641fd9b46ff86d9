"""MAESTRO: 199 hours of piano competitions on Disklaviers, audio and MIDI aligned within about 3 ms.

``maestro-v3.0.0.csv`` (or ``maestro-v2.0.0.csv``) and beside it ``<year>/<name>.wav`` and ``<year>/<name>.midi``. The
root is the folder of the CSV, or the one above it, as the archive unpacks. Columns: canonical_composer,
canonical_title, split, year, midi_filename, audio_filename, duration. The audio may have been transcoded to another
format of the same name. Ids are the paths without extension, ``2018/MIDI-Unprocessed_Recital8_MID--AUDIO_…``, as in
mirdata.

Version 3 has 1,276 recordings, six fewer than version 2: parts of the chamber music round of 2018 in which more than
the piano sounds. Their names are those in public code that upgrades version 2 after the release notes; they are the
last part of each of the recordings ``MIDI-Unprocessed_Chamber1`` to ``6`` in a listing of version 2 (99 files of 2018).
The release notes themselves were not at hand.

The splits are the corpus' own. A work is a composer and a title, and by the paper the same composition is in one split
only; the tables of both versions break this at least for Mozart's "Sonata in F Major, K280", two movements of which
are in test and one in train. So that no work is on two sides, a recording is dropped when its work is in a split
further back: what is tested on neither validates nor trains, what validates does not train. Test stays as published.
"""

from __future__ import annotations

import posixpath
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from mir_models.errors import MirlitonError, ParameterError, TrackError
from storage.corpora.files import visible_files
from storage.corpora.listing import SPLITS, Listing, Promises, TrackFiles
from storage.corpora.recordings import suffixes_after
from storage.datasets import _manifests
from storage.downloads.download import Remote

NAME = "maestro"
VERSION = 1
DESCRIPTION = "MAESTRO: 1,276 piano performances of an international competition, 199 hours, labels exact"
LICENCE = "CC BY-NC-SA 4.0"
CITATION = (
    "C. Hawthorne, A. Stasyuk, A. Roberts, I. Simon, C.-Z. A. Huang, S. Dieleman, E. Elsen, J. Engel and D. Eck, "
    "Enabling factorized piano music modeling and generation with the MAESTRO dataset, ICLR 2019"
)
HOMEPAGE = "https://magenta.tensorflow.org/datasets/maestro"
KINDS = ("notes", "composer")
# Checksum and sizes by a copy of HOMEPAGE, which rounds to 101 GB, 120 GB unpacked (of 2**30 bytes: 199 hours of CD
# quality are more than 126e9). Of version 2 mirdata has the MD5, but no source has a size: it is fetched by hand.
DOWNLOADS = (
    Remote(
        "https://storage.googleapis.com/magentadata/datasets/maestro/v3.0.0/maestro-v3.0.0.zip",
        "sha256:6680fea5be2339ea15091a249fbd70e49551246ddbd5ca50f1b2352c08c95291",
        size=101 * 2**30,
        unpacked=120 * 2**30,
    ),
)
PROMISES = Promises(KINDS, labels_exact=True, pedal="separate", official_splits=True)
VERSIONS = ("3.0.0", "2.0.0")
COLUMNS = ("canonical_composer", "canonical_title", "split", "midi_filename", "audio_filename")
SUFFIXES = suffixes_after(".wav", ".flac", ".ogg", ".opus", ".mp3")
MIDI_SUFFIXES = (".midi", ".mid")
"""Of both, the file that the table names counts first, then the others in this order."""
NOT_PIANO_ALONE = frozenset(
    {
        "2018/MIDI-Unprocessed_Chamber1_MID--AUDIO_07_R3_2018_wav--2",
        "2018/MIDI-Unprocessed_Chamber2_MID--AUDIO_09_R3_2018_wav--3",
        "2018/MIDI-Unprocessed_Chamber3_MID--AUDIO_10_R3_2018_wav--3",
        "2018/MIDI-Unprocessed_Chamber4_MID--AUDIO_11_R3_2018_wav--3",
        "2018/MIDI-Unprocessed_Chamber5_MID--AUDIO_18_R3_2018_wav--2",
        "2018/MIDI-Unprocessed_Chamber6_MID--AUDIO_20_R3_2018_wav--3",
    }
)
"""What version 3 took out of version 2."""


@dataclass(frozen=True)
class Options:
    """Which version.

    Attributes
    ----------
    version : {"auto", "3.0.0", "2.0.0"}
        ``auto``: the newest whose table is there.
    """

    version: str = "auto"

    def __post_init__(self) -> None:
        if self.version not in ("auto", *VERSIONS):
            remedy = f"choose among {', '.join(('auto', *VERSIONS))}"
            raise ParameterError("an option version", received=repr(self.version), remedy=remedy)


@dataclass(frozen=True)
class _Row:
    """One recording as the table names it."""

    id: str
    composer: str
    work: str
    split: str
    audio: str
    midi: str


def downloads(options: Options) -> tuple[Remote, ...]:
    """The archive of the version, where it can be fetched."""
    return () if options.version == "2.0.0" else DOWNLOADS


def tracks(root: Path, options: Options) -> Listing:
    """The recordings of the table below `root`, each with its official split.

    Returns
    -------
    Listing
        In ``dropped`` are the recordings of version 2 in which more than a piano sounds, and those whose work is in
        a split further back; in ``refused`` those whose audio or MIDI file is not on disk, and the rows with an empty
        cell, whose ids are their addresses in the table.

    Raises
    ------
    MirlitonError
        When there is no table, it is not in order, lacks a column, or a folder beside it cannot be listed.
    """
    table = _table(root, options)
    rows, broken = _rows(table)
    dropped = dict(sorted(_left_out(rows).items()))
    kept = [rows[id] for id in sorted(rows.keys() - dropped.keys())]
    names = {name.lower(): name for name in visible_files(table.parent)}
    files = {row.id: (_find(row.audio, SUFFIXES, names), _find(row.midi, MIDI_SUFFIXES, names)) for row in kept}
    refused = {row.id: reason for row in kept if (reason := _why_refused(row, *files[row.id], table))}
    usable = [_track(row, *files[row.id], table.parent) for row in kept if row.id not in refused]
    return Listing(usable, PROMISES, dropped, refused | broken)


def _table(root: Path, options: Options) -> Path:
    """The table of the version in the options."""
    versions = VERSIONS if options.version == "auto" else (options.version,)
    for version in versions:
        for folder in (root, root / f"maestro-v{version}"):
            if (table := folder / f"maestro-v{version}.csv").is_file():
                return table
    names = " or ".join(f"maestro-v{version}.csv" for version in versions)
    remedy = "give --root the folder that holds the table, or the one above it"
    raise MirlitonError(f"the table {names}", received=f"none in {root}", remedy=remedy)


def _rows(table: Path) -> tuple[dict[str, _Row], dict[str, str]]:
    """The rows of the table by id, and the reason by address of those with an empty cell."""
    manifest = _manifests.read(table)
    if lacking := sorted(set(COLUMNS) - set(manifest.columns)):
        received = f"{table} without {', '.join(lacking)}"
        raise MirlitonError(f"the columns {', '.join(COLUMNS)}", received=received, remedy="fetch the table again")
    rows, broken = [], {}
    for row in manifest.rows:
        cells = {name: _plain(row.text(name)) for name in COLUMNS}
        if empty := [name for name, cell in cells.items() if not cell]:
            received = f"none of {', '.join(empty)} in {row.where}"
            broken[row.where] = str(TrackError("a cell per column", received=received, remedy="fetch the table again"))
        else:
            rows.append(_row(cells))
    return {row.id: row for row in rows}, broken


def _row(cells: dict[str, str]) -> _Row:
    composer, title = cells["canonical_composer"], cells["canonical_title"]
    id = posixpath.splitext(cells["audio_filename"])[0]
    return _Row(id, composer, f"{composer}: {title}", cells["split"], cells["audio_filename"], cells["midi_filename"])


def _plain(cell: str) -> str:
    """A cell in Unicode NFC, each run of blanks as one: titles have stray ones."""
    return unicodedata.normalize("NFC", " ".join(cell.split()))


def _left_out(rows: dict[str, _Row]) -> dict[str, str]:
    """Why the protocol leaves recordings out, by id."""
    strings = dict.fromkeys(rows.keys() & NOT_PIANO_ALONE, "not the piano alone: taken out in version 3.0.0")
    last: dict[str, int] = {}
    for row in rows.values():
        if row.id not in strings and row.split in SPLITS:
            last[row.work] = max(last.get(row.work, 0), SPLITS.index(row.split))
    crossing = {
        row.id: f"its work is in the split {SPLITS[last[row.work]]} as well"
        for row in rows.values()
        if row.id not in strings and row.split in SPLITS[: last.get(row.work, 0)]
    }
    return strings | crossing


def _find(named: str, suffixes: tuple[str, ...], names: dict[str, str]) -> str | None:
    """The file that the table names, or the same with another extension; `names` are those on disk by lower case."""
    stem = posixpath.splitext(named)[0]
    candidates = (named, *(stem + suffix for suffix in suffixes))
    return next((names[each.lower()] for each in candidates if each.lower() in names), None)


def _why_refused(row: _Row, audio: str | None, midi: str | None, table: Path) -> str | None:
    """Why a recording cannot be used, or None."""
    if missing := [name for name, found in ((row.audio, audio), (row.midi, midi)) if found is None]:
        received = f"no {' and no '.join(missing)} in {table.parent}"
        remedy = "complete the copy of the corpus, or leave the track out with --exclude"
        return str(TrackError("the files that the table names", received=received, remedy=remedy))
    if row.split not in SPLITS:
        received = f"{row.split!r} in {table.name}"
        return str(TrackError(f"a split of {', '.join(SPLITS)}", received=received, remedy="fetch the table again"))
    return None


def _track(row: _Row, audio: str | None, midi: str | None, folder: Path) -> TrackFiles:
    labels = {"notes": folder / str(midi)}
    return TrackFiles(row.id, folder / str(audio), row.work, labels, row.split, {"composer": row.composer})
