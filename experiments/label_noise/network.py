"""The small network with a head for every kind of target, and its training."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from experiments.label_noise.excerpts import PARAMS, Excerpt
from experiments.label_noise.noise import jittered, targets
from experiments.label_noise.plan import KINDS, Plan
from experiments.trials import OnProgress
from mir_models.examples import shards
from mir_models.inference import activations
from mir_models.notes import regressed_onsets
from mir_models.notes.annotations import N_KEYS
from mir_models.training import fit, normalisation
from mir_models.training.params import Params as TrainingParams

Predict = Callable[[np.ndarray], dict[str, np.ndarray]]

HARMONICS = (-12, 0, 12, 19, 24, 28)
"""Semitones from a key's fundamental to the bins of its input: its harmonics, and the octave below."""
RARE = -2.0
"""Initial bias of either logit: notes are rare."""


def train(excerpts: Sequence[Excerpt], plan: Plan, *, jitter: float, seed: int, on_progress: OnProgress) -> Predict:
    """Train on jittered labels; features (n_frames, 88) of a recording to activations (n_frames, 88) by kind."""
    import keras

    from mir_models.examples.batches import Batches

    examples = [each for excerpt in excerpts for each in _examples(excerpt, jitter, seed)]
    scale = normalisation.fit(excerpt.features for excerpt in excerpts)
    settings = TrainingParams(
        epochs=plan.epochs, batch_size=plan.batch_size, learning_rate=plan.learning_rate, seed=seed
    )
    model = fit.prepare(partial(build, plan, scale), dict.fromkeys(KINDS, "binary_crossentropy"), settings)
    falling = keras.callbacks.LearningRateScheduler(lambda epoch: _rate(plan, epoch))
    progress = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: on_progress(f"epoch {epoch + 1}/{plan.epochs}, loss {logs['loss']:.4f}")
    )
    batches = Batches(examples, _targets, batch_size=plan.batch_size, seed=seed)
    model.fit(batches, epochs=plan.epochs, callbacks=[falling, progress], shuffle=False, verbose=0)
    return partial(activations.predict_track, model, silence=PARAMS.silence)


def build(plan: Plan, scale: normalisation.Scale) -> Any:
    """Every key through one convolution over its harmonics, and a recurrence over all keys; each head adds both."""
    import keras
    from keras import layers, ops

    inputs = keras.Input((None, scale.n_bins), name="features")
    padded = ops.pad(scale.layer()(inputs), [[0, 0], [0, 0], [0, 1]])
    x = layers.Reshape((-1, N_KEYS, len(HARMONICS)))(ops.take(padded, _bins(), axis=-1))
    x = layers.Conv2D(plan.filters, (5, 3), padding="same", activation="relu")(x)
    x = layers.Conv2D(plan.filters, (3, 3), padding="same", activation="relu")(x)
    y = layers.Reshape((-1, N_KEYS * plan.filters))(x)
    y = layers.Dense(plan.width, activation="relu")(layers.Dropout(0.2)(y))
    y = layers.Bidirectional(layers.GRU(plan.units, return_sequences=True))(y)
    y = layers.Dropout(0.2)(y)
    return keras.Model(inputs, {kind: _head(x, y, kind) for kind in KINDS}, name="label_noise")


def _head(x: Any, y: Any, kind: str) -> Any:
    from keras import initializers, layers

    rare = initializers.Constant(RARE)
    of_key = layers.Reshape((-1, N_KEYS))(layers.Conv2D(1, (3, 1), padding="same", bias_initializer=rare)(x))
    of_all = layers.Dense(N_KEYS, bias_initializer=rare)(y)
    return layers.Activation("sigmoid", name=kind.replace(" ", "_"))(layers.Add()([of_key, of_all]))


def _bins() -> list[int]:
    """(88 * 6,) bin of every harmonic of every key; 88, the padding, where there is none."""
    bins = np.arange(N_KEYS)[:, None] + np.array(HARMONICS)
    return np.where((bins >= 0) & (bins < N_KEYS), bins, N_KEYS).reshape(-1).tolist()


def _examples(excerpt: Excerpt, jitter: float, seed: int) -> list[dict[str, np.ndarray]]:
    n_frames = len(excerpt.features)
    notes = jittered(excerpt.notes, jitter, seed=seed, track=excerpt.track)
    arrays = {"features": shards.cut(excerpt.features, fill=PARAMS.silence), "mask": shards.mask(n_frames)}
    arrays |= {kind: shards.cut(roll) for kind, roll in targets(notes, n_frames).items()}
    return [{name: array[n] for name, array in arrays.items()} for n in range(len(arrays["mask"]))]


def _targets(example: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {kind: regressed_onsets.dequantize(example[kind]) for kind in KINDS}


def _rate(plan: Plan, epoch: int) -> float:
    return plan.learning_rate * math.cos(math.pi / 2 * epoch / plan.epochs)
