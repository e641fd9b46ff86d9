"""The conditions: how labels and sound of every recording are disturbed.

Right pairs are to be aligned, bad ones to be refused. Every condition but the first has a lag of its own. What is drawn
depends on seed, corpus, track and condition, and on nothing else.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from experiments.alignment import acoustics, disturbances
from experiments.alignment.disturbances import Labels, exact, retimed
from mir_models.notes.annotations import Notes

UNDISTURBED = "undisturbed"
WRONG_PIECE = "wrong piece"
CLEAN = "clean"

Disturbance = Callable[[np.random.Generator, Labels], Labels]


@dataclass(frozen=True)
class Condition:
    """One way to disturb a pair.

    Attributes
    ----------
    name : str
    right : bool
        Whether the labels are those of the recording, to be accepted; else they are to be refused.
    labels : callable of (Generator, Labels) -> Labels
        What is done to exact labels.
    sound : str
        Name in `SOUNDS`.
    """

    name: str
    right: bool
    labels: Disturbance
    sound: str = CLEAN


def _clean(rng: np.random.Generator, y: NDArray[np.float32], sr: int) -> NDArray[np.float32]:
    return y


def _noise(rng: np.random.Generator, y: NDArray[np.float32], sr: int, *, snr: float) -> NDArray[np.float32]:
    return acoustics.with_noise(rng, y, snr=snr)


def _reverb(rng: np.random.Generator, y: NDArray[np.float32], sr: int) -> NDArray[np.float32]:
    return acoustics.with_reverb(rng, y, sr=sr)


SOUNDS: dict[str, Callable[[np.random.Generator, NDArray[np.float32], int], NDArray[np.float32]]] = {
    CLEAN: _clean,
    "noise 20 dB": partial(_noise, snr=20.0),
    "noise 10 dB": partial(_noise, snr=10.0),
    "reverb": _reverb,
}


def _as_they_are(rng: np.random.Generator, labels: Labels) -> Labels:
    return labels


def _offset(rng: np.random.Generator, labels: Labels, *then: Disturbance) -> Labels:
    labels = retimed(labels, disturbances.offset(rng, labels.notes))
    for disturb in then:
        labels = disturb(rng, labels)
    return labels


def _tempo(rng: np.random.Generator, labels: Labels) -> Labels:
    return retimed(labels, disturbances.tempo(rng, labels.notes))


def _warp(rng: np.random.Generator, labels: Labels, *, share: float) -> Labels:
    return retimed(labels, disturbances.warp(rng, labels.notes, share=share))


def _then(*disturb: Disturbance) -> Disturbance:
    """A lag, and then the others in their order."""
    return lambda rng, labels: _offset(rng, labels, *disturb)


def _transposed(rng: np.random.Generator, labels: Labels, *, semitones: int) -> Labels:
    return disturbances.transposed(labels, semitones=semitones)


def _ended_early(rng: np.random.Generator, labels: Labels) -> Labels:
    return disturbances.ended_early(labels, share=0.6)


_DROPPED = partial(disturbances.dropped, share=0.1)
_ADDED = partial(disturbances.added, share=0.1)

CONDITIONS = (
    Condition(UNDISTURBED, True, _as_they_are),
    Condition("offset", True, _offset),
    Condition("tempo", True, _tempo),
    *(Condition(f"warp {share} %", True, partial(_warp, share=share / 100)) for share in (1, 2, 5)),
    *(Condition(f"jitter {ms} ms", True, _then(partial(disturbances.jittered, seconds=ms / 1e3))) for ms in (10, 25)),
    Condition("10 % dropped", True, _then(_DROPPED)),
    Condition("10 % added", True, _then(_ADDED)),
    Condition("10 % dropped, 10 % added", True, _then(_DROPPED, _ADDED)),
    *(Condition(sound, True, _offset, sound) for sound in SOUNDS if sound != CLEAN),
    Condition(WRONG_PIECE, False, _offset),
    Condition("missing repeat", False, _then(disturbances.cut)),
    Condition("labels end early", False, _then(_ended_early)),
    *(
        Condition(f"transposed {semitones:+d}", False, _then(partial(_transposed, semitones=semitones)))
        for semitones in (-12, -5, -2, -1, 1, 2, 5, 12)
    ),
)


def disturbed(condition: Condition, notes: Notes, *, duration: float, name: str, seed: int) -> Labels:
    """The labels of one pair under a condition.

    Parameters
    ----------
    condition : Condition
    notes : Notes
        Exact, in audio time; under the wrong piece those of another recording.
    duration : float
        Of the recording, in seconds.
    name : str
        Of corpus and track, for the random numbers.
    seed : int
    """
    labels = condition.labels(stream(name, condition.name, seed), exact(notes, duration=duration))
    if condition.name == WRONG_PIECE:
        return Labels(labels.notes, np.full(len(labels.notes), np.nan), None)
    return labels


def stream(name: str, purpose: str, seed: int) -> np.random.Generator:
    """The random numbers for one purpose with one recording."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), zlib.crc32(purpose.encode())])
