"""Rows for the probes: embeddings of trained networks and of random weights, and statistics of MFCCs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.artists.folds.systems import MFCC
from experiments.artists.music import Music
from experiments.artists.network import NETWORKS, class_architecture, embed_tracks, random_network, train
from experiments.artists.unseen.halves import Half
from experiments.trials import OnProgress
from mir_models.evaluation.class_baselines import mfcc_statistics

Rows = NDArray[np.float64]
System = Callable[[Music, Half, int, OnProgress], Rows]
"""From the music, a half and a seed to (n_probed, n_numbers) rows."""
CEPSTRA = "MFCC statistics"


def embed_trained(name: str, music: Music, half: Half, seed: int, on_progress: OnProgress) -> Rows:
    """All layers of a network that was trained on the artists of the other half."""
    architecture = class_architecture(name)
    features = music.features(architecture.FEATURE)
    network = train(architecture, {track: features[track] for track in half.train}, music.artists, seed, on_progress)
    return _embed(name, network.model, music, half)


def embed_random(name: str, music: Music, half: Half, seed: int, on_progress: OnProgress) -> Rows:
    """All layers of the same network with random weights; only the normalisation of its input is fitted."""
    architecture = class_architecture(name)
    features = music.features(architecture.FEATURE)
    model = random_network(architecture, (features[track] for track in half.train), seed)
    return _embed(name, model, music, half)


def mfcc_rows(music: Music, half: Half, seed: int, on_progress: OnProgress) -> Rows:
    """Statistics of MFCCs, which are not trained."""
    mfcc = music.features(MFCC)
    return np.stack([mfcc_statistics(mfcc[track]) for track in half.probed])


def _embed(name: str, model: Any, music: Music, half: Half) -> Rows:
    rows = embed_tracks(class_architecture(name), model, music, half.probed)
    return np.stack([rows[track] for track in half.probed])


TRAINED: dict[str, System] = {f"{name}, trained": partial(embed_trained, name) for name in NETWORKS}
RANDOM: dict[str, System] = {f"{name}, random weights": partial(embed_random, name) for name in NETWORKS}
SYSTEMS: dict[str, System] = {**TRAINED, **RANDOM, CEPSTRA: mfcc_rows}
UNTRAINED = dict(zip(TRAINED, RANDOM, strict=True))
"""By trained network, the same one with random weights."""


def network_of(system: str) -> str | None:
    """Name of the architecture of a system; None of MFCC statistics."""
    name = system.partition(",")[0]
    return name if name in NETWORKS else None


def systems_of(networks: Sequence[str]) -> list[str]:
    """The systems of some networks, trained and not, and MFCC statistics."""
    return [system for system in SYSTEMS if network_of(system) in (*networks, None)]
