"""The recordings: those that a split of MAPS tests on, as WAV files that every system can read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from storage.corpora.listing import TrackFiles
from storage.datasets import maps
from storage.fingerprints import fingerprint, slug
from storage.media import audio

OPTIONS = maps.Options(labels="mid", split="leave_piano")
"""Labels with velocities; their times are those of the other labels within a millisecond."""
SR = 44100
WARM_UP = 5.0
"""Seconds that a system transcribes before it is measured."""


@dataclass(frozen=True)
class Recording:
    """A recording, or its beginning.

    Attributes
    ----------
    track : str
    sound : Path
        WAV file.
    seconds : float
    notes : Notes
        The reference: those that begin within it, cut at its end, the sustain pedal applied.
    """

    track: str
    sound: Path
    seconds: float
    notes: Notes


@dataclass(frozen=True)
class Excerpts:
    """The recordings of a run, and the folder that belongs to them."""

    recordings: tuple[Recording, ...]
    warm_up: Path
    folder: Path


def excerpts(corpus: Path, out: Path, *, seconds: float | None, split: str = OPTIONS.split) -> Excerpts:
    """The test recordings below `corpus`, at most `seconds` of each; the sound files are written once, below `out`."""
    options = replace(OPTIONS, split=split)
    folder = out / f"maps-{fingerprint(str(corpus.resolve()), options, seconds)}"
    (folder / "sound").mkdir(parents=True, exist_ok=True)
    tracks = [each for each in maps.tracks(corpus, options).tracks if each.split == "test"]
    recordings = tuple(_recording(each, folder / "sound", seconds) for each in tracks)
    warm_up = _sound(tracks[0], folder / "warm-up.wav", WARM_UP)
    return Excerpts(recordings, warm_up, folder)


def cut(notes: Notes, *, end: float) -> Notes:
    """The notes that begin before `end` seconds, none of which lasts longer."""
    begun = notes.where(notes.onset_times < end)
    return replace(begun, intervals=np.minimum(begun.intervals, end))


def _recording(track: TrackFiles, folder: Path, seconds: float | None) -> Recording:
    sound = _sound(track, folder / f"{slug(track.id)}.wav", seconds)
    played = maps.read_notes(track.labels["notes"], OPTIONS)
    notes, _ = sustain_pedal.sounding_notes(played.notes, played.pedal, sustain_pedal.Params())
    length = audio.duration(sound)
    return Recording(track.id, sound, length, cut(notes, end=length))


def _sound(track: TrackFiles, path: Path, seconds: float | None) -> Path:
    if not path.exists():
        y, sr = audio.read_mono(track.audio, audio.Part(0.0, seconds))
        audio.write_wav(path, resample(y, sr, SR), SR)
    return path
