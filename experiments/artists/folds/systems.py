"""The systems: baselines that learn little, the networks for artists, and how each answers tracks it did not hear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from experiments.artists.folds.music import Features, Music
from experiments.artists.folds.network import teach
from experiments.trials import Tell
from mir_models.architectures import ARCHITECTURES
from mir_models.augmentation import spectrum
from mir_models.evaluation.class_baselines import majority, statistics
from mir_models.features import preset
from mir_models.training import normalisation
from mir_models.transfer import embeddings, probes

MODERN = "x_vector"
"""The network whose layers the random weights are of."""
NAMED = ("dense_frame", "dense_context", "patch_cnn", MODERN)
"""The networks for artists."""
WIDER = f"{MODERN}, other artists as well"
"""The network that learns from the artists as well that are not asked."""
PLAIN = f"{MODERN}, without equaliser"
"""The network whose examples keep their recordings' colour: where every artist has one album, it tells the artist."""
MEMBERS = ("dense_frame", "patch_cnn", MODERN)
"""The networks whose answers are averaged: one that hears single frames, one half a second, one three seconds."""
TOGETHER = f"{', '.join(MEMBERS[:-1])} and {MODERN} together"
EVENED = {name: f"{name}, artists evened" for name in (MODERN, TOGETHER)}
"""Their answers as if all artists had been visited alike."""
RANDOM = "random weights, SVM"
Answer = dict[str, float]
"""Probabilities by artist; of a system that has none, 1 for the artist it names."""
System = Callable[[Music, Sequence[str], Sequence[str], Sequence[str], int, Tell], list[Answer]]
"""From the music, the tracks to learn from, further ones of other artists, those asked, a seed: the answers."""


def most(
    music: Music, learnt: Sequence[str], others: Sequence[str], asked: Sequence[str], seed: int, tell: Tell
) -> list[Answer]:
    """The artist of most tracks."""
    return [{majority([music.artists[track] for track in learnt]): 1.0}] * len(asked)


def timbre(
    music: Music, learnt: Sequence[str], others: Sequence[str], asked: Sequence[str], seed: int, tell: Tell
) -> list[Answer]:
    """A support vector machine on statistics of cepstral coefficients."""
    mfcc = music.features("mfcc")
    return _machine({track: statistics(mfcc[track]) for track in (*learnt, *asked)}, music, learnt, asked, seed)


def random_weights(
    music: Music, learnt: Sequence[str], others: Sequence[str], asked: Sequence[str], seed: int, tell: Tell
) -> list[Answer]:
    """The same machine on what the layers of a network say that learnt nothing."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    architecture = ARCHITECTURES.get(MODERN)
    features, heard = music.features(architecture.FEATURE), preset(architecture.FEATURE).PRESETS[architecture.FEATURE]
    scale = normalisation.fit(features[track] for track in learnt)
    frames = architecture.WINDOW.frames
    network = embeddings.embedder(architecture.build(architecture.Params(), scale=scale, n_frames=frames, n_classes=2))
    rows = {
        track: embeddings.of_track(network, features[track], architecture.WINDOW, silence=heard.silence)
        for track in (*learnt, *asked)
    }
    return _machine(rows, music, learnt, asked, seed)


def network(
    name: str,
    wider: bool,
    music: Music,
    learnt: Sequence[str],
    others: Sequence[str],
    asked: Sequence[str],
    seed: int,
    tell: Tell,
    *,
    augmentation: spectrum.Params | None = None,
) -> list[Answer]:
    """A trained network, where `wider` of all artists; only those that are asked can be the answer."""
    architecture = ARCHITECTURES.get(name)
    features = music.features(architecture.FEATURE)
    heard = _of(features, [*learnt, *others] if wider else learnt)
    taught = teach(architecture, heard, music.artists, seed, tell, augmentation=augmentation)
    named = list(enumerate(taught.voting.classes))
    possible = {music.artists[track] for track in learnt}
    answers = [taught.probabilities(features[track]).mean(axis=0) for track in asked]
    return [{name: float(said[number]) for number, name in named if name in possible} for said in answers]


def _machine(
    rows: dict[str, np.ndarray], music: Music, learnt: Sequence[str], asked: Sequence[str], seed: int
) -> list[Answer]:
    classes, groups = ([of[track] for track in learnt] for of in (music.artists, music.groups))
    machine = probes.fitted("SVM", np.stack([rows[track] for track in learnt]), classes, groups, seed)
    return [{str(each): 1.0} for each in machine.predict(np.stack([rows[track] for track in asked]))]


def _of(features: Features, tracks: Sequence[str]) -> Features:
    return {track: features[track] for track in tracks}


BASELINES: dict[str, System] = {
    "majority": most,
    "MFCC statistics, SVM": timbre,
    RANDOM: random_weights,
}
NETWORKS: dict[str, System] = {name: partial(network, name, False) for name in NAMED} | {
    WIDER: partial(network, MODERN, True),
    PLAIN: partial(network, MODERN, False, augmentation=replace(ARCHITECTURES.get(MODERN).AUGMENTATION, colour=0.0)),
}
SYSTEMS = BASELINES | NETWORKS


def networks_of(system: str) -> tuple[str, ...]:
    """The architectures that a system is made of."""
    of = {RANDOM: (MODERN,), WIDER: (MODERN,), PLAIN: (MODERN,)}
    return of.get(system, (system,) if system in NETWORKS else ())
