"""Augmentation of waveforms: the same music on another piano, in another room, through another microphone.

An entry satisfies :class:`WaveformAugmentation`. Labels go through the time map of its result as through that of an
alignment.

``background``: noise of a room, hum of the mains, bursts
``codec``: a lossy codec at a low rate, by quantisation of a cosine transform
``compression``: a dynamic range compressor, and soft clipping
``detuning``: a piano tuned higher or lower, by resampling
``equaliser``: another microphone or loudspeaker, by a smooth minimum-phase filter
``gain``: another level of the peak
``microphone``: an uneven curve with limits at both ends, and noise of its own
``noise``: stationary white, pink or brown noise
``pitch_shift``: other pitches in the same tempo, by a phase vocoder
``reverb``: a room, by an exponentially decaying impulse response
``room``: a rectangular room, by image sources and decaying noise, where piano and microphones stand in it
``time_stretch``: another tempo at the same pitches, by overlap-add
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from mir_models.augmentation.waveform._types import Audio, Augmented
from mir_models.errors import ParameterError
from mir_models.registry import Registry

__all__ = ["AUGMENTATIONS", "Audio", "Augmented", "WaveformAugmentation", "check_label_kept"]


class WaveformAugmentation(Protocol):
    """What a module of this package has.

    Attributes
    ----------
    NAME : str
    VERSION : int
        Raised when `augment` changes its output.
    """

    NAME: str
    VERSION: int

    @property
    def INVALIDATES(self) -> tuple[str, ...]:
        """Label kinds that are wrong after it: ``"notes"`` where other keys sound than before."""

    @property
    def Params(self) -> type[Any]:
        """The class of its settings, a frozen dataclass: the range from which the strength is drawn."""

    def augment(self, y: Audio, sr: int, params: Any, rng: np.random.Generator, /) -> Augmented:
        """Augmented audio, with a strength drawn from the range of `params`.

        Parameters
        ----------
        y : (n_samples,) float32
            Mono, full scale at ±1.
        sr : int
            Sampling rate in Hz.
        params : Params
            Of the module.
        rng : numpy.random.Generator

        Returns
        -------
        y : (n_samples',) float32
            At `sr`, full scale at ±1.
        time_map : TimeMap
            From the time of the original to that of the result.
        """


AUGMENTATIONS: Registry[WaveformAugmentation] = Registry(
    "mir_models.augmentation.waveform", "augmentation of waveforms"
)


def check_label_kept(chain: Sequence[str], label: str) -> None:
    """Check that labels of a kind stay true under a chain of augmentations.

    Raises
    ------
    ParameterError
        With the names of those that invalidate them.
    """
    wrong = [name for name in chain if label in AUGMENTATIONS.get(name).INVALIDATES]
    if wrong:
        kept = ",".join(name for name in chain if name not in wrong)
        remedy = f"register the dataset with variants whose augmentation.chain is {kept or 'another one'}, or with none"
        raise ParameterError(f"variants that keep {label}", received=", ".join(wrong), remedy=remedy)
