"""Genre recognition: which of the genres of its corpus a track has.

Genres are the labels of the corpus, one per track, and no more reliable than the agreement of listeners (about 90 %
with the corpus' own labels when they label it again). Tracks of one artist sound alike, so splits keep artists apart.
Targets, losses and scores are those of :mod:`mir_models.inference.classification`.
"""

from __future__ import annotations

from mir_models.tasks._classification import *  # noqa: F403 (its __all__ is the rest of the task)

NAME = "genre_recognition"
LABELS = "genre"
VERSION = 2
