"""Prepare: the compiled network, its optimizer, precision and schedule."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest

from mir_models.training.fit import prepare
from mir_models.training.params import Params
from tests.mir_models.training.linear_network import (
    kernel_of,
    network,
    prepared,
    step,
)


def test_the_initial_weights_depend_on_the_seed_only() -> None:
    def weights(seed: int) -> np.ndarray:
        model = prepare(lambda: network(16), {"frame": "mean_squared_error"}, Params(seed=seed))
        return model.get_weights()[0]

    first = weights(3)
    np.random.default_rng(1).normal(size=10)
    keras.random.normal((3,))
    np.testing.assert_array_equal(weights(3), first)
    assert (weights(4) != first).any()
    keras.utils.set_random_seed(3)
    np.testing.assert_array_equal(network(16).get_weights()[0], first)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("adam", keras.optimizers.Adam), ("rmsprop", keras.optimizers.RMSprop), ("sgd", keras.optimizers.SGD)],
)
def test_the_optimizer_is_the_one_of_the_settings(name: str, kind: type) -> None:
    assert type(prepared(Params(optimizer=name)).optimizer) is kind


def test_the_optimizer_has_the_settings_and_its_variables() -> None:
    settings = Params(learning_rate=0.02, weight_decay=0.003, clipnorm=0.7, ema=0.9)
    optimizer = prepared(settings).optimizer
    assert float(optimizer.learning_rate) == np.float32(0.02)
    assert optimizer.weight_decay == 0.003
    assert optimizer.clipnorm == 0.7
    assert optimizer.use_ema is True
    assert optimizer.ema_momentum == 0.9
    assert optimizer.built, "a state can be restored into it before the first step"
    assert len(optimizer.variables) == 5, "iteration, rate, two moments and an average"


def test_an_optimizer_without_decay_and_average() -> None:
    optimizer = prepared(Params()).optimizer
    assert optimizer.weight_decay is None
    assert optimizer.use_ema is False
    assert optimizer.clipnorm == 1.0
    assert optimizer.ema_momentum == 0.99, "None is an error for an optimizer of Keras"
    assert len(optimizer.variables) == 4


def test_a_gradient_is_clipped_to_the_norm() -> None:
    model = prepared(Params(optimizer="sgd", learning_rate=0.5, clipnorm=0.25), kernel=1.0)
    step(model, 8.0)
    assert kernel_of(model) == 1 - 0.5 * 0.25
    step(model, -0.125)
    assert kernel_of(model) == 0.875 + 0.5 * 0.125


def test_weights_decay_decoupled_from_the_gradient() -> None:
    model = prepared(Params(optimizer="sgd", learning_rate=0.5, weight_decay=0.25), kernel=1.0)
    step(model, 0.0)
    assert kernel_of(model) == pytest.approx(1 - 0.5 * 0.25)


@pytest.mark.parametrize(
    ("precision", "computed"),
    [("float32", "float32"), ("mixed_bfloat16", "bfloat16"), ("mixed_float16", "float16")],
)
def test_only_the_network_has_the_precision(precision: str, computed: str) -> None:
    model = prepared(Params(precision=precision))
    layer = model.layers[-1]
    assert layer.compute_dtype == computed
    assert layer.kernel.dtype == "float32"
    assert keras.config.dtype_policy().name == "float32"
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (precision == "mixed_float16")


def test_the_scaled_optimizer_has_the_settings() -> None:
    inner = prepared(Params(precision="mixed_float16", optimizer="sgd", learning_rate=0.02)).optimizer.inner_optimizer
    assert type(inner) is keras.optimizers.SGD
    assert float(inner.learning_rate) == np.float32(0.02)


def test_a_network_that_cannot_be_built_leaves_the_precision_as_it_was() -> None:
    def build() -> Any:
        raise RuntimeError("no network")

    with pytest.raises(RuntimeError, match="no network"):
        prepare(build, {}, Params(precision="mixed_bfloat16"))
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.parametrize(
    ("weights", "total"), [(None, 5.0), ({}, 5.0), ({"a": 3.0, "b": 0.5}, 5.0), ({"a": 2.0, "b": 1.0}, 6.0)]
)
def test_losses_are_summed_with_their_weights(weights: dict[str, float] | None, total: float) -> None:
    """Targets are 1 and 2 away from a network of zeros: squared 1 and 4."""

    def build() -> Any:
        inputs = keras.Input((None, 1))
        heads = [keras.layers.Dense(1, kernel_initializer="zeros", name=name)(inputs) for name in "ab"]
        return keras.Model(inputs, dict(zip("ab", heads, strict=True)))

    losses = dict.fromkeys("ab", "mean_squared_error")
    model = prepare(build, losses, Params(), weights=weights)
    zeros = np.zeros((1, 2, 1), np.float32)
    assert float(model.compute_loss(y={"a": zeros + 1, "b": zeros + 2}, y_pred=model(zeros))) == total


def test_xla_is_for_jax_only() -> None:
    assert prepared(Params()).jit_compile is (keras.backend.backend() == "jax")


@pytest.mark.parametrize(
    ("epochs", "steps_per_epoch", "rates"),
    [
        # 100 steps: up by a fifth of what is missing over 5, then half a cosine over 95.
        (4, 25, {0: 0.2, 1: 0.36, 4: 0.84, 5: 1.0, 100: 0.0}),
        (4, 25, {step: (1 + math.cos(math.pi * (step - 5) / 95)) / 2 for step in (6, 29, 52, 99)}),
        # 1 step of 10 rises: the first has the full rate already.
        (10, 1, {0: 1.0, 1: 1.0, 10: 0.0, 5: (1 + math.cos(math.pi * 4 / 9)) / 2}),
        (1, 1, {0: 1.0, 1: 1.0}),
        # 30 steps: a twentieth is 1.5, rounded to 2.
        (3, 10, {0: 0.5, 1: 0.75, 2: 1.0, 16: 0.5, 30: 0.0}),
    ],
)
def test_a_cosine_rises_over_a_twentieth_of_all_steps_and_falls_to_nothing(
    epochs: int, steps_per_epoch: int, rates: dict[int, float]
) -> None:
    params = Params(epochs=epochs, schedule="cosine", learning_rate=0.3)
    optimizer = prepared(params, steps_per_epoch=steps_per_epoch).optimizer
    for at, rate in rates.items():
        optimizer.iterations.assign(at)
        assert float(optimizer.learning_rate) == pytest.approx(0.3 * rate, abs=1e-7), at


def test_a_cosine_has_one_step_per_epoch_by_default() -> None:
    one = prepared(Params(epochs=40, schedule="cosine")).optimizer
    other = prepared(Params(epochs=40, schedule="cosine"), steps_per_epoch=1).optimizer
    for optimizer in (one, other):
        optimizer.iterations.assign(21)
    assert float(one.learning_rate) == float(other.learning_rate) == pytest.approx(5e-4)
