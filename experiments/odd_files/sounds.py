"""Cases of recordings: one that is made in a folder is read by a checkout, and what it gets is checked."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from experiments.odd_files import music, wav_bytes
from experiments.odd_files.case import Case, Outcome
from experiments.odd_files.checkout import Checkout, Sound, shortened

SECONDS = 12.0
"""Length of the recording of most cases."""
TOLERANCE = 0.15
"""Seconds that codecs may add or leave out at both ends together."""
LEVEL = 0.25
"""Relative difference of the level of a second that a codec may make."""
Make = Callable[[Path], Path]
"""Writes a recording into a folder."""
Check = Callable[[Sound], bool]


@lru_cache(maxsize=4)
def stereo(seconds: float = SECONDS, seed: int = 0) -> music.Stereo:
    """See :func:`experiments.odd_files.music.tones`."""
    return music.tones(seconds, seed=seed)


def write_wav(folder: Path) -> Path:
    """The recording of most cases as a WAV file."""
    path = folder / "x.wav"
    path.write_bytes(wav_bytes.wav(stereo(), music.SR))
    return path


def case(kind: str, input: str, right: str, make: Make, check: Check, *, reported: bool = False) -> Case:
    """A case of one recording."""

    def trial(code: Checkout, folder: Path) -> Outcome:
        sound = code.sound(make(folder))
        return Outcome(describe(sound), check(sound))

    return Case(kind, input, right, trial, reported)


def content(name: str, data: Callable[[], bytes]) -> Make:
    """Writes bytes."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(data())
        return path

    return make


def is_whole(sound: Sound, *, seconds: float = SECONDS) -> bool:
    """Whether a recording is read to its end, everywhere at the level of `stereo`, without a warning."""
    return not sound.warnings and has_all(sound, seconds=seconds)


def has_all(sound: Sound, *, seconds: float = SECONDS) -> bool:
    """As `is_whole`, with warnings or without."""
    lengths = (sound.seconds, sound.duration)
    if sound.error or sound.refused or any(abs(each - seconds) > TOLERANCE for each in lengths):
        return False
    first = np.array(sound.levels[: int(min(seconds, SECONDS))])
    expected = np.array(expected_levels()[: len(first)])
    return bool(np.all(np.abs(first - expected) < LEVEL * expected))


def is_noticed(sound: Sound) -> bool:
    """Whether both paths notice that something is wrong: a warning, and quarantine."""
    return bool((sound.error or sound.warnings) and sound.refused)


def is_refused(*words: str) -> Check:
    """Whether both paths refuse it with a sentence that has one of some words."""

    def check(sound: Sound) -> bool:
        sentences = (sound.error or " ".join(sound.warnings), sound.refused)
        return all(any(word in each for word in words) for each in sentences)

    return check


def is_whole_or_noticed(seconds: float) -> Check:
    """Whether all is read, or what is missing is noticed."""
    return lambda sound: has_all(sound, seconds=seconds) or is_noticed(sound)


def describe(sound: Sound) -> str:
    """What came of it, in a few words."""
    if sound.error:
        return f"refused: {received(sound.error)}"
    parts = [f"{sound.seconds:.2f} s"]
    parts += [f"warned: {received(each)}" for each in sound.warnings]
    parts += [f"quarantined: {received(sound.refused)}"] * bool(sound.refused and not sound.warnings)
    parts += ["quarantined"] * bool(sound.refused and sound.warnings)
    parts += [f"mix: {sound.mix}"] * (sound.mix not in (None, "mean"))
    return "; ".join(parts)


def received(sentence: str) -> str:
    """What an error has after "Received:"; the full sentence of another kind."""
    text = sentence.partition("Received: ")[2].partition(" Remedy:")[0] or sentence
    return shortened(text.replace("|", "/").rstrip("."))


@lru_cache(maxsize=1)
def expected_levels() -> tuple[float, ...]:
    """Root mean square of each second of the mean of `stereo`."""
    mono = stereo().mean(axis=1, dtype=np.float64)
    return tuple(float(np.sqrt(np.mean(each**2))) for each in np.split(mono, round(SECONDS)))
