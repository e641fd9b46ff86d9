"""Recordings with exact labels, by corpus, and the choice of tracks of a half."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, ParameterError
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from storage.datasets import demo, maps
from storage.media import audio, midi

EXCERPT = 60.0
"""Seconds of a recording that are used at most."""
HALVES = ("calibration", "test")


@dataclass(frozen=True)
class Recording:
    """A recording and where its labels lie.

    Attributes
    ----------
    corpus, track : str
    work : str
        Recordings of one work are never each other's wrong piece.
    instrument : str
        The piano; empty where the corpus has one only.
    audio, labels : Path
    lag, stretch : float
        Audio time is label time over `stretch` plus `lag`, exactly.
    lagging : bool
        Whether the instrument may sound later than its labels, by an unknown lag.
    """

    corpus: str
    track: str
    work: str
    instrument: str
    audio: Path
    labels: Path
    lag: float = 0.0
    stretch: float = 1.0
    lagging: bool = False

    @property
    def name(self) -> str:
        """Corpus and track."""
        return f"{self.corpus}/{self.track}"

    @property
    def half(self) -> str:
        """The half it belongs to: by its work, so that a work is in one half only."""
        return HALVES[hashlib.sha256(f"{self.corpus}/{self.work}".encode()).digest()[0] % 2]

    def notes(self) -> Notes:
        """The notes that begin within the excerpt, in audio time."""
        labels = _read_notes(self.labels)
        notes = replace(labels, intervals=labels.intervals / self.stretch + self.lag)
        return notes.where(notes.onset_times < EXCERPT)

    def sound(self, sr: int) -> NDArray[np.float32]:
        """The excerpt in mono at `sr` Hz."""
        end = EXCERPT if audio.duration(self.audio) > EXCERPT else None
        return resample(*audio.read_mono(self.audio, audio.Part(0.0, end)), sr)


def recordings(corpus: str, *, out: Path) -> list[Recording]:
    """All recordings of ``NAME:FOLDER`` or ``demo``, sorted by track; the demo corpus is rendered below `out`."""
    name, _, folder = corpus.partition(":")
    if name not in _CORPORA or (not folder and name != "demo"):
        remedy = "give aligned:FOLDER, maps:FOLDER, demo or demo:FOLDER"
        raise ParameterError("a corpus with exact labels", received=repr(corpus), remedy=remedy)
    return sorted(_CORPORA[name](Path(folder) if folder else out / "demo"), key=lambda each: each.track)


def choose(found: list[Recording], *, half: str | None, n: int | None, seed: int = 0) -> list[Recording]:
    """At most `n` of the recordings of a half, spread evenly over the instruments, by a seeded order."""
    order = sorted(
        (each for each in found if half in (None, each.half)),
        key=lambda each: hashlib.sha256(f"{seed}/{each.name}".encode()).digest(),
    )
    turn: dict[str, int] = {}
    turns = {}
    for each in order:
        turns[each.name] = turn[each.instrument] = turn.get(each.instrument, 0) + 1
    taken = sorted(order, key=lambda each: turns[each.name])[:n]
    return sorted(taken, key=lambda each: each.name)


def other_work(recording: Recording, found: list[Recording], *, seed: int) -> Recording:
    """A recording of another work in the same corpus and half, whose labels are the wrong piece."""
    others = [
        each
        for each in found
        if (each.corpus, each.half) == (recording.corpus, recording.half) and each.work != recording.work
    ]
    if not others:
        remedy = "give a corpus with at least two works in each half"
        raise MirlitonError("another work", received=f"only {recording.name} in its half", remedy=remedy)
    return min(others, key=lambda each: hashlib.sha256(f"{seed}/{recording.track}/{each.track}".encode()).digest())


@lru_cache(maxsize=256)
def _read_notes(path: Path) -> Notes:
    return midi.read(path).notes


def _aligned(folder: Path) -> list[Recording]:
    """Pairs ``<track>.ogg`` and ``<track>.mid`` with ``lag_s`` and ``midi_time_stretch`` in ``truth.json``."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return [
        Recording(
            "aligned",
            track,
            track,
            "",
            folder / f"{track}.ogg",
            folder / f"{track}.mid",
            lag=known["lag_s"],
            stretch=known["midi_time_stretch"],
        )
        for track, known in truth.items()
    ]


def _maps(folder: Path) -> list[Recording]:
    """The pieces that the corpus' protocol keeps."""
    listing = maps.tracks(folder, maps.Options())
    return [
        Recording(
            "maps",
            each.id,
            each.work,
            each.classes["instrument"],
            each.audio,
            each.labels["notes"],
            lagging=True,
        )
        for each in listing.tracks
        if "notes" in each.labels
    ]


def _demo(folder: Path) -> list[Recording]:
    """All works; their synthesiser begins to sound a few milliseconds after an onset."""
    listing = demo.tracks(folder, demo.Options())
    return [
        Recording(
            "demo",
            each.id,
            each.work,
            "demo's synthesiser",
            each.audio,
            each.labels["notes"],
            lag=demo.lead_in(each.id),
            lagging=True,
        )
        for each in listing.tracks
    ]


_CORPORA: dict[str, Callable[[Path], list[Recording]]] = {"aligned": _aligned, "maps": _maps, "demo": _demo}
