"""The recordings by group, each with its half: pianos, other instruments, music, signals, degraded pianos."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.certainty.degradations import DEGRADATIONS, Degradation
from experiments.certainty.instruments import CHOICE, RELATIVES, UNSEEN, Instrument, rendered
from experiments.certainty.signals import SIGNALS, SR
from mir_models.notes.annotations import Notes
from mir_models.notes.sustain_pedal import Params, sounding_notes
from storage.datasets import maps
from storage.media import audio, midi
from storage.media.audio import Part
from storage.media.soundfonts import default_soundfont

SECONDS = 20.0
"""Of a recording that are transcribed at most, from its start."""
HALVES = ("choice", "report")
N_SIGNALS = 8
"""Draws of every signal."""
N_OF_ARTIST = 2
"""Tracks of an artist at most."""
N_PERFORMANCES = 8
"""Performances of each half that an instrument plays."""
N_SAMPLED = 4
"""Performances of each half that a sampled piano plays."""
N_DEGRADED = 12
"""Recordings of a corpus that are degraded."""

Sound = tuple[NDArray[np.float32], int]
"""(n_samples,) float32 and its sampling rate in Hz."""
Notated = tuple[NDArray[np.float32], int, Notes | None]
"""A sound with its notes, where they are known."""


@dataclass(frozen=True)
class Recording:
    """A recording.

    Attributes
    ----------
    group, name : str
        A row of the table; the name within it.
    half : {"choice", "report"}
        By a hash of the work or artist, so that neither is in both.
    is_piano : bool or None
        None where it is neither that nor clearly something else.
    read : callable () -> Notated
    is_degraded : bool
    """

    group: str
    name: str
    half: str
    is_piano: bool | None
    read: Callable[[], Notated]
    is_degraded: bool = False


def half_of(key: str) -> str:
    """The half of a work, an artist or a draw."""
    return HALVES[hashlib.sha256(key.encode()).digest()[0] % 2]


def signals() -> Iterator[Recording]:
    """Every signal, by draws of which half belong to each half."""
    for name, signal in SIGNALS.items():
        for seed in range(N_SIGNALS):
            yield Recording(name, f"{name} {seed}", HALVES[seed % 2], False, partial(_read_signal, signal, name, seed))


def maps_pianos(folder: Path) -> Iterator[Recording]:
    """Recordings of MAPS that the shipped model was not trained on.

    Those of its validation split are divided; those of its test split, and the works of it on other pianos, which its
    protocol leaves out, are only reported.
    """
    listing = maps.tracks(folder, maps.Options())
    for track in listing.tracks:
        if track.split == "validation":
            yield _of_maps("MAPS, validation split", track.audio, half_of(track.work))
        if track.split == "test":
            yield _of_maps("MAPS, test split", track.audio, "report")
    for name in listing.dropped:
        piano, _, work = name.partition("/")
        (path,) = folder.glob(f"{piano}/MUS/MAPS_MUS-{work}_{piano}.ogg")
        yield _of_maps("MAPS, works of the test split on other pianos", path, "report")


def disklavier(folder: Path) -> Iterator[Recording]:
    """Recordings of MAPS' real pianos."""
    for path in sorted(folder.glob("*/MUS/*.flac")):
        yield _of_maps(f"MAPS, real piano ({path.parts[-3]})", path, half_of(path.stem))


def aligned(folder: Path) -> Iterator[Recording]:
    """Recordings with the true lag and stretch of their MIDI files in ``truth.json``."""
    for work, truth in json.loads((folder / "truth.json").read_text(encoding="utf-8")).items():
        yield Recording(
            "sampled grand (Salamander)", work, half_of(work), True, partial(_read_aligned, folder / work, truth)
        )


def sampled(performances: Path, soundfonts: Path) -> Iterator[Recording]:
    """Performances, played by SoundFonts of recorded pianos."""
    for soundfont in sorted(soundfonts.glob("*.sf2")):
        piano = Instrument(f"sampled piano ({soundfont.stem})")
        yield from _played(performances, piano, soundfont, is_piano=True, pedalled=True, n=N_SAMPLED)


def other_instruments(performances: Path) -> Iterator[Recording]:
    """The same performances on other instruments, without pedal; relatives of the piano with it."""
    soundfont = default_soundfont()
    for instrument in (*CHOICE, *UNSEEN):
        found = _played(performances, instrument, soundfont, is_piano=False, pedalled=False)
        yield from (each for each in found if instrument in CHOICE or each.half == "report")
    for instrument in RELATIVES:
        yield from _played(performances, instrument, soundfont, is_piano=None, pedalled=True)


def game_music(*folders: Path) -> Iterator[Recording]:
    """Music of many instruments: the first tracks of every artist in each folder."""
    for folder in folders:
        n_tracks: Counter[str] = Counter()
        with open(folder / "tracks.csv", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                n_tracks[row["artist"]] += 1
                if n_tracks[row["artist"]] <= N_OF_ARTIST:
                    read = partial(_read_excerpt, folder / row["audio"])
                    yield Recording(f"game music ({folder.name})", row["audio"], half_of(row["artist"]), False, read)


def degraded(*corpora: Sequence[Recording]) -> Iterator[Recording]:
    """The first recordings of each corpus in every degradation."""
    chosen = [each for corpus in corpora for each in corpus[:N_DEGRADED]]
    for name, degradation in DEGRADATIONS.items():
        for each in chosen:
            read = partial(_read_degraded, each, degradation, name)
            full = f"{each.group}/{each.name}"
            yield replace(each, group=name, name=full, read=read, is_degraded=True)


def _of_maps(group: str, path: Path, half: str) -> Recording:
    return Recording(group, path.stem, half, True, partial(_read_maps, path))


def _played(
    performances: Path,
    instrument: Instrument,
    soundfont: Path,
    *,
    is_piano: bool | None,
    pedalled: bool,
    n: int = N_PERFORMANCES,
) -> Iterator[Recording]:
    """The first `n` performances of each half, in the order of a hash of their names."""
    paths = sorted(performances.glob("*.mid"), key=lambda path: hashlib.sha256(path.stem.encode()).digest())
    for half in HALVES:
        for path in [path for path in paths if half_of(path.stem) == half][:n]:
            read = partial(_read_played, path, instrument, soundfont, pedalled)
            yield Recording(instrument.name, path.stem, half, is_piano, read)


def _read_signal(signal: Callable[[np.random.Generator], NDArray[np.float32]], name: str, seed: int) -> Notated:
    return signal(np.random.default_rng(_draw(f"{name}/{seed}"))), SR, None


def _read_excerpt(path: Path) -> Notated:
    y, sr = audio.read_mono(path, Part(0.0, min(SECONDS, audio.duration(path))))
    return y, sr, None


def _read_maps(path: Path) -> Notated:
    y, sr, _ = _read_excerpt(path)
    return y, sr, _sounding(path.with_suffix(".mid"))


def _read_aligned(stem: Path, truth: dict[str, float]) -> Notated:
    y, sr, _ = _read_excerpt(stem.with_name(f"{stem.name}.ogg"))
    notes = _sounding(stem.with_name(f"{stem.name}.mid"))
    moved = replace(notes, intervals=notes.intervals / truth["midi_time_stretch"] + truth["lag_s"])
    return y, sr, moved.where(moved.onset_times >= 0)


def _read_played(path: Path, instrument: Instrument, soundfont: Path, pedalled: bool) -> Notated:
    performance = midi.read(path)
    first = performance.notes.onset_times[0]
    notes = performance.notes.shifted(-first)
    notes = notes.where(notes.onset_times < SECONDS)
    pedal = np.maximum(performance.pedal - first, 0.0) if pedalled else np.zeros((0, 2))
    pedal = pedal[(pedal[:, 0] < SECONDS) & (pedal[:, 1] > pedal[:, 0])]
    y, sr = rendered(notes, pedal, instrument, soundfont.read_bytes())
    return y[: int(SECONDS * sr)], sr, notes


def _read_degraded(recording: Recording, degradation: Degradation, name: str) -> Notated:
    y, sr, notes = recording.read()
    changed, times = degradation(np.random.default_rng(_draw(f"{name}/{recording.name}")), y, sr)
    if notes is not None:
        moved = times.moved(notes)
        notes = moved.where(moved.onset_times >= 0)
    return changed, sr, notes


def _sounding(path: Path) -> Notes:
    performance = midi.read(path)
    return sounding_notes(performance.notes, performance.pedal, Params())[0]


def _draw(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
