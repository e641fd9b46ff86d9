"""The x-vector network of :mod:`mir_models.architectures.x_vector`, for genres.

The same network, training and augmentation, none of which makes a genre false. Its preset is `log_mel`, with twice as
many frames per second as the input of the reference networks for genres.
"""

from __future__ import annotations

from mir_models.architectures.x_vector import (
    AUGMENTATION,
    FEATURE,
    HEADS,
    SEARCH_SPACE,
    TRAINING,
    VERSION,
    WINDOW,
    Params,
    build,
)

NAME = "x_vector_genre"
TASK = "genre_recognition"

__all__ = [
    "AUGMENTATION",
    "FEATURE",
    "HEADS",
    "NAME",
    "SEARCH_SPACE",
    "TASK",
    "TRAINING",
    "VERSION",
    "WINDOW",
    "Params",
    "build",
]
