"""Works that a long run trains on and that evaluate: ``python -m experiments.shared_works RUN --corpora FOLDER``.

All that a run trains on by its definition (:mod:`experiments.long_runs`), the MIDI files that it renders and the labels
of recordings that train, is compared by its notes with all that evaluates: the validation and test recordings of
``maps``, and the excerpts of ``maps_real_dev`` and ``aligned_dev``, in a folder of corpora. Names are not compared: one
work has several, and several performances. A work that several instruments play is one file here.

What two files share are sets of five notes within seven consecutive ones, whatever their order, since chords are struck
as hands fall. Each set counts by how few of the trained files have it; their share is of the file that has less.
Printed are the files that are alike, and what the definition has to exclude; without it the exit code is 1.
"""

from __future__ import annotations

import itertools
import json
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments import command_line
from experiments.long_runs import code, definition
from experiments.long_runs.definition import DatasetDefinition, RunDefinition
from experiments.tables import markdown_table
from mir_models.errors import MirlitonError
from mir_models.notes.annotations import Notes
from storage.corpora.files import visible_files
from storage.corpora.listing import SPLITS, TrackFiles
from storage.corpora.recordings import midi_by_id
from storage.corpora.registrations import Registration, read_notes
from storage.datasets import maps, renderings
from storage.media import midi

SIZE, REACH = 5, 7
"""Notes of a set, and consecutive notes among which they are."""
SAME = 0.3
"""Share from which on two files are of one work: performances of one had 0.35 and more, others 0.28 and less, among 342
files that are rendered and 112 of MAPS and the excerpts."""
ALIKE = 0.2
"""Share from which on a pair is printed: an arrangement has as much."""
EXCERPTS = ("maps_real_dev", "aligned_dev")
"""Folders whose MIDI files all evaluate."""
WIDTH = 110
"""Columns of a list of tracks."""
HEADS = ("trained", "evaluated", "shared", "")


@dataclass(frozen=True, eq=False)
class Piece:
    """Notes of a file, and what it is called; of one that trains also its tracks, and whether all are excluded."""

    name: str
    notes: Notes
    tracks: tuple[str, ...] = ()
    is_excluded: bool = False


@dataclass(frozen=True, eq=False)
class Pair:
    """A trained and an evaluated piece, and what they share in [0, 1]."""

    trained: Piece
    evaluated: Piece
    share: float


def main(words: list[str] | None = None) -> None:
    """Print pairs that are alike, and by dataset the tracks to exclude; exit 1 where there are some."""
    parser = command_line.module_parser(sys.modules[__name__])
    parser.prog = "python -m experiments.shared_works"
    parser.add_argument("run", help=f"one of {', '.join(definition.runs())}")
    parser.add_argument("--corpora", type=Path, required=True, help="folder of maps, aligned_dev, …")
    arguments = parser.parse_args(words)
    run = read_definition(arguments.run, arguments.corpora)
    trained = {each.name: trained_pieces(run, each) for each in run.datasets}
    found = alike([piece for pieces in trained.values() for piece in pieces], evaluated_pieces(arguments.corpora))
    print(markdown_table(HEADS, map(_row, found)))
    shared = {pair.trained.name for pair in found if pair.share >= SAME and not pair.trained.is_excluded}
    for dataset, pieces in trained.items():
        if tracks := [track for piece in pieces if piece.name in shared for track in piece.tracks]:
            lines = textwrap.fill(", ".join(map(json.dumps, tracks)), WIDTH, break_on_hyphens=False)
            print(f"\nto exclude from {dataset}:\n{lines}")
    sys.exit(1 if shared else 0)


def read_definition(run: str, corpora: Path) -> RunDefinition:
    """The definition of a run, with a folder of corpora, and tables of this checkout."""
    text = definition.definition_file(run).decode().replace("{corpora}", str(corpora))
    return definition.parse(text.replace("{home}/code", str(code.REPOSITORY)).encode(), where=f"{run}.toml")


def trained_pieces(run: RunDefinition, dataset: DatasetDefinition) -> list[Piece]:
    """What a dataset of a run trains on: the MIDI files that it renders, or one track of each work in train.

    Where a rule divides the tracks when the data is made, all of them count.
    """
    options = run.options.get(dataset.loader, {}) | dataset.options
    if dataset.loader == renderings.NAME:
        return rendered_pieces(dataset, options)
    registered = Registration(dataset.name, dataset.loader, dataset.root, options, split=dataset.split)
    listing = registered.module.tracks(Path(dataset.root), registered.parsed_options)
    trains = {"train"} if registered.rule(listing) == "official" else {*SPLITS, None}
    works: dict[str, list[TrackFiles]] = {}
    for track in listing.tracks:
        if track.split in trains and "notes" in track.labels:
            works.setdefault(track.work, []).append(track)
    return [_recorded_piece(f"{dataset.name}/{work}", tracks, registered, dataset) for work, tracks in works.items()]


def _recorded_piece(
    name: str, tracks: Sequence[TrackFiles], registered: Registration, dataset: DatasetDefinition
) -> Piece:
    ids = tuple(track.id for track in tracks)
    performance = read_notes(tracks[0].labels["notes"], registered.loader, registered.options)
    return Piece(name, performance.notes, ids, is_excluded=set(ids) <= set(dataset.exclude))


def rendered_pieces(dataset: DatasetDefinition, options: Mapping[str, str]) -> list[Piece]:
    """The MIDI files that a dataset renders."""
    n_variants = int(options.get("variants", renderings.Options.variants))
    pieces = []
    for name, notes in _read(Path(dataset.root) / options.get("midi", "")).items():
        tracks = tuple(f"{name}~{number}" for number in range(1, n_variants + 1))
        is_excluded = set(tracks) <= set(dataset.exclude)
        pieces.append(Piece(f"{dataset.name}/{name}", notes, tracks, is_excluded))
    return pieces


def evaluated_pieces(corpora: Path) -> list[Piece]:
    """What evaluates, in a folder of corpora: of MAPS one recording of each work."""
    listing = maps.tracks(corpora / "maps", maps.Options())
    works = {track.work: track.labels["notes"] for track in listing.tracks if track.split != "train"}
    pieces = [Piece(f"maps/{work}", midi.read(path).notes) for work, path in sorted(works.items())]
    for folder in EXCERPTS:
        pieces += [Piece(f"{folder}/{name}", notes) for name, notes in _read(corpora / folder).items()]
    return pieces


def _read(folder: Path) -> dict[str, Notes]:
    """Notes of the MIDI files below a folder, by name without extension."""
    names = {id: found[0] for id, found in sorted(midi_by_id(visible_files(folder)).items())}
    if not names:
        remedy = "give the folder of the corpora with --corpora"
        raise MirlitonError("MIDI files", received=f"none below {folder}", remedy=remedy)
    return {id: midi.read(folder / name).notes for id, name in names.items()}


def alike(trained: Sequence[Piece], evaluated: Sequence[Piece]) -> list[Pair]:
    """Pairs that share `ALIKE` or more, the most alike first."""
    found = shares(*([key_sets(piece.notes) for piece in pieces] for pieces in (trained, evaluated)))
    pairs = [
        Pair(trained[row], evaluated[column], float(found[row, column]))
        for row, column in zip(*np.nonzero(found >= ALIKE), strict=True)
    ]
    return sorted(pairs, key=lambda pair: -pair.share)


def key_sets(notes: Notes) -> NDArray[np.int64]:
    """(n,) different sets of `SIZE` keys struck within `REACH` consecutive notes, each as a number, in order."""
    keys = notes.pitches[np.lexsort((notes.pitches, notes.onset_times))].astype(np.int64)
    n_first = len(keys) - REACH + 1
    if n_first < 1:
        return np.zeros(0, np.int64)
    positions = itertools.combinations(range(1, REACH), SIZE - 1)
    chosen = np.concatenate([np.stack([keys[k : k + n_first] for k in (0, *each)], axis=1) for each in positions])
    return np.unique(np.sort(chosen, axis=1) @ 128 ** np.arange(SIZE))


def shares(trained: Sequence[NDArray[np.int64]], evaluated: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
    """(n_trained, n_evaluated) weight of common sets over that of all sets of the file that has less.

    A set weighs the logarithm of the number of trained files over the number of those that have it.
    """
    from scipy import sparse

    known, index = np.unique(np.concatenate([*trained, *evaluated]), return_inverse=True)
    files = np.repeat(np.arange(len(trained) + len(evaluated)), [len(each) for each in (*trained, *evaluated)])
    has = sparse.csr_array((np.ones(len(index)), (files, index)), shape=(len(trained) + len(evaluated), len(known)))
    n_files = np.maximum(has[: len(trained)].sum(axis=0), 1)
    weighted = has * np.sqrt(np.log((len(trained) + 1) / n_files))
    common = (weighted[: len(trained)] @ weighted[len(trained) :].T).toarray()
    weights = np.asarray((weighted * weighted).sum(axis=1))
    less = np.minimum(weights[: len(trained), None], weights[None, len(trained) :])
    return common / np.maximum(less, np.finfo(float).tiny)


def _row(pair: Pair) -> tuple[str, ...]:
    other = "not excluded" if pair.share >= SAME else "another work?"
    what = "excluded" if pair.trained.is_excluded else other
    return pair.trained.name, pair.evaluated.name, f"{pair.share:.2f}", what


if __name__ == "__main__":
    command_line.call(main)
