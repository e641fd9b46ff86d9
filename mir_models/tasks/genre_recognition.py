"""Genre recognition: which of the corpus' genres a track is.

Genres are what a corpus says they are: its words, one per track, and no more agreed upon than people agree (about
90 % with the corpus on a second hearing). Tracks of one artist sound alike, so splits keep artists apart.
The rest is :mod:`mir_models.inference.classification`.
"""

from __future__ import annotations

from mir_models.inference.classification import BASELINE_FEATURES, fields, losses, monitor, targets, validate, weights

NAME = "genre_recognition"
KIND = "classes"
LABELS = "genre"
VERSION = 2

__all__ = [
    "BASELINE_FEATURES",
    "KIND",
    "LABELS",
    "NAME",
    "VERSION",
    "fields",
    "losses",
    "monitor",
    "targets",
    "validate",
    "weights",
]
