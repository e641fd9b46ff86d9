"""A network of the product, trained on some tracks by its own settings, but for two things.

No epoch is chosen, for no tracks are left to choose it by; and artists are visited by the root of the number of their
tracks, where the product visits all tracks alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from experiments.artists.folds.music import Features
from experiments.trials import Tell
from mir_models.augmentation import spectrum
from mir_models.augmentation.spectrum import Augmentation
from mir_models.features import preset
from mir_models.inference import classification
from mir_models.inference.classification import Voting
from mir_models.training import fit, normalisation


@dataclass(frozen=True)
class Taught:
    """A trained network.

    Attributes
    ----------
    model : keras.Model
    voting : Voting
    silence : float
    """

    model: Any
    voting: Voting
    silence: float

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """(n_windows, n_classes) of a track."""
        return self.voting.heard(
            lambda windows: np.asarray(self.model.predict_on_batch(windows)["class"]), features, silence=self.silence
        )


def teach(
    architecture: ModuleType,
    features: Features,
    artists: dict[str, str],
    seed: int,
    tell: Tell,
    *,
    augmentation: spectrum.Params | None = None,
) -> Taught:
    """Train on the tracks of `features`, whose classes are `artists`, for all epochs that the architecture declares.

    Examples are changed as the architecture declares too, unless another `augmentation` is given.
    """
    import keras

    keras.backend.clear_session()
    classes, heard = tuple(sorted(set(artists.values()))), preset(architecture.FEATURE).PRESETS[architecture.FEATURE]
    voting = Voting(classes, architecture.WINDOW)
    examples, often = _examples(architecture, features, artists, classes, heard.silence)
    params = whole(architecture.TRAINING, seed)
    scale = normalisation.fit(features.values())
    build = partial(
        architecture.build, architecture.Params(), scale=scale, n_frames=voting.window.frames, n_classes=len(classes)
    )
    steps = fit.steps_per_epoch(often.sum(), params)
    model = fit.prepare(build, classification.losses(architecture.HEADS), params, steps_per_epoch=steps)
    run = fit.Run(params, classification.MONITOR, save=lambda *_: None, log=partial(_tell, tell, params.epochs))
    targets = partial(classification.targets, heads=architecture.HEADS)
    augment = _augment(augmentation or architecture.AUGMENTATION, heard)
    fit.fit(model, examples, targets, lambda: UNKNOWN, run, silence=heard.silence, augment=augment, weights=often)
    with fit.averaged(model):
        weights = model.get_weights()
    model.set_weights(weights)
    return Taught(model, voting, heard.silence)


UNKNOWN = {"val_loss": 0.0, classification.MONITOR: 0.0}
"""There is no validation."""


def whole(params: fit.Params, seed: int) -> fit.Params:
    """The same training without what validation decides: no early end, no slower rate."""
    return replace(params, seed=seed, stop_patience=params.epochs, plateau_patience=params.epochs)


def _examples(
    architecture: ModuleType, features: Features, artists: dict[str, str], classes: Sequence[str], silence: float
) -> tuple[list[dict[str, np.ndarray]], np.ndarray]:
    """The windows of all tracks with their labels, and how often an epoch visits each."""
    counts, examples, often = Counter(artists[track] for track in features), [], []
    for track, frames in features.items():
        label = np.eye(len(classes), dtype=np.float32)[classes.index(artists[track])]
        windows = architecture.WINDOW.cut(frames, fill=silence)
        examples += [{"features": window, "label": label} for window in windows]
        n_tracks = counts[artists[track]]
        often += [visits(n_tracks) / n_tracks] * len(windows)
    return examples, np.array(often) * len(often) / sum(often)


def visits(n_tracks: int) -> float:
    """How often an artist is visited, to scale: as the root of the number of its tracks says.

    Between evenly, which would repeat the few tracks of some, and as they come, which would make one answer the likely
    one.
    """
    return n_tracks**0.5


def _augment(augmentation: spectrum.Params, heard: Any) -> Augmentation | None:
    return None if augmentation == spectrum.Params() else Augmentation.of(augmentation, heard)


def _tell(tell: Tell, epochs: int, log: dict[str, float]) -> None:
    tell(f"epoch {int(log['epoch']) + 1} of {epochs}, loss {log['loss']:.3f}")
