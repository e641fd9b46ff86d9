"""The samples of a piano: recorded notes, each for a range of keys and velocities, as SoundFonts and SFZ have them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, ParameterError
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS

HIGHEST = 127
"""Of MIDI's keys and velocities."""
MOST_CENTS = 1200.0
"""By which a sample is out of tune at most; from there on its root key is wrong."""
MOST_DECIBELS = 100.0
RELEASES = (0.001, 100.0)
"""Seconds between which a release is."""
LOWEST_CUTOFF = 10.0
"""Hz."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Region:
    """Where a recorded note is played, and how.

    Attributes
    ----------
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

    Raises
    ------
    ParameterError
        When a range is not from low to high, or a number is not finite or far from what pianos have.
    """

    root_key: int
    keys: tuple[int, int]
    velocities: tuple[int, int]
    cents: float = 0.0
    gain: float = 0.0
    release: float = 0.3
    lowpass: float | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in (("keys", self.keys), ("velocities", self.velocities)):
            _check(0 <= low <= high <= HIGHEST, f"{name} from low to high, 0 to {HIGHEST}", f"{low} to {high}")
        _check(0 <= self.root_key <= HIGHEST, f"a root key from 0 to {HIGHEST}", self.root_key)
        _check(abs(self.cents) <= MOST_CENTS, f"a tuning of ±{MOST_CENTS:g} cents at most", self.cents)
        _check(abs(self.gain) <= MOST_DECIBELS, f"a gain of ±{MOST_DECIBELS:g} dB at most", self.gain)
        least, most = RELEASES
        _check(least <= self.release <= most, f"a release of {least:g} to {most:g} s", self.release)
        is_audible = self.lowpass is None or LOWEST_CUTOFF <= self.lowpass < np.inf
        _check(is_audible, f"a low-pass filter from {LOWEST_CUTOFF:g} Hz on, or none", self.lowpass)

    def covers(self, key: int, velocity: int) -> bool:
        """Whether it is played for this key at this velocity."""
        return self.keys[0] <= key <= self.keys[1] and self.velocities[0] <= velocity <= self.velocities[1]


@dataclass(frozen=True, eq=False, kw_only=True)
class Zone(Region):
    """A recorded note and where it is played.

    Attributes
    ----------
    y : (n_samples,) float32
        From the hammer's stroke on.
    sr : int
        Sampling rate in Hz.
    """

    y: NDArray[np.float32]
    sr: int


@dataclass(frozen=True, eq=False)
class SampledPiano:
    """The zones of a piano, and its name."""

    name: str
    zones: tuple[Zone, ...]

    def zone_number(self, key: int, velocity: int) -> int:
        """The index of the zone that is played for a key at a velocity, the first of several.

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


def uncovered(regions: Iterable[Region]) -> NDArray[np.int64]:
    """(n, 2) keys of the piano and velocities from 1 on for which none of some regions is played, in order."""
    is_covered = np.zeros((HIGHEST + 1, HIGHEST + 1), dtype=bool)
    for each in regions:
        is_covered[each.keys[0] : each.keys[1] + 1, each.velocities[0] : each.velocities[1] + 1] = True
    gaps = np.argwhere(~is_covered[LOWEST_PITCH : LOWEST_PITCH + N_KEYS, 1:])
    return gaps + np.array([LOWEST_PITCH, 1])


def _check(is_valid: bool, expected: str, received: object) -> None:
    if not is_valid:
        raise ParameterError(expected, received=received, remedy="correct the sample")
