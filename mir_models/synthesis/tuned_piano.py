"""A sampled piano in one tuning: the sounds of its keys, resampled to their pitch when they are first played."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import LOWEST_PITCH
from mir_models.resampling import resample
from mir_models.synthesis.sampled_piano import SampledPiano, Zone
from mir_models.synthesis.string_resonance import impulse_response
from mir_models.synthesis.tuning import Tuning

LENGTHS = (1.5, 3.0, 6.0, math.inf)
"""Seconds of a sound that are resampled: the first of these that hold what is played of it."""
HIGHEST_CUTOFF = 0.49
"""Of the sampling rate: a filter is designed below half of it only."""
MARGIN = 0.02
"""Seconds more than that, in which the resampling filter ends."""


class TunedPiano:
    """The sounds of a piano at one sampling rate.

    Parameters
    ----------
    piano : SampledPiano
    tuning : Tuning
    sr : int
        Sampling rate of the sounds in Hz.
    """

    def __init__(self, piano: SampledPiano, tuning: Tuning, sr: int) -> None:
        self.piano, self.tuning, self.sr = piano, tuning, sr
        self._sounds: dict[tuple[int, int], tuple[float, NDArray[np.float32]]] = {}
        self._zones: dict[tuple[int, int], int] = {}

    @cached_property
    def string_response(self) -> NDArray[np.float32]:
        """The impulse response of its strings without dampers; see `mir_models.synthesis.string_resonance`."""
        return impulse_response(self.tuning.cents, self.sr, np.random.default_rng(0))

    def zone(self, key: int, velocity: int) -> Zone:
        """The zone that is played for a key at a velocity."""
        return self.piano.zones[self._zone_number(key, velocity)]

    def sound(self, key: int, velocity: int, seconds: float) -> NDArray[np.float32]:
        """(n_samples,) of a key, of `seconds` at least unless the recording is shorter, with its gain."""
        number = self._zone_number(key, velocity)
        held, y = self._sounds.get((key, number), (0.0, None))
        if y is None or held < seconds:
            held = next(length for length in LENGTHS if length >= seconds)
            y = self._strings(key, self.piano.zones[number], held)
            self._sounds[key, number] = held, y
        return y

    def _strings(self, key: int, zone: Zone, seconds: float) -> NDArray[np.float32]:
        """The first `seconds` of a key: its recording, or half of it for each of two strings."""
        cents, unison = (float(each[key - LOWEST_PITCH]) for each in (self.tuning.cents, self.tuning.unison))
        if not unison:
            return _at_pitch(zone, key, cents, seconds, self.sr)
        one, other = (_at_pitch(zone, key, cents + sign * unison / 2, seconds, self.sr) for sign in (-1, 1))
        n = min(len(one), len(other))
        return np.float32(0.5) * (one[:n] + other[:n])

    def _zone_number(self, key: int, velocity: int) -> int:
        if (key, velocity) not in self._zones:
            self._zones[key, velocity] = self.piano.zone_number(key, velocity)
        return self._zones[key, velocity]


def _at_pitch(zone: Zone, key: int, cents: float, seconds: float, sr: int) -> NDArray[np.float32]:
    """The first `seconds` of a zone's recording at the pitch of a key."""
    ratio = 2 ** ((key - zone.root_key + (zone.cents + cents) / 100) / 12)
    cut = zone.y if math.isinf(seconds) else zone.y[: math.ceil((seconds + MARGIN) * ratio * zone.sr)]
    y = resample(cut, zone.sr * ratio, sr) * np.float32(10 ** (zone.gain / 20))
    # A filter near half of the rate or above it has nothing to take away.
    return _lowpassed(y, zone.lowpass, sr) if zone.lowpass and zone.lowpass < HIGHEST_CUTOFF * sr else y


def _lowpassed(y: NDArray[np.float32], cutoff: float, sr: int) -> NDArray[np.float32]:
    """`y` through a Butterworth filter of second order, as SoundFonts' filter is without resonance."""
    from scipy import signal

    return np.asarray(signal.sosfilt(signal.butter(2, cutoff, fs=sr, output="sos"), y), dtype=np.float32)
