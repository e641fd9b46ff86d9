"""The samples of a piano: recorded notes, each for a range of keys and velocities, as SoundFonts and SFZ have them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, ParameterError


@dataclass(frozen=True, eq=False)
class Zone:
    """A recorded note and where it is played.

    Attributes
    ----------
    y : (n_samples,) float32
        From the hammer's stroke on.
    sr : int
        Sampling rate in Hz.
    root_key : int
        The MIDI number of the note.
    keys, velocities : tuple of int
        Lowest and highest that it is played for.
    cents : float
        Added to the played pitch.
    gain : float
        Decibels.
    release : float
        Seconds in which the sound falls by 100 dB once the strings are damped (as in SoundFonts).
    lowpass : float or None
        Cut-off frequency in Hz.
    """

    y: NDArray[np.float32]
    sr: int
    root_key: int
    keys: tuple[int, int]
    velocities: tuple[int, int]
    cents: float = 0.0
    gain: float = 0.0
    release: float = 0.3
    lowpass: float | None = None

    def __post_init__(self) -> None:
        is_ordered = self.keys[0] <= self.keys[1] and self.velocities[0] <= self.velocities[1]
        numbers = (self.cents, self.gain, self.release, self.lowpass or 1.0)
        if not (is_ordered and all(map(math.isfinite, numbers)) and self.release > 0 and (self.lowpass or 1.0) > 0):
            received = f"keys {self.keys}, velocities {self.velocities}, release {self.release}, lowpass {self.lowpass}"
            expected = "ranges from low to high, finite cents and gain, release and lowpass above 0"
            raise ParameterError(expected, received=received, remedy="correct this line of the table of samples")

    def covers(self, key: int, velocity: int) -> bool:
        """Whether the zone is played for this key at this velocity."""
        return self.keys[0] <= key <= self.keys[1] and self.velocities[0] <= velocity <= self.velocities[1]


@dataclass(frozen=True, eq=False)
class SampledPiano:
    """The zones of a piano, and its name."""

    name: str
    zones: tuple[Zone, ...]

    def zone_number(self, key: int, velocity: int) -> int:
        """The index of the zone that is played for a key at a velocity.

        Raises
        ------
        MirlitonError
            When there is none.
        """
        for number, zone in enumerate(self.zones):
            if zone.covers(key, velocity):
                return number
        expected, remedy = f"samples of {self.name} for every key and velocity", "complete its table of samples"
        raise MirlitonError(expected, received=f"none for key {key}, velocity {velocity}", remedy=remedy)
