"""What is listened to: the layers of a network that learnt other artists, of one that learnt nothing, and cepstra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.artist_folds.music import Music
from benchmarks.artist_folds.network import Tell, teach
from benchmarks.artist_folds.systems import MODERN
from benchmarks.unseen_artists.halves import Half
from mir_models import embedding, normalisation
from mir_models.architectures import ARCHITECTURES
from mir_models.class_baselines import statistics
from mir_models.features import preset

ARCHITECTURE = ARCHITECTURES.get(MODERN)
TRAINED, RANDOM, CEPSTRA = f"{MODERN}, trained", f"{MODERN}, random weights", "MFCC statistics"
TIMBRE = "mfcc"
System = Callable[[Music, Half, int, Tell], np.ndarray]
"""From the music, a half and a seed to (n_asked, n_numbers) rows."""


def trained(music: Music, half: Half, seed: int, tell: Tell) -> np.ndarray:
    """All layers of a network that learnt the artists of the other half."""
    features = music.features(ARCHITECTURE.FEATURE)
    taught = teach(ARCHITECTURE, {track: features[track] for track in half.learnt}, music.artists, seed, tell)
    return _rows(taught.model, music, half)


def random_weights(music: Music, half: Half, seed: int, tell: Tell) -> np.ndarray:
    """All layers of the same network before it has learnt anything but the scale of its input."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    features = music.features(ARCHITECTURE.FEATURE)
    scale = normalisation.fit(features[track] for track in half.learnt)
    frames = ARCHITECTURE.WINDOW.frames
    network = ARCHITECTURE.build(ARCHITECTURE.Params(), scale=scale, n_frames=frames, n_classes=2)
    return _rows(network, music, half)


def cepstra(music: Music, half: Half, seed: int, tell: Tell) -> np.ndarray:
    """Statistics of cepstral coefficients, which learn nothing."""
    mfcc = music.features(TIMBRE)
    return np.stack([statistics(mfcc[track]) for track in half.asked])


def _rows(network: Any, music: Music, half: Half) -> np.ndarray:
    features, ear = music.features(ARCHITECTURE.FEATURE), embedding.embedder(network)
    silence = preset(ARCHITECTURE.FEATURE).PRESETS[ARCHITECTURE.FEATURE].silence
    return np.stack(
        [embedding.of_track(ear, features[track], ARCHITECTURE.WINDOW, silence=silence) for track in half.asked]
    )


SYSTEMS: dict[str, System] = {TRAINED: trained, RANDOM: random_weights, CEPSTRA: cepstra}
"""The first is what the others are compared with."""
