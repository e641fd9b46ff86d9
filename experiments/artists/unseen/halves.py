"""Halves: which artists a network learns from, and which are told apart by what it says of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from experiments.artists.unseen.plan import Plan
from mir_models.errors import MirlitonError

FEWEST = 4
"""Artists to be asked: two for each half."""


@dataclass(frozen=True)
class Half:
    """Tracks of disjoint artists.

    Attributes
    ----------
    learnt, asked : tuple of str
    """

    learnt: tuple[str, ...]
    asked: tuple[str, ...]


def halves(artists: dict[str, str], plan: Plan, seed: int) -> list[Half]:
    """Both halves of a seed.

    Parameters
    ----------
    artists : dict
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


def _half(artists: dict[str, str], asked: set[str]) -> Half:
    tracks = sorted(artists)
    return Half(
        tuple(track for track in tracks if artists[track] not in asked),
        tuple(track for track in tracks if artists[track] in asked),
    )
