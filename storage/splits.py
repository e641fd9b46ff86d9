"""Split rules: which part of a dataset a work belongs to, decided by its name alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

DEFAULT_SHARES = {"test": 0.15, "validation": 0.15}
"""Of the works of a corpus without official splits; the rest is train."""


def by_hash(work: str, shares: Mapping[str, float], *, seed: int) -> str:
    """The split of a work: a growing dataset never moves a work from one split to another.

    Parameters
    ----------
    work : str
        The group that stays together.
    shares : mapping
        Share of the works in each split but train.
    seed : int

    Returns
    -------
    str
        A key of `shares`, or ``"train"``.
    """
    digest = hashlib.sha256(f"{seed}\0{work}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    for split, share in shares.items():
        if position < share:
            return split
        position -= share
    return "train"
