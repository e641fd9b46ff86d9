"""Augmentation of training examples on the fly: spectrum and piano rolls change together.

Examples are stacked: ``features`` (n, n_frames, n_bins), ``mask`` (n, n_frames) and piano rolls (n, n_frames, 88).
Every example is changed by draws of its own, and all draws of a batch come from one generator. Functions take levels
in dB; an `Augmentation` converts them from the unit of its feature. Those that change levels only do so in place, on
arrays of the augmentation's own. Those that move pitch suit features whose bins are equally spaced in it (a constant-Q
transform).

``colour``: gain and a smooth curve over the bins
``mask``: bands of bins and stretches of frames set to silence (SpecAugment)
``mix``: the sum of two examples
``mixup``: the weighted mean of two examples
``noise_floor``: a noise floor
``pitch_shift``: transposition by semitones, detuning by bins
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation._params import check_param
from mir_models.augmentation.spectrum.colour import colour_levels
from mir_models.augmentation.spectrum.mask import mask_bands_and_frames
from mir_models.augmentation.spectrum.mix import mix_examples
from mir_models.augmentation.spectrum.mixup import average_examples
from mir_models.augmentation.spectrum.noise_floor import add_noise_floors
from mir_models.augmentation.spectrum.pitch_shift import detune_examples, transpose_examples
from mir_models.examples.gathering import Arrays
from mir_models.features import FeatureParams
from mir_models.setting_types import Amount, Share, WholeAmount, check_settings

__all__ = ["Augmentation", "Params", "check_label_kept", "colour", "mask", "mix", "mixup", "noise_floor", "pitch_shift"]

VERSION = 4
KEEPS = {
    "transpose": ("notes", "genre", "artist", "album", "composer", "instrument"),
    "detune": ("notes", "genre", "artist", "album", "composer", "instrument", "key", "tempo"),
    "mix": ("notes",),
    "mixup": ("genre", "artist", "album", "composer", "instrument", "key", "tempo"),
}
"""Label kinds that stay true, or change with the spectrum, by name of the setting; one that is not here keeps all. A
transposed piece has another key, and two pieces at once have the notes of both but the class of neither.
"""
LEVELS = ("softer", "louder", "colour", "noise", "mix")
"""Settings in decibels: they need a feature whose bins are levels."""
BINS_TO_DETUNE = 3
"""Bins per semitone at least; a bin of fewer is half a semitone or more."""


@dataclass(frozen=True)
class Params:
    """How examples are changed; all zero: no augmentation.

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
        Share of examples to which a noise floor is added.
    mask : float in [0, 1]
        Share of examples with a band of bins and a stretch of frames muted (Park et al., "SpecAugment", 2019).
    mix : float in [0, 1]
        Share of examples to which another one is added, with the notes of both.
    mixup : float in [0, 1]
        Share of examples that are averaged with another one, features and class.
    """

    transpose: WholeAmount = 0
    detune: Share = 0.0
    softer: Amount = 0.0
    louder: Amount = 0.0
    colour: Amount = 0.0
    noise: Share = 0.0
    mask: Share = 0.0
    mix: Share = 0.0
    mixup: Share = 0.0

    def __post_init__(self) -> None:
        check_settings(self)


def check_label_kept(params: Params, label: str) -> None:
    """Check that labels of a kind stay true under an augmentation.

    Raises
    ------
    ParameterError
        With the names of the settings that invalidate them.
    """
    wrong = [name for name, kept in KEEPS.items() if getattr(params, name) and label not in kept]
    remedy = " ".join(f"--set augmentation.{name}=0" for name in wrong)
    check_param(not wrong, f"changes that keep {label}", received=", ".join(wrong), remedy=remedy)


@dataclass(frozen=True)
class Augmentation:
    """Augmentation of examples of one feature.

    Attributes
    ----------
    params : Params
    bins_per_semitone : int
        Of the feature; 0 where its bins are not spaced by pitch.
    silence : float
        Value of a bin in silence, in the feature's unit.
    per_db : float
        Units of the feature per decibel: 1 of decibels, 0 of a feature without levels.

    Raises
    ------
    ParameterError
        When a setting needs semitones or levels that the feature does not have.
    """

    params: Params
    bins_per_semitone: int
    silence: float
    per_db: float = 1.0

    def __post_init__(self) -> None:
        check_param(
            not self.params.transpose or self.bins_per_semitone > 0,
            "a feature with bins per semitone, to transpose",
            received="one without",
            remedy="set augmentation.transpose=0, or train a network whose input is a constant-Q transform",
        )
        check_param(
            not self.params.detune or self.bins_per_semitone >= BINS_TO_DETUNE,
            f"a feature with {BINS_TO_DETUNE} bins per semitone or more, to detune examples",
            received=f"one with {self.bins_per_semitone}",
            remedy="set augmentation.detune=0, or train a network whose input is cqt_36",
        )
        used = [name for name in LEVELS if getattr(self.params, name)]
        remedy = " ".join(f"--set augmentation.{name}=0" for name in used)
        received = f"one without, and {', '.join(used)}"
        check_param(not used or self.per_db != 0, "a feature with levels", received=received, remedy=remedy)

    @classmethod
    def for_feature(cls, params: Params, feature: FeatureParams) -> Augmentation:
        """Augmentation of examples of a feature, by the feature's ``Params``."""
        return cls(params, feature.bins_per_semitone, feature.silence, feature.per_db)

    def __call__(
        self,
        examples: Mapping[str, NDArray[Any]],
        another: Callable[[int], Mapping[str, NDArray[Any]]],
        rng: np.random.Generator,
    ) -> Arrays:
        """Augmented copies of the examples of a batch.

        Parameters
        ----------
        examples : mapping
            ``features`` (n, n_frames, n_bins) in the feature's unit, and their targets; not changed.
        another : callable
            Returns so many examples to mix with; called only if some are needed.
        rng : numpy.random.Generator

        Returns
        -------
        dict
            Arrays of the same names, shapes and types.
        """
        changed = self._shift_pitch(examples, rng)
        changed = self._combined(changed, self.params.mix, mix_examples, another, rng)
        changed = self._combined(changed, self.params.mixup, partial(average_examples, rng=rng), another, rng)
        features = changed["features"]
        self._change_levels(features, rng)
        if self.params.mask:
            mask_bands_and_frames(features, self.params.mask, rng, silence=self._silence)
        if self.per_db not in (0, 1):
            features *= np.float32(self.per_db)
        return changed

    @property
    def _silence(self) -> float:
        """Value of a bin in silence, in decibels where bins are levels."""
        return self.silence / (self.per_db or 1)

    def _shift_pitch(self, stored: Mapping[str, NDArray[Any]], rng: np.random.Generator) -> Arrays:
        """Examples in decibels, transposed and detuned; their features are a copy."""
        n, most = len(stored["features"]), self.params.transpose
        examples = {**stored, "features": stored["features"] / np.float32(self.per_db or 1)}
        if most:
            steps = rng.integers(-most, most + 1, n)
            examples = transpose_examples(
                examples, steps, bins_per_semitone=self.bins_per_semitone, silence=self._silence
            )
        if self.params.detune:
            bins = np.where(rng.random(n) < self.params.detune, rng.choice((-1, 1), n), 0)
            examples = detune_examples(examples, bins, silence=self._silence)
        return examples

    def _combined(
        self,
        examples: Arrays,
        share: float,
        combine: Callable[[Arrays, Arrays], Arrays],
        another: Callable[[int], Mapping[str, NDArray[Any]]],
        rng: np.random.Generator,
    ) -> Arrays:
        """Examples of which a share is combined with others."""
        chosen = np.flatnonzero(rng.random(len(examples["features"])) < share)
        if not len(chosen):
            return examples
        others = self._shift_pitch(another(len(chosen)), rng)
        combined = combine({name: array[chosen] for name, array in examples.items()}, others)
        return {name: _replaced(array, chosen, combined[name]) for name, array in examples.items()}

    def _change_levels(self, levels: NDArray[Any], rng: np.random.Generator) -> None:
        """Give levels in dB another gain, colour and noise floor, none below silence, in place."""
        if not self.per_db:
            return
        params = self.params
        if params.colour or params.softer or params.louder:
            colour_levels(levels, rng, deviation=params.colour, low=-params.softer, high=params.louder)
        if params.noise:
            add_noise_floors(levels, params.noise, rng)
        np.maximum(levels, np.float32(self._silence), out=levels)


def _replaced(arrays: NDArray[Any], rows: NDArray[np.int64], by: NDArray[Any]) -> NDArray[Any]:
    """A copy with other rows."""
    copy = arrays.astype(by.dtype)
    copy[rows] = by
    return copy
