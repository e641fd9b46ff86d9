"""Variants of a recording: a chain of augmentations, each of which is applied or not by chance.

The order of the chain is that of the sound's way: the instrument, the tempo, the microphone, the room, the noise. At
least one of them is applied.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation.waveform import (
    AUGMENTATIONS,
    detuning,
    equaliser,
    noise,
    pitch_shift,
    reverb,
    time_stretch,
)
from mir_models.errors import MirlitonError
from mir_models.notes.time_map import TimeMap

VERSION = 1


@dataclass(frozen=True)
class Params:
    """How variants are made.

    Attributes
    ----------
    chain : str
        Names of `mir_models.augmentation.waveform.AUGMENTATIONS`, with commas, in the order of application. By default
        those that keep notes true.
    share : float in (0, 1]
        Probability with which each of the chain is applied.
    sr : int
        Sampling rate in Hz at which variants are kept: a feature hears nothing of them above half of it.
    seed : int
        Of all that is drawn.
    detuning, pitch_shift, time_stretch, equaliser, reverb, noise : Params of these augmentations
    """

    chain: str = "detuning,time_stretch,equaliser,reverb,noise"
    share: float = 0.5
    sr: int = 22050
    seed: int = 0
    detuning: detuning.Params = field(default_factory=detuning.Params)
    pitch_shift: pitch_shift.Params = field(default_factory=pitch_shift.Params)
    time_stretch: time_stretch.Params = field(default_factory=time_stretch.Params)
    equaliser: equaliser.Params = field(default_factory=equaliser.Params)
    reverb: reverb.Params = field(default_factory=reverb.Params)
    noise: noise.Params = field(default_factory=noise.Params)

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise MirlitonError("share in (0, 1]", received=self.share, remedy="give, e.g., 0.5")
        if not 4000 <= self.sr <= 192000:
            raise MirlitonError("a sampling rate in Hz", received=self.sr, remedy="give, e.g., 22050")
        for name in self.names:
            AUGMENTATIONS.get(name)

    @property
    def names(self) -> list[str]:
        """The augmentations of the chain."""
        return [name.strip() for name in self.chain.split(",")]

    @property
    def versions(self) -> dict[str, int]:
        """Version by augmentation of the chain: with these parameters, what a variant depends on."""
        return {name: AUGMENTATIONS.get(name).VERSION for name in self.names}


@dataclass(frozen=True, eq=False)
class Variant:
    """What became of a recording.

    Attributes
    ----------
    y : (n_samples,) float32
    time_map : TimeMap
        From the time of the recording to that of the variant.
    applied : tuple of str
        Names of the augmentations that were applied, in order.
    """

    y: NDArray[np.float32]
    time_map: TimeMap
    applied: tuple[str, ...]


def vary(y: NDArray[np.float32], sr: int, params: Params, rng: np.random.Generator) -> Variant:
    """One variant of `y`, (n_samples,) at `sr` Hz; the rate stays."""
    chosen = rng.random(len(params.names)) < params.share
    chosen[rng.integers(len(chosen))] |= not chosen.any()
    applied = tuple(name for name, wanted in zip(params.names, chosen, strict=True) if wanted)
    time_map = TimeMap.shift(0.0)
    for name in applied:
        y, moved = AUGMENTATIONS.get(name).augment(y, sr, getattr(params, name), rng)
        time_map = time_map.then(moved)
    return Variant(y, time_map, applied)
