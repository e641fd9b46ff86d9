"""Tunings: how far the strings of a piano are from where its samples were tuned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import N_KEYS
from mir_models.option_ranges import check_amounts

CENTRE = 48
"""The key that a stretched tuning leaves as it is, counted from A0: A4."""
LIMITS = {"detuning": 25.0, "stretch": 50.0, "unison": 50.0}
"""Largest values of settings in cents: keys further away are taken for their neighbours."""


@dataclass(frozen=True)
class Params:
    """How much the tunings of a piano differ; 0: all as it was sampled.

    Attributes
    ----------
    detuning : float
        Standard deviation of a key in cents.
    stretch : float
        Largest deviation of the outermost keys in cents; drawn uniformly from minus to plus this, upwards in the
        treble where it is downwards in the bass.
    unison : float
        Standard deviation in cents of the strings of a key from each other.
    """

    detuning: float = 1.0
    stretch: float = 2.0
    unison: float = 0.5

    def __post_init__(self) -> None:
        check_amounts(self, LIMITS)


@dataclass(frozen=True, eq=False)
class Tuning:
    """Deviations from the tuning of the samples.

    Attributes
    ----------
    cents : (88,) float64
        Of every key.
    unison : (88,) float64
        Cents between two strings of every key, which lie on either side of it.
    """

    cents: NDArray[np.float64]
    unison: NDArray[np.float64]


def random_tuning(params: Params, rng: np.random.Generator) -> Tuning:
    """A tuning: every key deviates by itself, and octaves are stretched along a cubic curve through A4.

    Tuners stretch them along such a curve (O. L. Railsback 1938, JASA 9, 274).
    """
    position = (np.arange(N_KEYS) - CENTRE) / CENTRE
    stretched = rng.uniform(-params.stretch, params.stretch) * position**3
    cents = stretched + rng.normal(0.0, params.detuning, N_KEYS)
    return Tuning(cents, np.abs(rng.normal(0.0, params.unison, N_KEYS)))
