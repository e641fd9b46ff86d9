"""A rectangular room: where the piano stands, where the microphones are, and what the walls do.

Volume, proportions and mean absorption are drawn; reverberation time, early reflections and the ratio of direct to
reverberant sound follow from them and from the distance (:mod:`mir_models.augmentation.waveform._room_response`). High
octaves decay faster than middle ones, for air and curtains absorb them; low ones mostly slower. Of a pair of
microphones the sum is recorded, so that the delay of one to the other is a comb filter. The direct sound at the nearest
microphone stays where it is, so no onset moves; a note sounds longer after its offset than its label lasts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation._params import check_ranges
from mir_models.augmentation.levels import within_full_scale
from mir_models.augmentation.waveform._image_sources import Points
from mir_models.augmentation.waveform._octaves import octave_centres
from mir_models.augmentation.waveform._room_response import Room, eyring_time, room_response
from mir_models.augmentation.waveform._types import Audio, Augmented
from mir_models.notes.time_map import TimeMap

NAME = "room"
VERSION = 1
INVALIDATES = ()
PROPORTIONS = ((1.1, 1.9), (1.2, 2.2))
"""Width and length over height are drawn between these."""
SHARES = {"lows": (0.8, 1.5), "mids": (1.0, 1.0), "highs": (0.4, 0.9)}
"""Reverberation time at 63, 500 and 8000 Hz over that of the mean absorption, drawn between these."""
KNOTS_HZ = (63.0, 500.0, 8000.0)
FROM_WALLS = 0.3
"""Metres that piano and microphones keep from the walls."""
PIANO_HEIGHT = 0.9
"""Metres of the soundboard above the floor."""
VOLUMES = (10.0, 1e6)
"""Cubic metres between which rooms are: of smaller ones some have ceilings below the piano and its distance to walls.

In larger ones reflections are later than the image sources reach.
"""
LONGEST = 20.0
"""Seconds of a reverberation."""
NEAREST = 0.05
"""Metres of a microphone from the piano."""
MOST_MICROPHONES = 16


@dataclass(frozen=True)
class Params:
    """Which rooms are drawn, and where in them the microphones are.

    Attributes
    ----------
    smallest, largest : float in [10, 1e6]
        Cubic metres; their logarithm is drawn uniformly between them.
    least_absorption, most_absorption : float in (0, 1)
        Mean share of the energy that the walls keep at 500 Hz, likewise.
    longest : float in (0, 20]
        Seconds in which the reverberation at 500 Hz falls by 60 dB at most: walls of large rooms absorb more.
    nearest, farthest : float >= 0.05
        Metres from the piano to the first microphone, likewise; less where the room is too small.
    most_microphones : int in [1, 16]
        Drawn from 1 to this.
    largest_spacing : float >= 0
        Metres between the first microphone and another along either horizontal axis, drawn uniformly from 0 to this.
    largest_directivity : float >= 0
        dB by which piano and microphones prefer the direct sound, drawn uniformly from 0 to this.
    """

    smallest: float = 30.0
    largest: float = 2000.0
    least_absorption: float = 0.08
    most_absorption: float = 0.5
    longest: float = 2.0
    nearest: float = 0.4
    farthest: float = 8.0
    most_microphones: int = 2
    largest_spacing: float = 1.2
    largest_directivity: float = 6.0

    def __post_init__(self) -> None:
        least, most = VOLUMES
        volumes = least <= self.smallest <= self.largest <= most
        absorptions = 0 < self.least_absorption <= self.most_absorption < 1 and 0 < self.longest <= LONGEST
        distances = NEAREST <= self.nearest <= self.farthest and self.largest_spacing >= 0
        others = 1 <= self.most_microphones <= MOST_MICROPHONES and self.largest_directivity >= 0
        expected = (
            f"{least:g} <= smallest <= largest <= {most:g}, 0 < least_absorption <= most_absorption < 1,"
            f" 0 < longest <= {LONGEST:g}, {NEAREST:g} <= nearest <= farthest, largest_spacing >= 0,"
            f" 1 <= most_microphones <= {MOST_MICROPHONES}, largest_directivity >= 0"
        )
        check_ranges(self, volumes and absorptions and distances and others, expected)


def augment(y: Audio, sr: int, params: Params, rng: np.random.Generator) -> Augmented:
    """`y` in a drawn room; what sounds after its end is cut off. No time changes."""
    from scipy.signal import oaconvolve

    if not len(y):
        return y, TimeMap.shift(0.0)
    room = drawn_room(sr, params, rng)
    source, microphones = drawn_places(room.size, params, rng)
    directivity = rng.uniform(0.0, params.largest_directivity)
    response = room_response(sr, room, source, microphones, directivity, rng)
    return within_full_scale(oaconvolve(y, response)[: len(y)]), TimeMap.shift(0.0)


def drawn_room(sr: int, params: Params, rng: np.random.Generator) -> Room:
    """A room of drawn volume, proportions and absorption."""
    volume = _log_uniform(params.smallest, params.largest, rng)
    proportions = np.array([*(rng.uniform(*each) for each in PROPORTIONS), 1.0])
    size = proportions * np.cbrt(volume / proportions.prod())
    absorption = _log_uniform(params.least_absorption, params.most_absorption, rng)
    seconds = min(eyring_time(size, absorption), params.longest)
    shares = [_log_uniform(*each, rng) for each in SHARES.values()]
    octaves = np.log2(octave_centres(sr))
    return Room(size, seconds * np.exp(np.interp(octaves, np.log2(KNOTS_HZ), np.log(shares))))


def drawn_places(
    size: Points, params: Params, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(3,) place of the piano and (n_microphones, 3) of the microphones, in metres, within the room."""
    least, most = np.full(3, FROM_WALLS), size - FROM_WALLS
    source = np.array([*rng.uniform(least[:2], most[:2]), PIANO_HEIGHT])
    towards = rng.standard_normal(3) * [1, 1, 0.3] + [0, 0, 0.3]
    first = source + towards / np.linalg.norm(towards) * _log_uniform(params.nearest, params.farthest, rng)
    n_others = rng.integers(0, params.most_microphones)
    others = first + rng.uniform(-1, 1, (n_others, 3)) * params.largest_spacing * [1, 1, 0]
    return source, np.clip([first, *others], least, most)


def _log_uniform(least: float, most: float, rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))
