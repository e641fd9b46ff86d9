"""Rooms: geometry and energies that acoustics predicts, and a direct sound that stays where it is."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.augmentation.waveform import _image_sources, room
from mir_models.augmentation.waveform._image_sources import image_sources
from mir_models.augmentation.waveform._octaves import octave_centres, octave_weights
from mir_models.augmentation.waveform._room_response import SPEED_OF_SOUND, Room, eyring_time, room_response
from mir_models.augmentation.waveform.equaliser import SECONDS
from mir_models.errors import ParameterError

SR = 22050
SIZE = np.array([6.0, 8.0, 3.5])
SOURCE, MICROPHONE = np.array([2.0, 2.5, 0.9]), np.array([3.5, 5.0, 1.6])
DECAYS = np.interp(np.arange(len(octave_centres(SR))), [1, 4, 8], [1.0, 0.8, 0.3])


def response(*microphones: np.ndarray, directivity: float = 0.0, seed: int = 0) -> np.ndarray:
    """The response, scaled to a direct sound of 1."""
    places = np.array(microphones or [MICROPHONE])
    made = room_response(SR, Room(SIZE, DECAYS), SOURCE, places, directivity, np.random.default_rng(seed))
    return made.astype(float) / made[0]


def energy(y: np.ndarray) -> float:
    return float(np.square(y).sum())


@given(seed=st.integers(0, 2**32))
@settings(max_examples=6, deadline=None)
def test_no_onset_moves_in_any_room(seed: int) -> None:
    """Silence stays silence until a click, and the click is there at its sample."""
    y = np.zeros(4000, np.float32)
    y[1500] = 1.0
    changed, time_map = room.augment(y, SR, room.Params(), np.random.default_rng(seed))
    assert np.abs(changed[:1500]).max() < 1e-6
    assert changed[1500] > 0.01
    assert float(time_map(1.0)) == 1.0


def test_the_direct_sound_comes_first_and_the_energy_is_one() -> None:
    made = room_response(SR, Room(SIZE, DECAYS), SOURCE, MICROPHONE[None], 0.0, np.random.default_rng(0))
    assert energy(made) == pytest.approx(1.0, abs=1e-5)
    assert made[0] > 0
    first_reflection = round(0.9 * 1e-3 * SR)  # That of the floor; see below for its time.
    np.testing.assert_allclose(made[1:first_reflection], 0.0, atol=1e-6)


def test_image_sources_lie_where_mirrors_put_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_image_sources, "LARGEST_MOVE", 0.0)
    images = image_sources(SIZE, SOURCE, MICROPHONE, np.random.default_rng(0))
    assert images.orders[0] == 0
    assert images.distances[0] == pytest.approx(np.linalg.norm(SOURCE - MICROPHONE))
    mirrored = []
    for axis in range(3):
        for wall in (0.0, SIZE[axis]):
            place = SOURCE.copy()
            place[axis] = 2 * wall - SOURCE[axis]
            mirrored.append(np.linalg.norm(place - MICROPHONE))
    np.testing.assert_allclose(np.sort(images.distances[images.orders == 1]), np.sort(mirrored))
    assert [np.count_nonzero(images.orders == order) for order in range(4)] == [1, 6, 18, 38]


@pytest.mark.parametrize("radius", [12.0, 15.0, 18.0])
def test_images_are_as_dense_as_rooms(radius: float) -> None:
    images = image_sources(SIZE, SOURCE, MICROPHONE, np.random.default_rng(0))
    expected = 4 / 3 * np.pi * radius**3 / np.prod(SIZE)
    assert np.count_nonzero(images.distances < radius) == pytest.approx(expected, rel=0.1)


@given(absorption=st.floats(0.02, 0.9), sides=st.tuples(*[st.floats(2.0, 20.0)] * 3))
@settings(max_examples=20, deadline=None)
def test_a_reflection_loses_what_the_walls_absorb(absorption: float, sides: tuple[float, float, float]) -> None:
    size = np.array(sides)
    seconds = eyring_time(size, absorption)
    walls = Room(size, np.array([seconds]))
    np.testing.assert_allclose(walls.wall_gains, 10 * np.log10(1 - absorption))
    per_second = SPEED_OF_SOUND * walls.surface / (4 * walls.volume)  # The mean free path is 4 V / S.
    np.testing.assert_allclose(walls.wall_gains * per_second * seconds, -60, rtol=0.002)


@pytest.mark.parametrize(("band", "seconds"), [((40, 400), 0.9), ((2000, 10000), 0.3)])
def test_highs_and_lows_decay_each_in_their_time(band: tuple[float, float], seconds: float) -> None:
    walls = Room(SIZE, np.array([0.9] * 5 + [0.5] + [0.3] * 4))
    made = room_response(SR, walls, SOURCE, MICROPHONE[None], 0.0, np.random.default_rng(0))
    frequencies = np.fft.rfftfreq(2**16, 1 / SR)
    kept = (frequencies > band[0]) & (frequencies < band[1])
    powers = np.square(np.fft.irfft(np.fft.rfft(made, 2**16) * kept))
    levels = 10 * np.log10([powers[round(start * SR) :][: SR // 10].sum() for start in (0.03, 0.18)])
    assert 60 * 0.15 / (levels[0] - levels[1]) == pytest.approx(seconds, rel=0.15)


@pytest.mark.parametrize("farther", [1.5, 4.0])
def test_the_reverberation_over_the_direct_sound_rises_with_the_squared_distance(farther: float) -> None:
    """Less what it decays while the direct sound is on its way (Barron)."""
    size, step, seconds = np.array([14.0, 18.0, 7.0]), np.array([1.0, 1.0, 0.3]), 0.8
    walls = Room(size, np.full(len(octave_centres(SR)), seconds))
    late = round((walls.mixing_time + SECONDS) * SR)
    energies = []
    for distance in (1.0, farther):
        place = SOURCE + distance * step
        made = room_response(SR, walls, SOURCE, place[None], 0.0, np.random.default_rng(0))
        energies.append(energy(made[late:]) / float(made[0]) ** 2)
    delay = (farther - 1) * np.linalg.norm(step) / SPEED_OF_SOUND
    expected = 20 * np.log10(farther) - 60 * delay / seconds
    assert 10 * np.log10(energies[1] / energies[0]) == pytest.approx(expected, abs=0.01)


def test_the_diffuse_energy_is_that_of_theory() -> None:
    """Of a reverberation time that is the same in all octaves: 4 pi c r² T / (13.8 V) of the direct sound (Barron)."""
    seconds, distance = 0.8, np.linalg.norm(SOURCE - MICROPHONE)
    walls = Room(SIZE, np.full(len(octave_centres(SR)), seconds))
    made = [room_response(SR, walls, SOURCE, MICROPHONE[None], 0.0, np.random.default_rng(seed)) for seed in range(8)]
    start = walls.mixing_time + distance / SPEED_OF_SOUND
    measured = np.mean([energy(each[round(walls.mixing_time * SR) :]) / float(each[0]) ** 2 for each in made])
    rate = 13.8155 / seconds
    expected = 4 * np.pi * SPEED_OF_SOUND * distance**2 / walls.volume / rate * np.exp(-rate * start)
    assert measured == pytest.approx(expected, rel=0.1)


@given(directivity=st.floats(0, 20))
@settings(max_examples=4, deadline=None)
def test_directivity_lowers_all_but_the_direct_sound(directivity: float) -> None:
    np.testing.assert_allclose(
        response(directivity=directivity)[1:], response()[1:] * 10 ** (-directivity / 20), rtol=1e-4, atol=1e-6
    )


def test_a_second_microphone_is_a_comb() -> None:
    other = MICROPHONE + np.array([0.3, 1.0, 0.0])
    near, far = (np.linalg.norm(SOURCE - each) for each in (MICROPHONE, other))
    delay = round((far - near) / SPEED_OF_SOUND * SR)
    made = response(MICROPHONE, other, directivity=60.0)
    assert made[delay] == pytest.approx(near / far, abs=0.01)
    gains = np.abs(np.fft.rfft(made, 2**15))[2**8 : 2**13]
    assert 20 * np.log10(gains.max() / gains.min()) > 12


def test_rooms_and_places_are_within_their_ranges() -> None:
    params = room.Params(smallest=60.0, largest=600.0, longest=1.1, nearest=0.5, farthest=2.0, most_microphones=3)
    n_microphones = set()
    for seed in range(200):
        rng = np.random.default_rng(seed)
        drawn = room.drawn_room(SR, params, rng)
        assert 60 <= drawn.volume <= 600
        assert drawn.decays[4] <= 1.1 + 1e-9
        assert drawn.decays[8] < drawn.decays[4]
        source, microphones = room.drawn_places(drawn.size, params, rng)
        n_microphones.add(len(microphones))
        for place in (source, *microphones):
            assert (place > 0).all()
            assert (place < drawn.size).all()
        assert np.linalg.norm(microphones[0] - source) <= 2.0 + 1e-9
    assert n_microphones == {1, 2, 3}


def test_octave_weights_share_every_frequency() -> None:
    frequencies = np.linspace(0, SR / 2, 1000)
    np.testing.assert_allclose(octave_weights(frequencies, octave_centres(SR)).sum(axis=0), 1.0)
    np.testing.assert_allclose(octave_weights(octave_centres(SR), octave_centres(SR)), np.eye(10), atol=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [
        {"smallest": 0.0},
        {"smallest": 9.9},
        {"largest": math.inf},
        {"smallest": 4000.0},
        {"most_absorption": 1.0},
        {"least_absorption": 0.7},
        {"nearest": 9.0},
        {"nearest": 0.0},
        {"farthest": math.inf},
        {"longest": 0.0},
        {"longest": 60.0},
        {"most_microphones": 0},
        {"most_microphones": 1000},
        {"largest_spacing": -1.0},
        {"largest_directivity": math.inf},
    ],
)
def test_a_room_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    (name, value) = next(iter(wrong.items()))
    with pytest.raises(ParameterError, match=f"Received: {name}={value}. Remedy"):
        replace(room.Params(), **wrong)


def test_piano_and_microphones_are_within_the_smallest_rooms() -> None:
    smallest, _ = room.VOLUMES
    params = room.Params(smallest=smallest, largest=smallest)
    for seed in range(300):
        rng = np.random.default_rng(seed)
        size = room.drawn_room(SR, params, rng).size
        for place in np.concatenate([np.atleast_2d(each) for each in room.drawn_places(size, params, rng)]):
            assert (place >= room.FROM_WALLS).all()
            assert (place <= size - room.FROM_WALLS + 1e-9).all()
