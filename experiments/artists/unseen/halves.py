"""Halves of the artists: those that a network is trained on, and those that the probes classify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.artists.plan import UnseenPlan
from mir_models.errors import MirlitonError

FEWEST = 4
"""Artists with enough tracks: two for each half."""


@dataclass(frozen=True)
class Half:
    """Tracks of disjoint artists.

    Attributes
    ----------
    train, probed : tuple of str
        Those that the network is trained on, and those that the probes classify.
    """

    train: tuple[str, ...]
    probed: tuple[str, ...]


def halves(artists: Mapping[str, str], plan: UnseenPlan, seed: int) -> list[Half]:
    """Both halves of a seed.

    Parameters
    ----------
    artists : mapping
        Artist by track.

    Raises
    ------
    MirlitonError
        Where fewer than four artists have enough tracks.
    """
    counts, needed = Counter(artists.values()), max(plan.at_least, plan.folds)
    enough = sorted(artist for artist, n in counts.items() if n >= needed)
    if len(enough) < FEWEST:
        remedy = "give a corpus with more of them, or a smaller --at-least or --folds"
        raise MirlitonError(f"{FEWEST} artists of {needed} tracks", received=dict(counts), remedy=remedy)
    drawn = np.random.default_rng(seed).permutation(enough)
    sides = [set(drawn[: len(drawn) // 2]), set(drawn[len(drawn) // 2 :])]
    return [_half(artists, side) for side in sides]


def _half(artists: Mapping[str, str], probed: set[str]) -> Half:
    tracks = sorted(artists)
    return Half(
        tuple(track for track in tracks if artists[track] not in probed),
        tuple(track for track in tracks if artists[track] in probed),
    )
