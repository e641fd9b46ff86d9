"""Artist recognition: whose recording it is.

A proxy task: what tells artists apart, timbre, production, harmony, tells other things as well, so the features it
teaches transfer. Splits keep songs or albums apart: within an album every song has the same sound, and a network
can learn the album instead of the artist.
The rest is :mod:`mir_models.inference.classification`.
"""

from __future__ import annotations

from mir_models.inference.classification import BASELINE_FEATURES, fields, losses, monitor, targets, validate, weights

NAME = "artist_recognition"
KIND = "classes"
LABELS = "artist"
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
