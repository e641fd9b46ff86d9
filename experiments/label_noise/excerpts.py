"""Excerpts: beginnings of MAPS recordings, their features computed once and kept in one file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from experiments.arrays import save_arrays
from experiments.label_noise.plan import Plan
from mir_models.errors import MirlitonError
from mir_models.features import cqt
from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from storage.corpora.listing import TrackFiles
from storage.datasets import maps
from storage.fingerprints import fingerprint
from storage.media import audio
from storage.media.audio import Part
from storage.media.midi import Performance

PRESET = "cqt"
PARAMS = cqt.PRESETS[PRESET]
OPTIONS = maps.Options(labels="txt", split="leave_piano")


@dataclass(frozen=True)
class Excerpt:
    """The beginning of a recording.

    Attributes
    ----------
    track, split : str
    features : (n_frames, n_bins) float32
    notes : Notes
        Exact.
    """

    track: str
    split: str
    features: np.ndarray
    notes: Notes


def load(folder: Path, plan: Plan, out: Path) -> list[Excerpt]:
    """The excerpts of a plan, from the file in `out` if it exists."""
    path = out / f"features-{plan.music_digest}-{fingerprint(cqt.VERSION, PARAMS, OPTIONS, str(folder.resolve()))}.npz"
    read = partial(maps.read_notes, options=OPTIONS)
    return cached_excerpts(
        path, lambda: [extract_excerpt(*each, read=read, params=PARAMS) for each in choose(folder, plan)]
    )


def cached_excerpts(path: Path, make: Callable[[], list[Excerpt]]) -> list[Excerpt]:
    """The excerpts in a ``.npz`` file, which is written first where it does not exist."""
    if not path.exists():
        arrays = {f"{n}/{name}": value for n, each in enumerate(make()) for name, value in _arrays(each).items()}
        save_arrays(path, arrays)
    with np.load(path) as file:
        return [_excerpt(file, n) for n in range(len({name.split("/")[0] for name in file}))]


def choose(folder: Path, plan: Plan) -> list[tuple[TrackFiles, float]]:
    """The recordings and the seconds of each: the same ones every time, in the order of a hash of their names."""
    listed = in_order(maps.tracks(folder, OPTIONS).tracks)
    training = (each for each in listed if each.split == "train")
    chosen = beginnings(training, seconds=plan.train_seconds, in_all=plan.hours * 3600)
    for split, n in (("validation", plan.n_validation), ("test", plan.n_test)):
        chosen += [(track, plan.seconds) for track in [each for each in listed if each.split == split][:n]]
    check_splits({track.split for track, _ in chosen}, folder)
    return chosen


def in_order(tracks: Iterable[TrackFiles]) -> list[TrackFiles]:
    """Recordings in the order of a hash of their names: neighbours in an alphabet are seldom neighbours."""
    return sorted(tracks, key=lambda track: hashlib.sha256(track.id.encode()).digest())


def beginnings(tracks: Iterable[TrackFiles], *, seconds: float, in_all: float) -> list[tuple[TrackFiles, float]]:
    """The first recordings that together have `in_all` seconds, and how much of each: at most `seconds`."""
    left, chosen = in_all, []
    for track in tracks:
        if left <= 0:
            break
        chosen.append((track, min(audio.duration(track.audio), seconds, left)))
        left -= chosen[-1][1]
    return chosen


def check_splits(splits: set[str | None], folder: Path) -> None:
    """Raise `MirlitonError` where a split has no recording."""
    if missing := {"train", "validation", "test"} - splits:
        remedy = "give the folder with the pianos' folders of MAPS, several pianos among them"
        raise MirlitonError(f"recordings of every split in {folder}", received=f"none to {missing}", remedy=remedy)


def extract_excerpt(
    track: TrackFiles, seconds: float, *, read: Callable[[Path], Performance], params: cqt.Params
) -> Excerpt:
    """The constant-Q features of the first `seconds`, and the notes that begin in them."""
    y, sr = audio.read_mono(track.audio, Part(0.0, min(seconds, audio.duration(track.audio))))
    played = read(track.labels["notes"])
    notes, _ = sustain_pedal.sounding_notes(played.notes, played.pedal, sustain_pedal.Params())
    features = cqt.extract(resample(y, sr, params.sr), params)
    return Excerpt(track.id, track.split or "", features, notes.where(notes.onset_times < len(y) / sr))


def _arrays(excerpt: Excerpt) -> dict[str, np.ndarray]:
    notes = excerpt.notes
    rows = np.column_stack([notes.intervals, notes.pitches, notes.velocities])
    return {"name": np.array([excerpt.track, excerpt.split]), "features": excerpt.features, "notes": rows}


def _excerpt(file: np.lib.npyio.NpzFile, n: int) -> Excerpt:
    track, split = file[f"{n}/name"].tolist()
    rows = file[f"{n}/notes"]
    notes = Notes(rows[:, :2], rows[:, 2].astype(np.int64), rows[:, 3].astype(np.int64))
    return Excerpt(track, split, file[f"{n}/features"], notes)
