"""Training of a network of the product on some tracks, with its own settings but for two, and embeddings of tracks.

No epoch is chosen, since no tracks are left to choose it by; and artists are visited by the square root of the number
of their tracks, where the product visits all tracks alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.artists.music import Features, Music
from experiments.trials import OnProgress
from mir_models.architectures import ARCHITECTURES, ClassArchitecture
from mir_models.augmentation import spectrum
from mir_models.augmentation.spectrum import Augmentation
from mir_models.features import FeatureParams, feature_of
from mir_models.inference import classification
from mir_models.inference.classification import Voting
from mir_models.training import fit, normalisation
from mir_models.training.params import Params as TrainingParams
from mir_models.training.run import Run
from mir_models.training.variables import averaged_weights
from mir_models.transfer import embeddings

MODERN = "x_vector"
NETWORKS = ("dense_frame", "dense_context", "patch_cnn", MODERN)
"""The architectures for artist recognition."""
NO_VALIDATION = {"val_loss": 0.0, classification.MONITOR: 0.0}
"""Validation scores of an epoch without validation."""


@dataclass(frozen=True)
class TrainedNetwork:
    """A trained network.

    Attributes
    ----------
    model : keras.Model
    voting : Voting
    silence : float
        Value of the features in silence.
    """

    model: Any
    voting: Voting
    silence: float

    def predict_windows(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n_windows, n_classes) probabilities of the windows of a track."""
        return self.voting.predict_windows(
            lambda windows: np.asarray(self.model.predict_on_batch(windows)["class"]), features, silence=self.silence
        )


def class_architecture(name: str) -> ClassArchitecture:
    """An architecture that classifies windows, by its name."""
    architecture = ARCHITECTURES.get(name)
    assert isinstance(architecture, ClassArchitecture)
    return architecture


def params_of(architecture: ClassArchitecture) -> FeatureParams:
    """Settings of the input features of an architecture."""
    return feature_of(architecture.FEATURE).PRESETS[architecture.FEATURE]


def train(
    architecture: ClassArchitecture,
    features: Features,
    artists: Mapping[str, str],
    seed: int,
    on_progress: OnProgress,
    *,
    augmentation: spectrum.Params | None = None,
) -> TrainedNetwork:
    """Train for all epochs of the architecture's settings.

    Parameters
    ----------
    architecture : ClassArchitecture
    features : dict
        (n_frames, n_bins) by track, of the tracks to train on.
    artists : mapping
        Artist by track: the classes are all of them.
    seed : int
    on_progress : callable
    augmentation : mir_models.augmentation.spectrum.Params, optional
        Other than the architecture's own.
    """
    import keras

    keras.backend.clear_session()
    voting = Voting(tuple(sorted(set(artists.values()))), architecture.WINDOW)
    feature_params, params = params_of(architecture), without_validation(architecture.TRAINING, seed)
    silence = feature_params.silence
    examples, weights = _examples(architecture, features, artists, voting.classes, silence)
    model = _prepare(architecture, normalisation.fit(features.values()), voting, params, weights)
    run = Run(params, classification.MONITOR, save=lambda *_: None, log=partial(_log, on_progress, params.epochs))
    targets = partial(classification.targets, heads=architecture.HEADS)
    augment = _augment(augmentation or architecture.AUGMENTATION, feature_params)
    fit.fit(model, examples, targets, lambda: NO_VALIDATION, run, silence=silence, augment=augment, weights=weights)
    with averaged_weights(model):
        averaged = model.get_weights()
    model.set_weights(averaged)
    return TrainedNetwork(model, voting, silence)


def _prepare(
    architecture: ClassArchitecture,
    scale: normalisation.Scale,
    voting: Voting,
    params: TrainingParams,
    weights: NDArray[np.float64],
) -> Any:
    """The compiled `keras.Model` with initial weights."""
    sizes = {"n_frames": voting.window.frames, "n_classes": len(voting.classes)}
    build = partial(architecture.build, architecture.Params(), scale=scale, **sizes)
    steps = fit.steps_per_epoch(weights.sum(), params)
    return fit.prepare(build, classification.losses(architecture.HEADS), params, steps_per_epoch=steps)


def without_validation(params: TrainingParams, seed: int) -> TrainingParams:
    """The same training without what validation decides: no early stopping, no slower rate."""
    return replace(params, seed=seed, stop_patience=params.epochs, plateau_patience=params.epochs)


def _examples(
    architecture: ClassArchitecture,
    features: Features,
    artists: Mapping[str, str],
    classes: Sequence[str],
    silence: float,
) -> tuple[list[dict[str, NDArray[np.float32]]], NDArray[np.float64]]:
    """The windows of all tracks with their labels, and how often an epoch visits each."""
    counts, examples, weights = Counter(artists[track] for track in features), [], []
    for track, frames in features.items():
        label = np.eye(len(classes), dtype=np.float32)[classes.index(artists[track])]
        windows = architecture.WINDOW.cut(frames, fill=silence)
        examples += [{"features": window, "label": label} for window in windows]
        n_tracks = counts[artists[track]]
        weights += [visits(n_tracks) / n_tracks] * len(windows)
    return examples, np.array(weights) * len(weights) / sum(weights)


def visits(n_tracks: int) -> float:
    """How often an artist is visited, up to a factor: the square root of the number of its tracks.

    Between evenly, which would repeat the few tracks of some, and in proportion, which would make the artist of most
    tracks the likely one.
    """
    return n_tracks**0.5


def _augment(augmentation: spectrum.Params, feature_params: FeatureParams) -> Augmentation | None:
    return None if augmentation == spectrum.Params() else Augmentation.for_feature(augmentation, feature_params)


def _log(on_progress: OnProgress, epochs: int, log: dict[str, float]) -> None:
    on_progress(f"epoch {int(log['epoch']) + 1} of {epochs}, loss {log['loss']:.3f}")


def random_network(architecture: ClassArchitecture, features: Iterable[NDArray[np.float32]], seed: int) -> Any:
    """The `keras.Model` with random weights; only the normalisation of its input is fitted, on `features`."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    scale, frames = normalisation.fit(features), architecture.WINDOW.frames
    return architecture.build(architecture.Params(), scale=scale, n_frames=frames, n_classes=2)


def embed_tracks(
    architecture: ClassArchitecture, model: Any, music: Music, tracks: Iterable[str]
) -> dict[str, NDArray[np.float64]]:
    """(n_numbers,) embedding of each track: all layers of a network of an architecture."""
    network, silence = embeddings.embedder(model), params_of(architecture).silence
    features = music.features(architecture.FEATURE)
    return {
        track: embeddings.embed_track(network, features[track], architecture.WINDOW, silence=silence)
        for track in tracks
    }
