r"""The response of a room: direct sound, early reflections, and a reverberation whose highs decay faster.

Until the mixing time, reflections are single ones (image sources); from then on they are so many that they are noise.
Its mean power per second, over the energy of the direct sound, follows from the volume :math:`V` and the distance
:math:`r` alone where it begins, :math:`4 \pi c r^2 / V`, and falls by 60 dB in :math:`T_{60}` [1]_: how reverberant a
recording is follows from where the microphone stands. :math:`T_{60}` is Eyring's of the mean absorption [2]_, by
octave.

.. [1] M. Barron and L.-J. Lee, "Energy relations in concert auditoriums. I", JASA 84(2), 1988.
.. [2] C. F. Eyring, "Reverberation time in 'dead' rooms", JASA 1, 1930.
.. [3] J.-D. Polack, "Modifying chambers to play billiards: the foundations of reverberation theory", Acustica 76, 1992.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation.waveform._image_sources import Images, Points, image_sources
from mir_models.augmentation.waveform._octaves import octave_centres, octave_weights
from mir_models.augmentation.waveform.equaliser import minimum_phase

SPEED_OF_SOUND = 343.0
"""Metres per second."""
SABINE = 0.161
"""Seconds per metre, in Sabine's and Eyring's formulas."""
FLOOR = 60.0
"""dB by which the reverberation falls before it is cut off."""


@dataclass(frozen=True, eq=False)
class Room:
    """A rectangular room.

    Attributes
    ----------
    size : (3,) float64
        Metres.
    decays : (n_octaves,) float64
        Seconds in which the reverberation falls by 60 dB, by octave of `octave_centres`.
    """

    size: Points
    decays: NDArray[np.float64]

    @property
    def volume(self) -> float:
        """Cubic metres."""
        return float(np.prod(self.size))

    @property
    def surface(self) -> float:
        """Square metres."""
        width, length, height = self.size
        return float(2 * (width * length + width * height + length * height))

    @property
    def mixing_time(self) -> float:
        """Seconds after which reflections are noise: as many milliseconds as the root of the volume [3]_."""
        return float(np.sqrt(self.volume)) / 1000

    @property
    def wall_gains(self) -> NDArray[np.float64]:
        """(n_octaves,) gain of one reflection in dB, by Eyring's formula."""
        return -10 / np.log(10) * SABINE * self.volume / (self.surface * self.decays)


def eyring_time(size: Points, absorption: float) -> float:
    """Seconds in which the reverberation of a room falls by 60 dB, of the mean share that its walls absorb."""
    room = Room(size, np.ones(1))
    return -SABINE * room.volume / (room.surface * np.log1p(-absorption))


def room_response(
    sr: int, room: Room, source: Points, microphones: Points, directivity: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """(n_samples,) sum of the microphones' responses, of energy 1; the direct sound at the nearest is at sample 0.

    Parameters
    ----------
    sr : int
        Hz.
    room : Room
    source : (3,) float64
        Metres from a corner.
    microphones : (n_microphones, 3) float64
    directivity : float
        dB by which source and microphones prefer the direct sound to all others.
    rng : numpy.random.Generator
    """
    images = [image_sources(room.size, source, each, rng) for each in microphones]
    nearest = min(float(each.distances[0]) for each in images)
    early = _reflections(sr, room, images, nearest, directivity, rng)
    late = _reverberation(sr, room, nearest, rng) * np.sqrt(len(images)) * 10 ** (-directivity / 20)
    response = np.zeros(max(len(early), len(late)))
    response[: len(early)] += early
    response[: len(late)] += late
    return (response / np.sqrt(np.square(response).sum())).astype(np.float32)


def _reflections(
    sr: int, room: Room, microphones: list[Images], nearest: float, directivity: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The direct sounds, of amplitude 1 at the nearest microphone, and the reflections before the mixing time."""
    from scipy.signal import oaconvolve

    centres, end = octave_centres(sr), max(1, round(room.mixing_time * sr))
    distances = np.concatenate([each.distances for each in microphones])
    orders = np.concatenate([each.orders for each in microphones])
    samples = np.round((distances - nearest) / SPEED_OF_SOUND * sr).astype(int)
    kept = (orders == 0) | ((samples >= 0) & (samples < end))
    distances, orders, samples = distances[kept], orders[kept], samples[kept]
    amplitudes = nearest / distances * np.where(orders > 0, 10 ** (-directivity / 20), 1.0)
    early = np.bincount(samples[orders == 0], amplitudes[orders == 0]).astype(np.float64)
    for order in range(1, orders.max() + 1):
        arrivals = np.bincount(samples[orders == order], amplitudes[orders == order], minlength=1)
        reflected = oaconvolve(arrivals, minimum_phase(sr, centres, order * room.wall_gains))
        early, shorter = sorted((early, reflected), key=len)[::-1]
        early = early + np.pad(shorter, (0, len(early) - len(shorter)))
    return early


def _reverberation(sr: int, room: Room, nearest: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Noise that decays octave by octave from the mixing time on; before it there is none."""
    from scipy.fft import irfft, next_fast_len, rfft, rfftfreq

    times = np.arange(max(2, round(room.decays.max() * FLOOR / 60 * sr))) / sr + nearest / SPEED_OF_SOUND
    size = next_fast_len(len(times), real=True)
    spectrum = rfft(rng.standard_normal(size))
    weights = octave_weights(rfftfreq(size, 1 / sr), octave_centres(sr))
    tail = np.zeros(len(times))
    for weight, seconds in zip(weights, room.decays, strict=True):
        tail += irfft(weight * spectrum, size)[: len(times)] * 10 ** (-3 * times / seconds)
    tail[: round(room.mixing_time * sr)] = 0.0
    return tail * np.sqrt(4 * np.pi * SPEED_OF_SOUND * nearest**2 / (room.volume * sr))
