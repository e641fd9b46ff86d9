"""Instruments of the loader ``renderings``: SoundFonts, and folders of sampled pianos."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from mir_models.errors import ParameterError
from mir_models.synthesis import tuning
from mir_models.synthesis.sampled_piano import SampledPiano
from mir_models.synthesis.tuned_piano import TunedPiano
from storage.media import sampled_pianos
from storage.media.soundfonts import default_soundfont


@dataclass(frozen=True)
class Instrument:
    """A SoundFont or a sampled piano, as it was found when the corpus was listed.

    Attributes
    ----------
    path : Path
        A SoundFont, or the folder of a sampled piano.
    identity : tuple
        What it is known by: name and size, and the hash of the table of a sampled piano.
    is_sampled : bool
        Whether it is a sampled piano.
    """

    path: Path
    identity: tuple[str | int, ...]
    is_sampled: bool

    @property
    def name(self) -> str:
        """The name of the SoundFont without its extension, or of the folder."""
        return self.path.name if self.is_sampled else self.path.stem


def instruments(soundfonts: str, pianos: str) -> list[Instrument]:
    """The SoundFonts and folders of sampled pianos of two options, each of another name; by default TimGM6mb.

    Raises
    ------
    MirlitonError
        When one is none, when two have one name, or the table of a piano is not as it has to be.
    """
    found = [*map(soundfont, _paths("soundfonts", soundfonts)), *map(sampled_piano, _paths("pianos", pianos))]
    found = found or [soundfont(default_soundfont())]
    if len({each.name for each in found}) < len(found):
        received = ", ".join(str(each.path) for each in found)
        raise ParameterError("SoundFonts and pianos of different names", received=received, remedy="rename one")
    return found


def soundfont(path: Path) -> Instrument:
    """A SoundFont; refuses what is no file."""
    if not path.is_file():
        raise ParameterError("a SoundFont (.sf2)", received=f"{path}, which is no file", remedy="correct the path")
    return Instrument(path, (path.name, path.stat().st_size), is_sampled=False)


def sampled_piano(folder: Path) -> Instrument:
    """A sampled piano; refuses a folder without a table, and a table that is not as it has to be."""
    table = folder / sampled_pianos.TABLE
    if not table.is_file():
        received = f"{folder}, in which there is none"
        raise ParameterError(f"a folder with {sampled_pianos.TABLE}", received=received, remedy="correct the path")
    digest = hashlib.sha256(table.read_bytes()).hexdigest()
    return Instrument(folder, (folder.name, sampled_pianos.size(folder), digest), is_sampled=True)


def _paths(option: str, text: str) -> list[Path]:
    """Paths with commas between them; refuses a text of commas alone."""
    paths = [Path(each.strip()).expanduser() for each in text.split(",") if each.strip()]
    if text and not paths:
        remedy = "give paths with commas between them, or leave the option out"
        raise ParameterError(f"option {option} with a path", received=repr(text), remedy=remedy)
    return paths


@lru_cache(maxsize=1)
def soundfont_bytes(path: Path) -> bytes:
    """The bytes of a SoundFont; those of the last one are cached."""
    return path.read_bytes()


@lru_cache(maxsize=1)
def tuned_piano(folder: Path, number: int, params: tuning.Params, seed: int, sr: int) -> TunedPiano:
    """A sampled piano in one of its tunings, at `sr` Hz; the last one is cached."""
    rng = np.random.default_rng([seed, zlib.crc32(folder.name.encode()), number])
    return TunedPiano(_sounds(folder, sr), tuning.random_tuning(params, rng), sr)


@lru_cache(maxsize=1)
def _sounds(folder: Path, sr: int) -> SampledPiano:
    """The piano in a folder; the last one is cached."""
    return sampled_pianos.read(folder, sr)


def forget_instruments() -> None:
    """Release the memory of the last instruments; what is rendered next reads their files again."""
    for cached in (soundfont_bytes, _sounds, tuned_piano):
        cached.cache_clear()
