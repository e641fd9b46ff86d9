"""The recordings: excerpts of real pianos, the same notes on rendered pianos, and other rendered pianos."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.real_pianos import spectra
from experiments.real_pianos.spectra import equalised
from mir_models.augmentation.levels import power
from mir_models.errors import ParameterError
from mir_models.notes.annotations import Notes
from mir_models.notes.sustain_pedal import Params, sounding_notes
from mir_models.resampling import resample
from storage.corpora.listing import TrackFiles
from storage.datasets import maps
from storage.fingerprints import content_hash
from storage.media import audio, midi
from storage.media.audio import Part
from storage.media.rendered_audio import midi_file
from storage.media.soundfonts import play

SECONDS = 48.0
"""Of a recording that are used at most."""
RENDERED_SR = 16000
"""Sampling rate in Hz of rendered excerpts: that of the real ones."""
VELOCITY = 64
"""Of all notes that are rendered equally loud."""
SCATTER = 7.0
"""Standard deviation of scattered velocities: 2.5 dB where a step is 0.36 dB."""
TAIL = 1.0
"""Seconds that are rendered after the end and cut off."""
N_OF_PIANO = 10
"""Recordings of each virtual piano whose loudness is measured."""

Change = Callable[[NDArray[np.int64]], NDArray[np.int64]]
"""From the velocities of a recording to others."""


@dataclass(frozen=True)
class Excerpt:
    """An excerpt with its notes.

    Attributes
    ----------
    y : (n_samples,) float32
        Mono, full scale at ±1.
    sr : int
        Sampling rate in Hz.
    notes : Notes
        As they sound: with the sustain pedal.
    released : (n_notes,) float64
        Seconds at which the key of each note is released.
    """

    y: NDArray[np.float32]
    sr: int
    notes: Notes
    released: NDArray[np.float64]


@dataclass(frozen=True)
class Recording:
    """A recording.

    Attributes
    ----------
    piano, name : str
        A column of the tables; the name within it.
    read : callable () -> Excerpt
    made_of : mapping
        JSON values that change with what `read` returns, whatever the names of the files.
    is_control : bool
        Whether it is a recording that was changed to find a cause: it is used as it is, in no other condition.
    """

    piano: str
    name: str
    read: Callable[[], Excerpt]
    made_of: Mapping[str, Any] = field(default_factory=dict, compare=False)
    is_control: bool = False


def real_pianos(folder: Path) -> Iterator[Recording]:
    """Recordings of MAPS below `folder`, of all pianos there."""
    for path in sorted(folder.glob("*/MUS/*.flac")):
        yield Recording(path.parts[-3], path.stem, partial(_read, path), _recorded(path))


def same_notes(folder: Path, soundfont: Path) -> Iterator[Recording]:
    """The notes of `real_pianos` on a rendered piano, as loud as the recordings and at their sampling rate."""
    for path in sorted(folder.glob("*/MUS/*.flac")):
        piano = f"same notes, {soundfont.stem}"
        yield Recording(piano, path.stem, partial(_render, path, soundfont), _rendered(path, soundfont))


def controls(folder: Path, soundfont: Path) -> Iterator[Recording]:
    """The same with all notes equally loud, with scattered loudness; either with the mean spectrum of the other."""
    for path in sorted(folder.glob("*/MUS/*.flac")):
        real, rendered = partial(_read, path), partial(_render, path, soundfont)
        changed, made_of = partial(_render, path, soundfont), _rendered(path, soundfont)
        equaliser = [spectra.LOWEST_HZ, spectra.N_OF_OCTAVE, spectra.LARGEST_DB, spectra.N_FFT]
        reads: dict[str, tuple[Callable[[], Excerpt], dict[str, Any]]] = {
            f"equally loud, {soundfont.stem}": (partial(changed, change=equal), {"velocity": VELOCITY}),
            f"scattered loudness, {soundfont.stem}": (partial(changed, change=scattered), {"scatter": SCATTER}),
            f"real, spectrum of {soundfont.stem}": (partial(_equalised, real, rendered), {"real": equaliser}),
            f"{soundfont.stem}, spectrum of real": (partial(_equalised, rendered, real), {"rendered": equaliser}),
        }
        for piano, (read, settings) in reads.items():
            yield Recording(piano, path.stem, read, {**made_of, **settings}, is_control=True)


def check_names(soundfonts: Sequence[Path]) -> None:
    """Refuse SoundFonts whose columns would have one name."""
    names = [each.stem for each in soundfonts]
    if repeated := sorted({each for each in names if names.count(each) > 1}):
        remedy = "give each once, or a copy by another name"
        raise ParameterError("SoundFonts of different names", received=", ".join(repeated), remedy=remedy)


def equal(velocities: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) velocities of notes that are equally loud."""
    return np.full_like(velocities, VELOCITY)


def scattered(velocities: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) velocities with Gaussian draws of `SCATTER` added."""
    draws = np.random.default_rng(len(velocities)).normal(0, SCATTER, len(velocities))
    return np.clip(np.rint(velocities + draws), 1, 127).astype(np.int64)


def aligned(folder: Path) -> Iterator[Recording]:
    """Recordings with the true lag and stretch of their MIDI files in ``truth.json``."""
    for work, truth in sorted(json.loads((folder / "truth.json").read_text(encoding="utf-8")).items()):
        made_of = {**_files(folder / f"{work}.ogg", folder / f"{work}.mid"), "truth": truth}
        yield Recording("sampled grand (Salamander)", work, partial(_read_aligned, folder / work, truth), made_of)


def unseen_virtual_piano(folder: Path) -> Iterator[Recording]:
    """The test recordings of MAPS' split ``leave_piano``."""
    options = maps.Options(split="leave_piano")
    piano = f"virtual piano ({options.test_piano})"
    return (_of_maps(piano, each) for each in maps.tracks(folder, options).tracks if each.split == "test")


def training_pianos(folder: Path) -> Iterator[Recording]:
    """The first `N_OF_PIANO` train recordings, by name, of each virtual piano of MAPS' split ``leave_piano``."""
    tracks = maps.tracks(folder, maps.Options(split="leave_piano")).tracks
    trained = sorted((each for each in tracks if each.split == "train"), key=lambda each: each.audio.name)
    for piano in sorted({_piano(each) for each in trained}):
        of_piano = [each for each in trained if _piano(each) == piano]
        yield from (_of_maps(piano, each) for each in of_piano[:N_OF_PIANO])


def _piano(track: TrackFiles) -> str:
    return track.id.partition("/")[0]


def _of_maps(piano: str, track: TrackFiles) -> Recording:
    return Recording(piano, track.audio.stem, partial(_read, track.audio), _recorded(track.audio))


def _recorded(path: Path) -> dict[str, Any]:
    return _files(path, path.with_suffix(".mid"))


def _rendered(path: Path, soundfont: Path) -> dict[str, Any]:
    return {**_recorded(path), "soundfont": _content(soundfont), "sr": RENDERED_SR, "tail": TAIL}


def _files(*paths: Path) -> dict[str, Any]:
    return {"files": [_content(each) for each in paths], "seconds": SECONDS, "pedal": asdict(Params())}


@cache
def _content(path: Path) -> str:
    return content_hash(path)


def excerpt_of(y: NDArray[np.float32], sr: int, played: Notes, pedal: NDArray[np.float64]) -> Excerpt:
    """An excerpt of keys pressed and pedal, both in audio time; notes that begin outside it are left out."""
    y = y[: int(SECONDS * sr)]
    notes, _ = sounding_notes(played, pedal, Params())
    keys, _ = sounding_notes(played, pedal, Params(pedal="none"))
    inside = (notes.onset_times >= 0) & (notes.onset_times < len(y) / sr)
    return Excerpt(y, sr, notes.where(inside), keys.offset_times[inside])


def _read(path: Path) -> Excerpt:
    performance = midi.read(path.with_suffix(".mid"))
    return excerpt_of(*_sound(path), performance.notes, performance.pedal)


def _read_aligned(stem: Path, truth: dict[str, float]) -> Excerpt:
    performance, lag, stretch = (
        midi.read(stem.with_name(f"{stem.name}.mid")),
        truth["lag_s"],
        truth["midi_time_stretch"],
    )
    notes = replace(performance.notes, intervals=performance.notes.intervals / stretch + lag)
    return excerpt_of(*_sound(stem.with_name(f"{stem.name}.ogg")), notes, performance.pedal / stretch + lag)


def _render(path: Path, soundfont: Path, change: Change | None = None) -> Excerpt:
    """The notes of a recording, with a change of their velocities; the labels keep theirs."""
    real, performance = _read(path), midi.read(path.with_suffix(".mid"))
    seconds = len(real.y) / real.sr
    notes = performance.notes.where(performance.notes.onset_times < seconds)
    notes = replace(notes, intervals=np.minimum(notes.intervals, seconds + TAIL))
    if change is not None:
        notes = replace(notes, velocities=change(notes.velocities))
    pedal = np.minimum(performance.pedal, seconds + TAIL)
    content = midi_file(notes, pedal[pedal[:, 1] > pedal[:, 0]], until=seconds + TAIL)
    y, sr = play(content, soundfont.read_bytes())
    y = resample(y, sr, RENDERED_SR)[: int(seconds * RENDERED_SR)]
    gain = np.sqrt(power(real.y) / power(y))
    return replace(real, y=(gain * y).astype(np.float32), sr=RENDERED_SR)


def _equalised(read: Callable[[], Excerpt], read_other: Callable[[], Excerpt]) -> Excerpt:
    excerpt, other = read(), read_other()
    return replace(excerpt, y=equalised(excerpt.y, resample(other.y, other.sr, excerpt.sr), excerpt.sr))


def _sound(path: Path) -> tuple[NDArray[np.float32], int]:
    return audio.read_mono(path, Part(0.0, min(SECONDS, audio.duration(path))))
