"""What is listened to: the layers of networks that learnt other artists, of ones that learnt nothing, and cepstra."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from experiments.artists.folds.music import Music
from experiments.artists.folds.network import teach
from experiments.artists.folds.systems import NAMED
from experiments.artists.unseen.halves import Half
from experiments.trials import Tell
from mir_models.architectures import ARCHITECTURES
from mir_models.evaluation.class_baselines import statistics
from mir_models.features import preset
from mir_models.training import normalisation
from mir_models.transfer import embeddings

CEPSTRA = "MFCC statistics"
TIMBRE = "mfcc"
System = Callable[[Music, Half, int, Tell], np.ndarray]
"""From the music, a half and a seed to (n_asked, n_numbers) rows."""


def trained(name: str, music: Music, half: Half, seed: int, tell: Tell) -> np.ndarray:
    """All layers of a network that learnt the artists of the other half."""
    architecture = ARCHITECTURES.get(name)
    features = music.features(architecture.FEATURE)
    taught = teach(architecture, {track: features[track] for track in half.learnt}, music.artists, seed, tell)
    return _rows(name, taught.model, music, half)


def random_weights(name: str, music: Music, half: Half, seed: int, tell: Tell) -> np.ndarray:
    """All layers of the same network before it has learnt anything but the scale of its input."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    architecture = ARCHITECTURES.get(name)
    features = music.features(architecture.FEATURE)
    scale = normalisation.fit(features[track] for track in half.learnt)
    frames = architecture.WINDOW.frames
    return _rows(
        name, architecture.build(architecture.Params(), scale=scale, n_frames=frames, n_classes=2), music, half
    )


def cepstra(music: Music, half: Half, seed: int, tell: Tell) -> np.ndarray:
    """Statistics of cepstral coefficients, which learn nothing."""
    mfcc = music.features(TIMBRE)
    return np.stack([statistics(mfcc[track]) for track in half.asked])


def _rows(name: str, network: Any, music: Music, half: Half) -> np.ndarray:
    architecture, ear = ARCHITECTURES.get(name), embeddings.embedder(network)
    features, heard = music.features(architecture.FEATURE), preset(architecture.FEATURE).PRESETS[architecture.FEATURE]
    return np.stack(
        [embeddings.of_track(ear, features[track], architecture.WINDOW, silence=heard.silence) for track in half.asked]
    )


TRAINED: dict[str, System] = {f"{name}, trained": partial(trained, name) for name in NAMED}
RANDOM: dict[str, System] = {f"{name}, random weights": partial(random_weights, name) for name in NAMED}
SYSTEMS: dict[str, System] = {**TRAINED, **RANDOM, CEPSTRA: cepstra}
"""Random weights stand in the order of the trained networks."""
UNLEARNT = dict(zip(TRAINED, RANDOM, strict=True))
"""By trained network, the same one that learnt nothing."""


def network_of(system: str) -> str | None:
    """Name of the network that is listened to."""
    name = system.partition(",")[0]
    return name if name in NAMED else None


def chosen(networks: list[str]) -> list[str]:
    """The systems of some networks, trained and not, and cepstra."""
    return [system for system in SYSTEMS if network_of(system) in (*networks, None)]
