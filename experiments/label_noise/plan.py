"""Music, network and training of the label noise experiment: every number of the experiment, once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

REACHES = {"regressed": 2, "regressed wide": 5}
"""Frames on either side of an onset, by kind of regressed target."""
KINDS = ("frame", "onset", "softened", *REACHES)
"""The kinds of target, each a head of the network."""
TOLERANCES = (0.05, 0.025, 0.01)
"""Seconds between the onsets of matching notes; thresholds are chosen for the first."""
VERSION = 1
"""Raised when the same plan would give other results."""


@dataclass(frozen=True)
class Plan:
    """The experiment.

    Attributes
    ----------
    jitters : tuple of float
        Seconds by which a label is wrong at most.
    seeds : int
        Trainings per jitter: 0, 1, …; of noise, initial weights, dropout and the order of shards.
    hours : float
        Training music.
    train_seconds, seconds : float
        Beginning of a recording that is used: for training, and for validation and test.
    n_validation, n_test : int
        Recordings at most.
    epochs, batch_size : int
    learning_rate : float
        At the beginning; it falls to 0 along a quarter of a cosine's period.
    filters, width, units : int
        Of the network.
    """

    jitters: tuple[float, ...] = (0.0, 0.01, 0.025, 0.05, 0.1)
    seeds: int = 3
    hours: float = 1.0
    train_seconds: float = 120.0
    seconds: float = 60.0
    n_validation: int = 8
    n_test: int = 24
    epochs: int = 8
    batch_size: int = 4
    learning_rate: float = 3e-3
    filters: int = 8
    width: int = 96
    units: int = 64

    @property
    def music_digest(self) -> str:
        """Changes with the recordings and their parts that are used."""
        return _digest([self.hours, self.train_seconds, self.seconds, self.n_validation, self.n_test])

    @property
    def digest(self) -> str:
        """Changes with everything but the jitters and the number of seeds: more of those add results."""
        settings = asdict(self)
        del settings["jitters"], settings["seeds"]
        return _digest([settings, REACHES, TOLERANCES, VERSION])


def _digest(values: object) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]
