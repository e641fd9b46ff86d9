"""Variants of a recording: a chain of augmentations of its waveform, each applied with some probability.

The order of the chain is that of the signal path: the instrument, the tempo, the microphone, the room, the noise. At
least one of them is applied. Whole settings have names (`PRESETS`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation._params import check_param
from mir_models.augmentation.waveform import (
    AUGMENTATIONS,
    background,
    codec,
    compression,
    detuning,
    equaliser,
    gain,
    microphone,
    noise,
    pitch_shift,
    reverb,
    room,
    time_stretch,
)
from mir_models.errors import ParameterError
from mir_models.notes.time_map import TimeMap
from mir_models.similar_names import suggestion

VERSION = 1
ADDED_LATER = ("background", "codec", "compression", "gain", "microphone", "room")
"""Augmentations whose settings are no part of a variant made without them: older variants stay what they are."""


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
        Sampling rate in Hz at which variants are stored: they have no content above half of it.
    seed : int
        Of all that is drawn.
    detuning, pitch_shift, time_stretch, equaliser, reverb, noise : Params of these augmentations
    room, background, microphone, compression, codec, gain : Params of these augmentations
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
    room: room.Params = field(default_factory=room.Params)
    background: background.Params = field(default_factory=background.Params)
    microphone: microphone.Params = field(default_factory=microphone.Params)
    compression: compression.Params = field(default_factory=compression.Params)
    codec: codec.Params = field(default_factory=codec.Params)
    gain: gain.Params = field(default_factory=gain.Params)

    def __post_init__(self) -> None:
        check_param(0 < self.share <= 1, "share in (0, 1]", received=self.share, remedy="give, e.g., 0.5")
        is_rate = 4000 <= self.sr <= 192000
        check_param(is_rate, "a sampling rate in Hz", received=self.sr, remedy="give, e.g., 22050")
        for name in self.names:
            AUGMENTATIONS.get(name)

    @property
    def names(self) -> list[str]:
        """The augmentations of the chain."""
        return [name.strip() for name in self.chain.split(",")]

    @property
    def versions(self) -> dict[str, int]:
        """Version by augmentation of the chain; a variant depends on them and on these parameters."""
        return {name: AUGMENTATIONS.get(name).VERSION for name in self.names}

    @property
    def ingredients(self) -> dict[str, Any]:
        """What a variant is made with: all settings but those of augmentations `ADDED_LATER` outside of the chain."""
        unused = set(ADDED_LATER) - set(self.names)
        return {"is": "Params", **{name: value for name, value in asdict(self).items() if name not in unused}}


DEFAULT = "default"
PRESETS = {
    DEFAULT: Params(),
    "real_rooms": Params(chain="detuning,room,background,microphone,compression,codec,gain", share=0.7),
}
"""Settings by name. ``real_rooms``: a rendered piano as if it stood in a room, was recorded there and written too loud
or too soft; each of the chain is left out in three of ten variants."""


def preset(name: str) -> Params:
    """The settings of a name; raises `ParameterError` for an unknown one."""
    if name not in PRESETS:
        remedy = f"{suggestion(name, PRESETS)}choose one of {', '.join(PRESETS)}"
        raise ParameterError("a known preset of variants", received=repr(name), remedy=remedy)
    return PRESETS[name]


@dataclass(frozen=True, eq=False)
class Variant:
    """An augmented recording.

    Attributes
    ----------
    y : (n_samples,) float32
        Mono, at the rate of the recording.
    time_map : TimeMap
        From the time of the recording to that of the variant.
    applied : tuple of str
        Names of the augmentations that were applied, in order.
    """

    y: NDArray[np.float32]
    time_map: TimeMap
    applied: tuple[str, ...]


def vary(y: NDArray[np.float32], sr: int, params: Params, rng: np.random.Generator) -> Variant:
    """One variant of a recording.

    Parameters
    ----------
    y : (n_samples,) float32
        Mono, full scale at ±1.
    sr : int
        Sampling rate in Hz of `y` and of the variant.
    params : Params
    rng : numpy.random.Generator
    """
    chosen = rng.random(len(params.names)) < params.share
    chosen[rng.integers(len(chosen))] |= not chosen.any()
    applied = tuple(name for name, is_chosen in zip(params.names, chosen, strict=True) if is_chosen)
    time_map = TimeMap.shift(0.0)
    for name in applied:
        y, next_map = AUGMENTATIONS.get(name).augment(y, sr, getattr(params, name), rng)
        time_map = time_map.then(next_map)
    return Variant(y, time_map, applied)
