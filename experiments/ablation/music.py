"""Excerpts for the ablation: beginnings of MAPS recordings and of renderings, with features kept in a file for each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from experiments.ablation.plan import Plan
from experiments.ablation.rows import ISOLATED, Row
from experiments.label_noise.excerpts import (
    Excerpt,
    beginnings,
    cached_excerpts,
    check_splits,
    extract_excerpt,
    in_order,
)
from experiments.trials import OnProgress
from mir_models.errors import ParameterError
from mir_models.features import cqt
from mir_models.notes.annotations import Notes
from mir_models.notes.works import find_shared_works
from storage import progress
from storage.corpora.listing import TrackFiles, listing_fingerprint
from storage.corpora.registrations import Option, Registration, read_notes
from storage.datasets.renderings import SINGLE_NOTES
from storage.fingerprints import fingerprint, slug

MAPS: Mapping[str, Option] = {"labels": "mid", "split": "leave_piano"}
"""Labels with velocities; their times are those of the other labels within a millisecond."""
RENDERINGS: Mapping[str, Option] = {
    "seconds": 120.0,
    "velocity_curve": 0.4,
    "velocities": "35,70,110",
    "validation_share": 0.0,
    "test_share": 0.0,
}
"""Parts of performances, and every key at three velocities; all of it only trains."""

Taken = list[tuple[TrackFiles, float]]


@dataclass(frozen=True)
class Corpora:
    """MAPS, and renderings where there are some.

    Attributes
    ----------
    maps : Registration
    renderings : Registration or None
    """

    maps: Registration
    renderings: Registration | None = None

    def ingredients(self, row: Row) -> list[Mapping[str, Option]]:
        """Options that a row's music depends on; not the folders in which it lies."""
        own = self.renderings.options if row.added and self.renderings else {}
        return [self.maps.options, {name: value for name, value in own.items() if name not in ("midi", "recordings")}]


def open_corpora(words: list[str], *, out: Path, soundfonts: str = "") -> Corpora:
    """The corpora of ``maps:FOLDER`` and ``renderings:FOLDER``; renderings are written below `out`."""
    folders = {name: folder for name, _, folder in (word.partition(":") for word in words)}
    if "maps" not in folders or set(folders) - {"maps", "renderings"} or not all(folders.values()):
        remedy = "give maps:FOLDER with the pianos' folders, and renderings:FOLDER with MIDI performances if you like"
        raise ParameterError("maps:FOLDER [renderings:FOLDER]", received=" ".join(words), remedy=remedy)
    maps = Registration("maps", "maps", folders["maps"], MAPS)
    if "renderings" not in folders:
        return Corpora(maps)
    folders_of = {"midi": str(Path(folders["renderings"]).resolve()), "recordings": str((out / "renderings").resolve())}
    options: Mapping[str, Option] = {**RENDERINGS, "soundfonts": soundfonts, **folders_of}
    return Corpora(maps, Registration("renderings", "renderings", folders["renderings"], options))


def load_excerpts(
    row: Row, plan: Plan, corpora: Corpora, features: cqt.Params, out: Path, on_progress: OnProgress
) -> list[Excerpt]:
    """The excerpts of a row with the features of its network, from the files in `out` where they exist."""
    maps = choose(row, plan, corpora.maps)
    taken = [(corpora.maps, each) for each in maps]
    if row.added and corpora.renderings:
        held = {each.id: _notes(corpora.maps, each) for each, _ in maps if each.split != "train"}
        taken += [(corpora.renderings, each) for each in added(row, plan, corpora.renderings, held, on_progress)]
    on_progress(f"{len(taken)} recordings to load")
    return [_load(corpus, *each, features, out) for corpus, each in taken]


def choose(row: Row, plan: Plan, maps: Registration) -> Taken:
    """The recordings of MAPS and the seconds of each; less music is a part of more."""
    listed = in_order(maps.listing().tracks)
    training = [each for each in listed if each.split == "train"]
    each = plan.train_seconds if row.music < math.inf else math.inf
    taken = beginnings(training, seconds=each, in_all=60 * plan.minutes * row.music)
    for split, n in (("validation", plan.n_validation), ("test", plan.n_test)):
        taken += [(track, plan.seconds) for track in [each for each in listed if each.split == split][:n]]
    check_splits({track.split for track, _ in taken}, Path(maps.root))
    return taken


def added(row: Row, plan: Plan, renderings: Registration, held: Mapping[str, Notes], on_progress: OnProgress) -> Taken:
    """What a row takes of the renderings: all isolated notes, or as many minutes of performances as of MAPS.

    Performances of the works in `held`, the notes of the recordings that do not train, are left out.
    """
    with progress.watch(lambda made: on_progress(f"{made.stage} {made.done}/{made.total} {made.note}")):
        listed = in_order(renderings.listing().tracks)
    if row.added == ISOLATED:
        return beginnings((each for each in listed if each.work == SINGLE_NOTES), seconds=math.inf, in_all=math.inf)
    pieces = [each for each in listed if each.work != SINGLE_NOTES]
    shared = find_shared_works({each.id: _notes(renderings, each) for each in pieces}, held)
    for piece, recording in shared.items():
        on_progress(f"{piece} is left out: its work is that of {recording}")
    new = (each for each in pieces if each.id not in shared)
    return beginnings(new, seconds=plan.train_seconds, in_all=60 * plan.minutes)


def _notes(corpus: Registration, track: TrackFiles) -> Notes:
    return read_notes(track.labels["notes"], corpus.loader, corpus.options).notes


def _load(corpus: Registration, track: TrackFiles, seconds: float, features: cqt.Params, out: Path) -> Excerpt:
    """A recording, from its file in `out` where it exists."""
    made_of = fingerprint(cqt.VERSION, features, listing_fingerprint(track), str(seconds))
    path = out / "features" / f"{corpus.name}-{slug(track.id)}-{made_of}.npz"
    read = partial(read_notes, loader=corpus.loader, options=corpus.options)
    (excerpt,) = cached_excerpts(path, lambda: [extract_excerpt(track, seconds, read=read, params=features)])
    return excerpt
