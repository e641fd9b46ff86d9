"""A synthetic piano: random pieces, rendered exactly as labelled, and their onset features, computed once a session."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment import OnsetFeatures, OnsetParams, extract_onsets
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap

SR = 22050
SECONDS = 20
ONSET_PARAMS = OnsetParams(sr=SR)


def piece(seed: int, *, n: int = 120, first: float = 0.2, last: float = SECONDS - 1.5) -> Notes:
    """`n` random notes of random keys that begin between `first` and `last` seconds; no two pieces are alike."""
    rng = np.random.default_rng(seed)
    onsets = np.sort(rng.uniform(first, last, n))
    return Notes(np.c_[onsets, onsets + 0.4], rng.integers(36, 90, n), rng.integers(40, 110, n))


def play(notes: Notes, *, lag: float = 0.0, seconds: float = SECONDS) -> NDArray[np.float32]:
    """Decaying harmonic tones with an attack of 4 ms that begin exactly `lag` after the notes, over faint noise."""
    y = 1e-4 * np.random.default_rng(7).standard_normal(round(seconds * SR))
    for onset, pitch, velocity in zip(notes.onset_times + lag, notes.pitches, notes.velocities, strict=True):
        first = int(np.ceil(onset * SR))
        t = np.arange(round(0.8 * SR)) / SR + first / SR - onset
        f0 = 440 * 2 ** ((pitch - 69) / 12)
        tone = sum(0.6**k * np.sin(2 * np.pi * k * f0 * t) for k in range(1, 7) if k * f0 < SR / 2)
        tone *= velocity / 127 * np.exp(-4 * t) * np.minimum(t / 0.004, 1)
        begin, end = max(first, 0), max(min(first + len(t), len(y)), 0)
        y[begin:end] += tone[begin - first : max(end - first, 0)]
    return (y / np.abs(y).max()).astype(np.float32)


@cache
def recording(seed: int = 1, *, lag: float = 0.0) -> NDArray[np.float32]:
    """`piece(seed)`, played; tests read it and leave it as it is."""
    return play(piece(seed), lag=lag)


@cache
def onset_features(seed: int = 1, *, lag: float = 0.0, first: int = 0, last: int = SECONDS) -> OnsetFeatures:
    """Onset features of `recording(seed, lag=lag)` from second `first` to second `last`."""
    return extract_onsets(recording(seed, lag=lag)[first * SR : last * SR], ONSET_PARAMS)


def errors(found: TimeMap, truth: TimeMap, labels: Notes, *, seconds: float = SECONDS) -> NDArray[np.float64]:
    """Seconds by which a map misses the true onsets of the labels that lie in a recording."""
    onsets = truth(labels.onset_times)
    return np.abs(found(labels.onset_times) - onsets)[(onsets >= 0) & (onsets < seconds)]


def performed(notes: Notes, seed: int, transposition: int) -> Notes:
    """The same keys in the same order, in other time and pitch, and every fiftieth note wrong."""
    rng = np.random.default_rng(seed)
    order = np.lexsort((notes.pitches, notes.onset_times))
    onsets = np.cumsum(rng.uniform(0.05, 0.4, len(notes)))
    pitches = notes.pitches[order] + transposition
    pitches[::50] += 1
    return Notes(np.c_[onsets, onsets + 0.3], pitches, notes.velocities[order])
