"""The systems of the cross-validation: baselines, and the networks for artists; each predicts the test tracks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.artists.music import Features, Music
from experiments.artists.network import MODERN, NETWORKS, class_architecture, embed_tracks, random_network, train
from experiments.trials import OnProgress
from mir_models.augmentation import spectrum
from mir_models.evaluation.class_baselines import majority_class, mfcc_statistics
from mir_models.inference.classification import mean_of_probabilities
from mir_models.transfer import probes

MFCC = "mfcc"
WIDER = f"{MODERN}, other artists as well"
"""The network that is trained on the other artists as well."""
PLAIN = f"{MODERN}, without equaliser"
"""Its examples keep their recordings' colour, which gives an artist of a single album away."""
MEMBERS = ("dense_frame", "patch_cnn", MODERN)
"""The networks of the ensemble: one of single frames, one of half a second, one of three seconds."""
ENSEMBLE = f"{', '.join(MEMBERS[:-1])} and {MODERN} together"
ADJUSTED = {name: f"{name}, artists evened" for name in (MODERN, ENSEMBLE)}
"""Their probabilities adjusted to even priors."""
RANDOM = "random weights, SVM"
Probabilities = dict[str, float]
"""By artist; of a system that has none, 1 for the artist it predicts."""
System = Callable[[Music, Sequence[str], Sequence[str], Sequence[str], int, OnProgress], list[Probabilities]]
"""From music, training tracks, tracks of other artists, test tracks and a seed to probabilities of the test tracks."""


def most_probable(probabilities: Mapping[str, float]) -> str:
    """The artist with the highest probability, the first of equals."""
    return max(probabilities, key=lambda artist: probabilities[artist])


def predict_majority(
    music: Music,
    train: Sequence[str],
    others: Sequence[str],
    test: Sequence[str],
    seed: int,
    on_progress: OnProgress,
) -> list[Probabilities]:
    """The artist of most training tracks."""
    return [{majority_class([music.artists[track] for track in train]): 1.0}] * len(test)


def predict_mfcc(
    music: Music,
    train: Sequence[str],
    others: Sequence[str],
    test: Sequence[str],
    seed: int,
    on_progress: OnProgress,
) -> list[Probabilities]:
    """A support vector machine on statistics of MFCCs."""
    mfcc = music.features(MFCC)
    return _predict_svm({track: mfcc_statistics(mfcc[track]) for track in (*train, *test)}, music, train, test, seed)


def predict_random_weights(
    music: Music,
    train: Sequence[str],
    others: Sequence[str],
    test: Sequence[str],
    seed: int,
    on_progress: OnProgress,
) -> list[Probabilities]:
    """A support vector machine on the embeddings of a network with random weights."""
    architecture = class_architecture(MODERN)
    features = music.features(architecture.FEATURE)
    model = random_network(architecture, (features[track] for track in train), seed)
    rows = embed_tracks(architecture, model, music, (*train, *test))
    return _predict_svm(rows, music, train, test, seed)


def predict_network(
    name: str,
    wider: bool,
    music: Music,
    train_tracks: Sequence[str],
    others: Sequence[str],
    test: Sequence[str],
    seed: int,
    on_progress: OnProgress,
    *,
    augmentation: spectrum.Params | None = None,
) -> list[Probabilities]:
    """A trained network, where `wider` on all artists; only artists of the training folds can be predicted."""
    architecture = class_architecture(name)
    features = music.features(architecture.FEATURE)
    train_features = _select(features, [*train_tracks, *others] if wider else train_tracks)
    network = train(architecture, train_features, music.artists, seed, on_progress, augmentation=augmentation)
    possible = {music.artists[track] for track in train_tracks}
    named = [(number, each) for number, each in enumerate(network.voting.classes) if each in possible]
    means = [mean_of_probabilities(network.predict_windows(features[track])) for track in test]
    return [{artist: float(mean[number]) for number, artist in named} for mean in means]


def _predict_svm(
    rows: Mapping[str, NDArray[Any]], music: Music, train: Sequence[str], test: Sequence[str], seed: int
) -> list[Probabilities]:
    classes, groups = ([of[track] for track in train] for of in (music.artists, music.groups))
    svm = probes.fit_probe("SVM", np.stack([rows[track] for track in train]), classes, groups, seed)
    return [{str(each): 1.0} for each in svm.predict(np.stack([rows[track] for track in test]))]


def _select(features: Features, tracks: Sequence[str]) -> Features:
    return {track: features[track] for track in tracks}


_WITHOUT_EQUALISER = replace(class_architecture(MODERN).AUGMENTATION, colour=0.0)
TRAINED: dict[str, System] = {
    **{name: partial(predict_network, name, False) for name in NETWORKS},
    WIDER: partial(predict_network, MODERN, True),
    PLAIN: partial(predict_network, MODERN, False, augmentation=_WITHOUT_EQUALISER),
}
SYSTEMS: dict[str, System] = {
    "majority": predict_majority,
    "MFCC statistics, SVM": predict_mfcc,
    RANDOM: predict_random_weights,
    **TRAINED,
}


def networks_of(system: str) -> tuple[str, ...]:
    """Names of the architectures that a system is made of."""
    of = {RANDOM: (MODERN,), WIDER: (MODERN,), PLAIN: (MODERN,)}
    return of.get(system, (system,) if system in TRAINED else ())
