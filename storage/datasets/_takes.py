"""Takes: single recordings of the loader ``renderings``, each written with the MIDI file that it was rendered from."""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import TrackError
from mir_models.notes import renditions
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from mir_models.synthesis import performance, tuning
from storage.datasets._instruments import Instrument, soundfont_bytes, tuned_piano
from storage.media import midi, rendered_audio, soundfonts
from storage.media.rendered_audio import SR, TAIL
from storage.objects.atomic import write_atomic

RENDERING = 1
"""Version of everything below that shapes the sound; with another one the corpus is rendered again."""
PEAK = 10 ** (-3 / 20)
"""Largest absolute sample: -3 dBFS."""
GAP = 0.6
"""Seconds between two single notes."""
Params: TypeAlias = renditions.Params | performance.Params | tuning.Params
FIRST_SETTINGS: dict[type[Params], tuple[str, ...]] = {
    renditions.Params: ("seconds", "transposition", "velocity_curve"),
    performance.Params: ("tuning", "dynamics", "scatter", "voicing", "release", "resonance", "noise"),
    tuning.Params: ("detuning", "stretch", "unison"),
}
"""Settings that are always part of a digest; later ones are where they change something."""
FORMATS = ("ogg", "flac")
"""File formats of recordings."""

LONGEST_NAME = 255
"""Bytes that most file systems take of a file's name."""
_DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Recipe:
    """What all takes of a corpus have in common.

    Attributes
    ----------
    rendition : renditions.Params
    performance : performance.Params
        Of sampled pianos.
    tuning : tuning.Params
        Of sampled pianos.
    velocities, durations : tuple
        Of single notes; durations in seconds.
    lead_in : float
        Longest silence before a recording in seconds.
    format : {"ogg", "flac"}
    seed : int
    """

    rendition: renditions.Params
    performance: performance.Params
    tuning: tuning.Params
    velocities: tuple[int, ...]
    durations: tuple[float, ...]
    lead_in: float
    format: str
    seed: int


@dataclass(frozen=True)
class Take:
    """One recording to be rendered.

    Attributes
    ----------
    id, work, split : str
    source : Path or None
        The MIDI file; None: single notes.
    instrument : Instrument
    tuning : int
        Which of its tunings a sampled piano has.
    """

    id: str
    work: str
    split: str
    source: Path | None
    instrument: Instrument
    tuning: int = 0


def record(take: Take, recipe: Recipe, audio: Path, labels: Path) -> None:
    """Write recording and MIDI file of a take, unless current ones exist.

    Raises
    ------
    TrackError
        When the MIDI file or the SoundFont cannot be played, or a file of another origin has the name of one of both.
    """
    digest = _digest(take, recipe)
    _check_ours(audio, labels)
    if _has_digest(digest, audio, labels):
        return
    notes, pedal = _performance(take, recipe)
    if not len(notes):
        remedy = "transpose less, or remove the piece"
        raise TrackError("a rendition with notes on the keyboard", received=f"none of {take.id}", remedy=remedy)
    y = np.pad(_play(take, recipe, notes, pedal), (round(lead_in(take.id, recipe) * SR), 0))
    content = _encode(y, take, recipe, digest)
    for each in (labels, *_in_other_formats(audio)):  # Beside a recording with the new digest they would be current.
        each.unlink(missing_ok=True)
    write_atomic(audio, content, durable=True)  # First: it tells that both are rendered here.
    write_atomic(labels, rendered_audio.midi_file(notes, pedal), durable=True)


def is_current(take: Take, recipe: Recipe, audio: Path, labels: Path) -> bool:
    """Whether recording and MIDI file are those of the take."""
    if len(os.fsencode(audio.name)) > LONGEST_NAME:
        return False
    return _has_digest(_digest(take, recipe), audio, labels)


def _has_digest(digest: str, audio: Path, labels: Path) -> bool:
    """Whether recording and MIDI file are those of a digest."""
    return audio.is_file() and labels.is_file() and rendered_audio.comment_of(audio) == digest


def lead_in(id: str, recipe: Recipe) -> float:
    """Seconds from the start of the recording with this id to 0 s of its labels: their lag."""
    return float(_rng(id, recipe, 1).uniform(0.0, recipe.lead_in))


def _in_other_formats(audio: Path) -> list[Path]:
    """Recordings of the same take in other formats."""
    paths = (audio.with_name(f"{audio.name.removesuffix(audio.suffix)}.{each}") for each in FORMATS)
    return [path for path in paths if path != audio and is_rendering(path)]


def is_rendering(audio: Path) -> bool:
    """Whether a recording was rendered here."""
    return audio.is_file() and bool(_DIGEST.fullmatch(rendered_audio.comment_of(audio) or ""))


def _check_ours(audio: Path, labels: Path) -> None:
    """Raise where the name of a rendition is too long, or that of a file that was not rendered here."""
    if (n_bytes := len(os.fsencode(audio.name))) > LONGEST_NAME:
        expected = f"a piece whose renditions have names of {LONGEST_NAME} bytes at most"
        raise TrackError(expected, received=f"{n_bytes} in {audio.name}", remedy="rename the MIDI file")
    if is_rendering(audio):
        return
    for path in (audio, *([] if _in_other_formats(audio) else [labels])):
        if os.path.lexists(path):
            remedy = "move the file away, or give another folder with --option recordings=FOLDER"
            raise TrackError("a name that no other file has", received=f"{path}, not rendered here", remedy=remedy)


def _performance(take: Take, recipe: Recipe) -> tuple[Notes, NDArray[np.float64]]:
    """Notes (as keys are pressed and released) and pedal intervals of a take."""
    rng = _rng(take.id, recipe)
    if take.source is None:
        return renditions.single_notes(recipe.velocities, recipe.durations, gap=GAP, rng=rng), np.zeros((0, 2))
    written = midi.read(take.source)
    return renditions.rendition(written.notes, written.pedal, recipe.rendition, rng)


def _play(take: Take, recipe: Recipe, notes: Notes, pedal: NDArray[np.float64]) -> NDArray[np.float32]:
    """The sound of a take, (n_samples,) at `SR` Hz, with its peak at `PEAK`."""
    until = max(notes.duration, float(pedal.max(initial=0.0))) + TAIL
    instrument = take.instrument
    if instrument.is_sampled:
        rendered_audio.check_length(until)
        piano = tuned_piano(instrument.path, take.tuning, recipe.tuning, recipe.seed, SR)
        y, sr = performance.render(notes, pedal, piano, recipe.performance, _rng(take.id, recipe, 2), seconds=until), SR
    else:
        y, sr = soundfonts.play(rendered_audio.midi_file(notes, pedal, until=until), soundfont_bytes(instrument.path))
    if not (loudest := float(np.abs(y).max(initial=0.0))):
        remedy = "leave it out: it has no piano"
        raise TrackError("an instrument that sounds", received=f"silence from {instrument.path.name}", remedy=remedy)
    return (resample(y, sr, SR) * np.float32(PEAK / loudest)).clip(-1.0, 1.0)


def _encode(y: NDArray[np.float32], take: Take, recipe: Recipe, digest: str) -> bytes:
    """The bytes of a recording in the format of the recipe."""
    if recipe.format == "flac":
        return rendered_audio.encode_tagged_flac(y, SR, title=take.work, comment=digest)
    return rendered_audio.encode_reproducible_ogg(y, SR, name=take.id, title=take.work, comment=digest)


def _rng(id: str, recipe: Recipe, *stream: int) -> np.random.Generator:
    """A random stream of a take: none for its rendition, 1 for its lead-in, 2 for its sound."""
    return np.random.default_rng([recipe.seed, zlib.crc32(id.encode()), *stream])


def _digest(take: Take, recipe: Recipe) -> str:
    """A digest of all that a recording is made of."""
    source = hashlib.sha256(take.source.read_bytes()).hexdigest() if take.source else ""
    made_of = [RENDERING, renditions.VERSION, take.id, source, list(take.instrument.identity), recipe.seed]
    how = [_settings(recipe.rendition)] if take.source else _single_notes(recipe)
    if take.instrument.is_sampled:
        of_piano = f"{_settings(recipe.performance)}, {_settings(recipe.tuning)}"
        how += [f"[{performance.VERSION}, {of_piano}, {take.tuning}]"]
    if recipe.lead_in:
        how += [repr(recipe.lead_in)]
    return hashlib.sha256(f"[{', '.join([*map(repr, made_of), *how])}]".encode()).hexdigest()


def _settings(params: Params) -> str:
    """Settings as text; later ones only where they change something, so that recordings stay current."""
    first = FIRST_SETTINGS[type(params)]
    named = {name: value for name, value in asdict(params).items() if value or name in first}
    return f"Params({', '.join(f'{name}={value!r}' for name, value in named.items())})"


def _single_notes(recipe: Recipe) -> list[str]:
    """Settings of single notes as text."""
    return [repr(",".join(map(str, numbers))) for numbers in (recipe.velocities, recipe.durations)]
