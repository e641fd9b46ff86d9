"""One training of a row, with the product's own batches, augmentation, schedule and average of weights."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from assets.training.dataset_shards import DatasetShards
from experiments.robustness.data import training_data
from experiments.robustness.plan import Plan
from experiments.robustness.rows import Row
from experiments.trials import OnProgress
from mir_models.architectures import ARCHITECTURES, NoteArchitecture, default_settings
from mir_models.augmentation import spectrum
from mir_models.augmentation.spectrum import Augmentation
from mir_models.features import params_of_preset
from mir_models.tasks import TASKS, NoteTask
from mir_models.training import fit, normalisation
from mir_models.training.params import Params as TrainingParams
from mir_models.training.run import Log, Run


@dataclass(frozen=True)
class Trained:
    """A network with the averaged weights of its end.

    Attributes
    ----------
    model : keras.Model
    figures : dict
        ``parameters``, ``steps``, ``train_s``, ``frames_per_s``, ``loss``, ``n_bins`` of the feature, and the settings.
    """

    model: Any
    figures: dict[str, Any]


@dataclass
class Last:
    """The averaged weights of the end."""

    weights: Any = None
    log: Log | None = None

    def save(self, model: Any, state: Any, history: list[Log]) -> None:
        """Called at the end by `mir_models.training.run.Run`, the averaged weights in place."""
        self.weights, self.log = model.get_weights(), history[-1]


def settings(row: Row, plan: Plan, seed: int) -> tuple[Any, TrainingParams, spectrum.Params]:
    """Settings of the network, of its training and of the augmentation."""
    chosen = default_settings(ARCHITECTURES.get(row.network))
    own: dict[str, Any] = {
        "epochs": 1,
        "batch_size": plan.batch_size,
        "segment_frames": plan.segment_frames,
        "ema": plan.ema,
    }
    own |= {"learning_rate": plan.learning_rate, "precision": "mixed_bfloat16", "seed": seed}
    training = replace(chosen["training"], **(own | dict(row.training)))
    augmentation = replace(chosen["augmentation"], **row.augmentation)
    return replace(chosen["network"], **row.sizes), training, augmentation


def train(row: Row, seed: int, plan: Plan, home: Path, on_progress: OnProgress) -> Trained:
    """Train a row on its frames."""
    import keras

    keras.backend.clear_session()
    architecture = cast(NoteArchitecture, ARCHITECTURES.get(row.network))
    task, chosen = cast(NoteTask, TASKS.get(architecture.TASK)), settings(row, plan, seed)
    network, training, augmentation = chosen
    data, examples, visits = training_data(home, row, plan)
    feature = params_of_preset(architecture.FEATURE, data.feature.params)
    steps = fit.steps_per_epoch(visits.sum(), training)
    scale = _scale(data, plan)
    model = fit.prepare(
        partial(architecture.build, network, scale=scale),
        task.losses(architecture.HEADS, training.focal_gamma),
        training,
        weights=task.weights(architecture.HEADS),
        steps_per_epoch=steps,
    )
    on_progress(f"{model.count_params():,} parameters, {steps:,} steps")
    last, began = Last(), time.monotonic()
    run = Run(training, "score", save=last.save, log=lambda log: None)
    targets = partial(task.targets, heads=architecture.HEADS)
    augment = Augmentation.for_feature(augmentation, feature)
    fit.fit(model, examples, targets, _no_score, run, silence=feature.silence, augment=augment, weights=visits)
    figures = _figures(model, steps, time.monotonic() - began, training)
    figures |= {"loss": float((last.log or {})["loss"]), "n_bins": scale.n_bins}
    model.set_weights(last.weights)
    return Trained(model, figures | {"settings": dict(zip(PARTS, map(asdict, chosen), strict=True))})


def reopened(row: Row, seed: int, plan: Plan, weights: Path, figures: dict[str, Any]) -> Trained:
    """A training that was kept."""
    import keras

    keras.backend.clear_session()
    architecture = cast(NoteArchitecture, ARCHITECTURES.get(row.network))
    any_scale = normalisation.Scale(np.zeros(figures["n_bins"]), np.ones(figures["n_bins"]))
    model = architecture.build(settings(row, plan, seed)[0], scale=any_scale)
    model.load_weights(weights)
    return Trained(model, figures)


def _figures(model: Any, steps: int, seconds: float, training: TrainingParams) -> dict[str, Any]:
    frames = steps * training.batch_size * training.segment_frames
    size = int(model.count_params())
    return {"parameters": size, "steps": steps, "train_s": seconds, "frames_per_s": frames / seconds}


PARTS = ("network", "training", "augmentation")


def _no_score() -> Log:
    """No validation: nothing is chosen between beginning and end."""
    return {"score": 0.0, "val_loss": 0.0}


def _scale(data: DatasetShards, plan: Plan) -> normalisation.Scale:
    """The normalisation of the input, from evenly chosen tracks."""
    tracks = data.split("train")
    chosen = [tracks[k] for k in np.unique(np.linspace(0, len(tracks) - 1, plan.scale_tracks).astype(int))]
    return normalisation.fit(data.track_arrays(track, "features")["features"] for track in chosen)
