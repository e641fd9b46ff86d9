"""Augmentation of training examples on the fly: what changes in the spectrum, changes in the piano rolls as well.

An example is a mapping with ``features`` (n_frames, n_bins), ``mask`` (n_frames,) and piano rolls (n_frames, 88).
Functions take levels in dB; an `Augmentation` knows how many units of its feature one is. Every function takes a
generator and gives a new example; none changes what it was given. Those that move pitch suit features whose bins are
equally spaced in it (a constant-Q transform).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation.spectrum.colour import coloured
from mir_models.augmentation.spectrum.masking import masked
from mir_models.augmentation.spectrum.mixing import mixed
from mir_models.augmentation.spectrum.mixup import between
from mir_models.augmentation.spectrum.noise_floor import raised
from mir_models.augmentation.spectrum.pitch_shift import detuned, transposed
from mir_models.errors import MirlitonError

VERSION = 3
KEEPS = {
    "transpose": ("notes", "genre", "artist", "album", "composer", "instrument"),
    "detune": ("notes", "genre", "artist", "album", "composer", "instrument", "key", "tempo"),
    "mix": ("notes",),
    "mixup": ("genre", "artist", "album", "composer", "instrument", "key", "tempo"),
}
"""By a change, the label kinds that stay true under it, or move with it; a change that is not here keeps all. Whoever
transposes a piece changes its key, and two pieces at once have the notes of both but the class of neither.
"""
LEVELS = ("softer", "louder", "colour", "noise", "mix")
"""Changes of levels: what is not a level has no decibels."""
BINS_TO_DETUNE = 3
"""A bin of fewer would be half a semitone or more."""

Example = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Params:
    """How examples are changed; all zero: not at all.

    Attributes
    ----------
    transpose : int >= 0
        Semitones up or down at most; keys and bins move together, notes that leave the keyboard are dropped.
    detune : float in [0, 1]
        Share of examples whose spectrum moves by a bin up or down, less than half a semitone, under the same notes; for
        features with three bins per semitone or more.
    softer, louder : float >= 0
        Decibels by which the level falls or rises at most.
    colour : float >= 0
        Standard deviation in dB of a smooth equaliser's curve.
    noise : float in [0, 1]
        Share of examples that stand on a noise floor.
    mask : float in [0, 1]
        Share of examples with a band of bins and a stretch of frames muted (Park et al., "SpecAugment", 2019).
    mix : float in [0, 1]
        Share of examples to which another one is added, both heard with all their notes.
    mixup : float in [0, 1]
        Share of examples that are averaged with another one, features and class.
    """

    transpose: int = 0
    detune: float = 0.0
    softer: float = 0.0
    louder: float = 0.0
    colour: float = 0.0
    noise: float = 0.0
    mask: float = 0.0
    mix: float = 0.0
    mixup: float = 0.0

    def __post_init__(self) -> None:
        shares = {name: getattr(self, name) for name in ("detune", "noise", "mask", "mix", "mixup")}
        amounts = {name: getattr(self, name) for name in ("transpose", "softer", "louder", "colour")}
        wrong = {name: value for name, value in shares.items() if not 0 <= value <= 1}
        wrong |= {name: value for name, value in amounts.items() if not 0 <= value < np.inf}
        if wrong:
            received = ", ".join(f"{name}={value}" for name, value in wrong.items())
            remedy = "give amounts of at least 0, and shares of examples from 0 to 1"
            raise MirlitonError("augmentations that can be drawn", received=received, remedy=remedy)


def refuse_false(params: Params, label: str) -> None:
    """Refuse changes under which a label of a kind would be false.

    Raises
    ------
    MirlitonError
        With their names.
    """
    false = [name for name, kept in KEEPS.items() if getattr(params, name) and label not in kept]
    if false:
        remedy = " ".join(f"--set augmentation.{name}=0" for name in false)
        raise MirlitonError(f"changes that keep {label}", received=", ".join(false), remedy=remedy)


@dataclass(frozen=True)
class Augmentation:
    """Augmentation of examples of one feature.

    Attributes
    ----------
    params : Params
    bins_per_semitone : int
        Of the feature; 0 where its bins are no parts of semitones.
    silence : float
        What a bin reads where there is nothing, in the feature's unit.
    per_db : float
        Units of the feature per decibel: 1 of decibels, 0 of a feature without levels.
    """

    params: Params
    bins_per_semitone: int
    silence: float
    per_db: float = 1.0

    def __post_init__(self) -> None:
        if self.params.transpose and not self.bins_per_semitone:
            remedy = "set augmentation.transpose=0, or train a network that hears a constant-Q transform"
            raise MirlitonError("a feature with bins per semitone, to transpose", received="one without", remedy=remedy)
        if self.params.detune and self.bins_per_semitone < BINS_TO_DETUNE:
            raise MirlitonError(
                f"a feature with {BINS_TO_DETUNE} bins per semitone or more, to detune examples",
                received=f"one with {self.bins_per_semitone}",
                remedy="set augmentation.detune=0, or train a network that hears cqt_36",
            )
        of_levels = [name for name in LEVELS if getattr(self.params, name)]
        if of_levels and not self.per_db:
            expected, remedy = "a feature with levels", " ".join(f"--set augmentation.{name}=0" for name in of_levels)
            raise MirlitonError(expected, received=f"one without, and {', '.join(of_levels)}", remedy=remedy)

    @classmethod
    def of(cls, params: Params, heard: Any) -> Augmentation:
        """Of examples of the feature whose settings are `heard`."""
        bins, per_db = (getattr(heard, name, 0) for name in ("bins_per_semitone", "per_db"))
        return cls(params, bins, heard.silence, per_db)

    def __call__(
        self, example: Mapping[str, NDArray[Any]], another: Callable[[], Mapping[str, NDArray[Any]]], rng: Any
    ) -> Example:
        """The example as it might have been played elsewhere.

        Parameters
        ----------
        example : mapping
        another : callable
            Gives an example to mix with; asked only if one is needed.
        rng : numpy.random.Generator

        Returns
        -------
        dict
            Arrays of the same names, shapes and types.
        """
        changed = self._moved(example, rng)
        if rng.random() < self.params.mix:
            changed = mixed(changed, self._moved(another(), rng))
        if rng.random() < self.params.mixup:
            changed = between(changed, self._moved(another(), rng), rng)
        features = self._levelled(changed["features"], rng)
        if rng.random() < self.params.mask:
            features = masked(features, rng, silence=self._silence)
        return {**changed, "features": features * np.float32(self.per_db or 1)}

    @property
    def _silence(self) -> float:
        """The silence in the unit in which changes are made: decibels, where there are any."""
        return self.silence / (self.per_db or 1)

    def _moved(self, found: Mapping[str, NDArray[Any]], rng: Any) -> Example:
        """An example in decibels, in another key and another tuning."""
        example = {**found, "features": found["features"] / np.float32(self.per_db or 1)}
        if not self.bins_per_semitone:
            return example
        most = self.params.transpose
        steps = int(rng.integers(-most, most + 1)) if most else 0
        moved = transposed(example, steps, bins_per_semitone=self.bins_per_semitone, silence=self._silence)
        if rng.random() < self.params.detune:
            moved = detuned(moved, int(rng.choice((-1, 1))), silence=self._silence)
        return moved

    def _levelled(self, features: NDArray[Any], rng: Any) -> NDArray[Any]:
        """Levels in dB as another microphone in another room would have heard them, none below silence."""
        if not self.per_db:
            return features
        found = coloured(features, rng, deviation=self.params.colour, low=-self.params.softer, high=self.params.louder)
        if rng.random() < self.params.noise:
            found = raised(found, rng)
        return np.maximum(found, np.float32(self._silence))
