"""One training, with the product's own batches, augmentation, schedule, choice of the epoch and of thresholds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from experiments.ablation.examples import Example, examples, tracks
from experiments.ablation.plan import Plan
from experiments.ablation.recipe import Recipe
from experiments.label_noise.excerpts import Excerpt
from experiments.trials import OnProgress
from mir_models.examples.shards import SHARD_FRAMES
from mir_models.inference import activations
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding
from mir_models.training import fit, normalisation
from mir_models.training.run import Run

Log = dict[str, float]
Validation = list[tuple[Example, Notes]]


@dataclass(frozen=True)
class Trained:
    """A network at its best epoch.

    Attributes
    ----------
    predict : callable
        Features (n_frames, n_bins) of a recording to activations (n_frames, 88) by head.
    decoding : Decoding
        Thresholds, chosen on validation.
    figures : dict
        ``parameters``, ``steps``, ``train_s`` without validation, ``frames_per_s``, ``best_epoch``, ``history``.
    """

    predict: Callable[[np.ndarray], dict[str, np.ndarray]]
    decoding: Decoding
    figures: dict[str, Any]


@dataclass
class Best:
    """The weights of the epoch with the highest validation score, the first of equals."""

    monitor: str
    score: float = -math.inf
    weights: Any = None

    def save(self, model: Any, state: Any, history: list[Log]) -> None:
        """Called after every epoch by `mir_models.training.run.Run`, the averaged weights in place."""
        if history[-1][self.monitor] > self.score:
            self.score, self.weights = history[-1][self.monitor], model.get_weights()


class Clock:
    """A function, and the seconds that it took in all."""

    def __init__(self, function: Callable[[], Log]) -> None:
        self.function, self.seconds = function, 0.0

    def __call__(self) -> Log:
        began = time.monotonic()
        try:
            return self.function()
        finally:
            self.seconds += time.monotonic() - began


def train(recipe: Recipe, music: Sequence[Excerpt], plan: Plan, on_progress: OnProgress) -> Trained:
    """Train on the train excerpts, choose epoch and thresholds on the validation excerpts."""
    import keras

    keras.backend.clear_session()
    task, grid = recipe.task, recipe.features.grid
    train_excerpts = [each for each in music if each.split == "train"]
    train_examples = examples(train_excerpts, recipe)
    visits = visits_of(len(train_examples), recipe, plan)
    model = _prepare(recipe, train_excerpts, visits)
    predict = partial(activations.predict_track, model, silence=recipe.features.silence)
    validation = _validation(music, recipe)
    validate, best = Clock(lambda: task.validate(predict, validation, grid)), Best(task.monitor(recipe.heads))
    run = Run(recipe.training, best.monitor, save=best.save, log=partial(_log, on_progress, recipe, best.monitor))
    began, targets = time.monotonic(), partial(task.targets, heads=recipe.heads)
    silence, augment = recipe.features.silence, recipe.augment
    fit.fit(model, train_examples, targets, validate, run, silence=silence, augment=augment, weights=visits)
    seconds = time.monotonic() - began - validate.seconds
    model.set_weights(best.weights)
    threshold = run.history[run.best_epoch()]["frame_threshold"]
    decoding = task.choose_decoding(predict, validation, grid, threshold)
    return Trained(predict, decoding, _figures(recipe, model, run, plan, visits, seconds))


def visits_of(n_examples: int, recipe: Recipe, plan: Plan) -> np.ndarray:
    """(n_examples,) how often an epoch visits each, so that an epoch has the frames of `plan.shards` in every row."""
    return np.full(n_examples, plan.shards * SHARD_FRAMES / recipe.example_frames / n_examples)


def _prepare(recipe: Recipe, train_excerpts: Sequence[Excerpt], visits: np.ndarray) -> Any:
    """The compiled network, its normalisation fitted on the train excerpts."""
    scale = normalisation.fit(each.features for each in train_excerpts)
    return fit.prepare(
        partial(recipe.architecture.build, recipe.network, scale=scale),
        recipe.task.losses(recipe.heads, recipe.training.focal_gamma),
        recipe.training,
        weights=recipe.task.weights(recipe.heads),
        steps_per_epoch=fit.steps_per_epoch(visits.sum(), recipe.training),
    )


def _validation(music: Sequence[Excerpt], recipe: Recipe) -> Validation:
    """The validation excerpts with the rolls of the heads and their notes."""
    chosen = [each for each in music if each.split == "validation"]
    return [(track, each.notes) for track, each in zip(tracks(chosen, recipe), chosen, strict=True)]


def _log(on_progress: OnProgress, recipe: Recipe, monitor: str, log: Log) -> None:
    epochs = f"epoch {int(log['epoch']) + 1}/{recipe.training.epochs}"
    on_progress(f"{epochs}, loss {log['loss']:.4f}, {monitor} {log[monitor]:.4f}")


def _figures(recipe: Recipe, model: Any, run: Run, plan: Plan, visits: np.ndarray, seconds: float) -> dict[str, Any]:
    epochs = len(run.history)
    return {
        "parameters": int(model.count_params()),
        "steps": epochs * fit.steps_per_epoch(visits.sum(), recipe.training),
        "train_s": seconds,
        "frames_per_s": epochs * plan.shards * SHARD_FRAMES / seconds,
        "best_epoch": run.best_epoch(),
        "history": run.history,
    }
