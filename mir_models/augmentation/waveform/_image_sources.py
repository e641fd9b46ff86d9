"""Early reflections in a rectangular room, by image sources.

Every wall mirrors the source, and the images again [1]_. The reflections of an image are as many as the walls between
it and the microphone. Images are moved by a few centimetres: those of exact right angles would arrive in sweeps that no
furnished room has [2]_.

.. [1] J. B. Allen and D. A. Berkley, "Image method for efficiently simulating small-room acoustics", JASA 65(4), 1979.
.. [2] E. De Sena, N. Antonello, M. Moonen and T. van Waterschoot, "On the modeling of rectangular geometries in room
   acoustic simulations", IEEE/ACM TASLP 23(4), 2015.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REACH = 3
"""Rooms in every direction in which images are computed: all that arrive before `Room.mixing_time` are within."""
LARGEST_MOVE = 0.08
"""Metres."""

Points = NDArray[np.float64]
"""(..., 3) metres from a corner of the room."""


@dataclass(frozen=True, eq=False)
class Images:
    """The images of a source as one microphone gets them.

    Attributes
    ----------
    distances : (n_images,) float64
        Metres to the microphone.
    orders : (n_images,) int64
        Reflections on the way; 0 is the source itself.
    """

    distances: NDArray[np.float64]
    orders: NDArray[np.int64]


def image_sources(size: Points, source: Points, microphone: Points, rng: np.random.Generator) -> Images:
    """The source and its images within `REACH` rooms, for one microphone; the source itself is first.

    Parameters
    ----------
    size : (3,) float64
        Metres.
    source, microphone : (3,) float64
    rng : numpy.random.Generator
        Of the moves of the images.
    """
    rooms = np.stack(np.meshgrid(*[np.arange(-REACH, REACH + 1)] * 3, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    mirrored = np.stack(np.meshgrid(*[[0, 1]] * 3, indexing="ij"), axis=-1).reshape(1, -1, 3)
    places = (2 * rooms * size + (1 - 2 * mirrored) * source).reshape(-1, 3)
    orders = (np.abs(rooms - mirrored) + np.abs(rooms)).sum(axis=-1).ravel()
    places[orders > 0] += rng.uniform(-LARGEST_MOVE, LARGEST_MOVE, (np.count_nonzero(orders), 3))
    by_order = np.argsort(orders, kind="stable")
    return Images(np.linalg.norm(places - microphone, axis=1)[by_order], orders[by_order])
