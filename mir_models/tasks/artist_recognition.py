"""Artist recognition: which artist recorded a track.

A proxy task: what separates artists (timbre, production, harmony) separates other classes as well, so features trained
on it transfer. Splits keep songs or albums apart: within an album every song has the same sound, and a network can fit
the album instead of the artist. Targets, losses and scores are those of :mod:`mir_models.inference.classification`.
"""

from __future__ import annotations

from mir_models.tasks._classification import *  # noqa: F403 (its __all__ is the rest of the task)

NAME = "artist_recognition"
LABELS = "artist"
VERSION = 2
