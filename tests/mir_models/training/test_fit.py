"""Training: what is accepted, which epoch is the best, when it is over, what the optimizer does, what is saved."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from mir_models.errors import MirlitonError
from mir_models.training import fit as training
from mir_models.training.callbacks import Memory, Validation

Params = training.Params

SLOPES = (0.5, -0.25, 0.125, 1.0, -0.75)
"""Of the targets of the five examples, by their feature."""


def network(units: int = 1, name: str = "frame", *, bias: bool = False) -> Any:
    """A linear network over frames of one feature."""
    inputs = keras.Input((None, 1))
    return keras.Model(inputs, {name: keras.layers.Dense(units, use_bias=bias, name=name)(inputs)})


def prepared(params: Params, *, kernel: float | None = None, **arguments: Any) -> Any:
    """The compiled linear network, its kernel set."""
    model = training.prepare(network, {"frame": "mean_squared_error"}, params, **arguments)
    if kernel is not None:
        model.layers[-1].kernel.assign([[kernel]])
    return model


def kernel_of(model: Any) -> float:
    return float(model.layers[-1].kernel.numpy()[0, 0])


def step(model: Any, gradient: float = 1.0) -> None:
    """One step of the optimizer along a known gradient."""
    model.optimizer.apply([keras.ops.convert_to_tensor([[gradient]], dtype="float32")], model.trainable_variables)


def examples() -> list[dict[str, Any]]:
    """Five examples of four frames; the features of example i are (i + 1) / 4 times -1, 1, 2, -2; frames are masked."""
    frames = np.array([-1.0, 1.0, 2.0, -2.0], np.float32)[:, None]
    return [
        {
            "features": frames * (i + 1) / 4,
            "mask": np.array([1, 1, 1, i % 2], np.uint8),
            "frame": frames * (i + 1) / 4 * slope,
        }
        for i, slope in enumerate(SLOPES)
    ]


def targets(example: Mapping[str, Any]) -> dict[str, Any]:
    return {"frame": example["frame"]}


class Recorder:
    """What a run saves and logs, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.kernels: list[float] = []

    def save(self, model: Any, state: training.State, history: list[training.Log]) -> None:
        self.kernels.append(kernel_of(model))
        self.calls.append(("save", (state, [dict(log) for log in history])))

    def log(self, log: training.Log) -> None:
        self.calls.append(("log", dict(log)))

    def run(self, params: Params, monitor: str = "score", **arguments: Any) -> training.Run:
        return training.Run(params, monitor, save=self.save, log=self.log, **arguments)

    @property
    def states(self) -> list[training.State]:
        return [content[0] for name, content in self.calls if name == "save"]


def scored(scores: list[float], **params: Any) -> training.Run:
    """A run with such a history."""
    history = [{"epoch": epoch, "score": score, "loss": -score} for epoch, score in enumerate(scores)]
    return Recorder().run(Params(**params), history=history)


# Params -----------------------------------------------------------------------------------------------------------


def test_the_settings_by_default() -> None:
    assert dataclasses.asdict(Params()) == {
        "epochs": 40,
        "batch_size": 16,
        "segment_frames": 512,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "schedule": "plateau",
        "weight_decay": 0.0,
        "clipnorm": 1.0,
        "ema": 0.0,
        "focal_gamma": 0.0,
        "precision": "float32",
        "plateau_monitor": "val_loss",
        "plateau_delta": 0.0001,
        "plateau_patience": 2,
        "plateau_factor": 0.5,
        "stop_patience": 8,
        "seed": 0,
    }


@pytest.mark.parametrize(
    ("name", "accepted", "refused"),
    [
        ("epochs", (1, 2, 1000), (0, -1)),
        ("batch_size", (1, 2), (0, -1)),
        ("plateau_patience", (1, 2), (0, -1)),
        ("stop_patience", (1, 2), (0, -1)),
        ("learning_rate", (1e-12, 2.0), (0, -1e-3, math.inf, math.nan)),
        ("clipnorm", (1e-12, 2.0), (0, -1.0, math.inf, math.nan)),
        ("weight_decay", (0, 1e-12, 2.0), (-1e-12, math.inf, math.nan)),
        ("focal_gamma", (0, 1e-12, 2.0), (-1e-12, math.inf, math.nan)),
        ("plateau_delta", (0, 1e-12, 2.0), (-1e-12, math.inf, math.nan)),
        ("plateau_factor", (1e-12, 1 - 1e-12), (0, 1, -0.5, 1.5, math.nan)),
        ("ema", (0, 1e-12, 1 - 1e-12), (-1e-12, 1, 1.5, math.nan)),
        ("segment_frames", (1, 2, 511, 512), (0, 513)),
        ("schedule", ("plateau", "cosine"), ("linear",)),
        ("precision", ("float32", "mixed_bfloat16", "mixed_float16"), ("float16",)),
        ("optimizer", ("adam", "rmsprop", "sgd"), ("Adam",)),
    ],
)
def test_the_bounds_of_each_setting(name: str, accepted: tuple[Any, ...], refused: tuple[Any, ...]) -> None:
    for value in accepted:
        assert getattr(Params(**{name: value}), name) == value
    for value in refused:
        with pytest.raises(MirlitonError) as error:
            Params(**{name: value})
        assert error.value.received == f"{name}={value}"


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(MirlitonError) as error:
        Params(epochs=0, ema=1.0, optimizer="lion", batch_size=4)
    assert str(error.value) == (
        "Expected settings a network can be trained with. Received: epochs=0, ema=1.0, optimizer=lion. Remedy: give "
        "counts of at least 1, positive rates, a plateau_factor below 1, an ema from 0 to below 1, segments of 1 to "
        "512 frames, a schedule of plateau, cosine, a precision of float32, mixed_bfloat16, mixed_float16, an "
        "optimizer of adam, rmsprop, sgd."
    )


def test_settings_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Params().epochs = 1  # type: ignore[misc]


# Run ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([0.3], 0),
        ([0.1, 0.4, 0.3], 1),
        ([0.4, 0.3, 0.1], 0),
        ([0.1, 0.2, 0.3], 2),
        ([0.1, 0.4, 0.4, 0.2], 1),
        ([0.2, 0.2, 0.2], 0),
        ([-3.0, -1.0, -2.0], 1),
        ([0.1, math.nan, 0.3, 0.2], 2),
        ([math.nan, -1.0], 1),
        ([math.nan, math.nan], 0),
    ],
)
def test_the_best_epoch_is_the_first_with_the_highest_score(scores: list[float], best: int) -> None:
    run = scored(scores)
    assert run.best_epoch() == best
    assert type(run.best_epoch()) is int


def test_the_best_epoch_is_that_of_the_monitored_score() -> None:
    run = scored([0.1, 0.4, 0.3])
    run.monitor = "loss"
    assert run.best_epoch() == 0


@pytest.mark.parametrize(
    ("scores", "is_over"),
    [
        ([], False),
        ([0.5], False),
        ([0.5, 0.4], False),
        ([0.5, 0.4, 0.5], True),
        ([0.5, 0.4, 0.3], True),
        ([0.5, 0.4, 0.6], False),
        ([0.5, 0.6, 0.1], False),
        ([0.5, 0.6, 0.1, 0.6], True),
        ([0.1, 0.2, 0.3, 0.4, 0.5], False),
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], True),
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], True),
        ([0.5, 0.4, 0.3, 0.2], True),
    ],
)
def test_a_run_is_over_after_its_patience_or_its_epochs(scores: list[float], is_over: bool) -> None:
    assert scored(scores, stop_patience=2, epochs=6).is_over() is is_over


def test_a_run_begins_without_history_or_state() -> None:
    one, other = Recorder().run(Params()), Recorder().run(Params())
    assert one.history == []
    assert one.state is None
    assert one.history is not other.history


def test_an_epoch_is_saved_with_the_whole_history_and_then_logged() -> None:
    model, recorder = prepared(Params(optimizer="sgd"), kernel=0.25), Recorder()
    run = recorder.run(Params(), history=[{"score": 0.1}])
    run.keep(model, {"score": 0.2})
    assert run.history == [{"score": 0.1}, {"score": 0.2}]
    assert [name for name, _ in recorder.calls] == ["save", "log"]
    state, history = recorder.calls[0][1]
    assert history == [{"score": 0.1}, {"score": 0.2}]
    assert recorder.calls[1][1] == {"score": 0.2}
    assert state["variable-0000"].tolist() == [[0.25]]
    assert recorder.kernels == [0.25]


def test_the_saved_network_is_averaged_and_the_saved_state_is_not() -> None:
    model = prepared(Params(optimizer="sgd", learning_rate=1.0, ema=0.5), kernel=0.0)
    for _ in range(3):
        step(model)
    recorder = Recorder()
    recorder.run(Params()).keep(model, {"score": 0.2})
    assert recorder.kernels == [-2.25]
    assert recorder.states[0]["variable-0000"].tolist() == [[-3.0]]
    assert kernel_of(model) == -3.0


def test_the_saved_network_of_a_mixed_precision_computes_in_float32() -> None:
    saved = []
    model = prepared(Params(precision="mixed_bfloat16"), kernel=0.3)
    run = training.Run(Params(), "score", save=lambda model, state, history: saved.append(model), log=lambda log: None)
    run.keep(model, {"score": 0.2})
    assert saved[0].layers[-1].compute_dtype == "float32"
    assert kernel_of(saved[0]) == np.float32(0.3)


def test_restoring_gives_every_variable_back() -> None:
    params = Params(optimizer="adam", learning_rate=0.1, ema=0.5)
    model = prepared(params, kernel=1.0)
    step(model, 0.3)
    step(model, -0.2)
    state = training.variables(model)
    other = prepared(dataclasses.replace(params, seed=5, learning_rate=0.7), kernel=-1.0)
    Recorder().run(params, state=state, history=[{"score": 0.0}]).restore(other)
    for name, value in training.variables(other).items():
        np.testing.assert_array_equal(value, state[name], err_msg=name)
    step(model, 0.5)
    step(other, 0.5)
    assert kernel_of(other) == kernel_of(model)


def test_a_run_without_state_restores_nothing() -> None:
    with pytest.raises(AssertionError):
        Recorder().run(Params()).restore(prepared(Params()))


# prepare -----------------------------------------------------------------------------------------------------------


def test_the_initial_weights_depend_on_the_seed_only() -> None:
    def weights(seed: int) -> np.ndarray:
        model = training.prepare(lambda: network(16), {"frame": "mean_squared_error"}, Params(seed=seed))
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
def test_the_optimizer_is_the_one_asked_for(name: str, kind: type) -> None:
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
    assert optimizer.ema_momentum == 0.99, "an optimizer of Keras refuses none"
    assert len(optimizer.variables) == 4


def test_a_gradient_is_clipped_to_the_norm() -> None:
    model = prepared(Params(optimizer="sgd", learning_rate=0.5, clipnorm=0.25), kernel=1.0)
    step(model, 8.0)
    assert kernel_of(model) == 1 - 0.5 * 0.25
    step(model, -0.125)
    assert kernel_of(model) == 0.875 + 0.5 * 0.125


def test_weights_decay_beside_the_gradient() -> None:
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
        training.prepare(build, {}, Params(precision="mixed_bfloat16"))
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
    model = training.prepare(build, losses, Params(), weights=weights)
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
        # 1 step of 10 rises: the first has the whole rate already.
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


def test_a_cosine_of_one_step_per_epoch_unless_told_otherwise() -> None:
    one = prepared(Params(epochs=40, schedule="cosine")).optimizer
    other = prepared(Params(epochs=40, schedule="cosine"), steps_per_epoch=1).optimizer
    for optimizer in (one, other):
        optimizer.iterations.assign(21)
    assert float(one.learning_rate) == float(other.learning_rate) == pytest.approx(5e-4)


# averaged -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_the_average_stands_in_for_the_weights_and_they_come_back(precision: str) -> None:
    """The weights go 0, -1, -2, -3; their average with a momentum of 0.5: -1, -1.5, -2.25."""
    model = prepared(Params(optimizer="sgd", learning_rate=1.0, ema=0.5, precision=precision), kernel=0.0)
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    for average in (-1.0, -1.5, -2.25):
        gradient = keras.ops.convert_to_tensor([[1.0]])
        optimizer.apply([gradient], model.trainable_variables)
        own = kernel_of(model)
        with training.averaged(model):
            assert kernel_of(model) == average
        assert kernel_of(model) == own
    with pytest.raises(RuntimeError), training.averaged(model):
        raise RuntimeError
    assert kernel_of(model) == -3.0


def test_before_the_first_step_and_without_an_average_the_weights_are_their_own() -> None:
    fresh, plain = (prepared(Params(optimizer="sgd", ema=ema), kernel=0.75) for ema in (0.5, 0.0))
    with training.averaged(fresh):
        assert kernel_of(fresh) == 0.75
    step(plain)
    own = kernel_of(plain)
    with training.averaged(plain):
        assert kernel_of(plain) == own
    with pytest.raises(RuntimeError), training.averaged(plain):
        raise RuntimeError


def test_the_average_of_every_weight_has_its_own_place() -> None:
    params = Params(optimizer="sgd", learning_rate=1.0, clipnorm=100.0, ema=0.5)
    model = training.prepare(lambda: network(2, bias=True), {"frame": "mean_squared_error"}, params)
    layer = model.layers[-1]
    layer.kernel.assign([[1.0, 2.0]])
    layer.bias.assign([3.0, 4.0])
    for gradient in (1.0, 2.0):
        gradients = [np.full((1, 2), gradient, np.float32), np.full(2, 10 * gradient, np.float32)]
        model.optimizer.apply([keras.ops.convert_to_tensor(each) for each in gradients], model.trainable_variables)
    with training.averaged(model):
        assert layer.kernel.numpy().tolist() == [[-1.0, 0.0]]
        assert layer.bias.numpy().tolist() == [-17.0, -16.0]
    assert layer.kernel.numpy().tolist() == [[-2.0, -1.0]]
    assert layer.bias.numpy().tolist() == [-27.0, -26.0]


def test_weights_without_an_average_of_their_own_are_refused() -> None:
    weights = [keras.Variable(1.0), keras.Variable(2.0)]
    optimizer = SimpleNamespace(
        use_ema=True, iterations=1, _trainable_variables=weights, _model_variables_moving_average=weights[:1]
    )
    with pytest.raises(ValueError, match="zip"), training.averaged(SimpleNamespace(optimizer=optimizer)):
        pass


# fit ----------------------------------------------------------------------------------------------------------------


def linear_sgd(
    kernel: float, epochs: range, *, rate: float, batch_size: int, seed: int
) -> Iterator[tuple[float, float]]:
    """By epoch, kernel and loss of the linear network trained in NumPy, over the orders that seed and epoch give.

    Keras ends an epoch of the batches once before the first, so that epoch i has the order of i + 1. The gradient of
    one weight is clipped to -1 and 1, as `Params.clipnorm` is by default.
    """
    every = examples()
    for epoch in epochs:
        order = np.random.default_rng([seed, epoch + 1]).permutation(len(every))
        losses = []
        for first in range(0, len(order), batch_size):
            batch = [every[index] for index in order[first : first + batch_size]]
            x, y, mask = (np.stack([each[name] for each in batch]) for name in ("features", "frame", "mask"))
            errors = mask * (kernel * x - y)[..., 0]
            losses += [np.mean(errors**2)] * len(batch)
            kernel -= rate * float(np.clip(np.mean(2 * errors * x[..., 0]), -1, 1))
        yield kernel, float(np.mean(losses))


def trained(run: training.Run, *, scores: list[float] | None = None, kernel: float = 0.9, **arguments: Any) -> Any:
    """The linear network after `fit`; epoch i is validated with ``scores[i]``."""
    model = prepared(run.params, kernel=kernel)
    given = scores or [float(epoch) for epoch in range(run.params.epochs)]

    def validate() -> training.Log:
        return {"val_loss": 1.0, "score": given[len(run.history)], "kernel": kernel_of(model)}

    training.fit(model, examples(), targets, validate, run, **arguments)
    return model


def test_training_is_gradient_descent_over_the_examples_of_each_epoch() -> None:
    recorder = Recorder()
    params = Params(epochs=3, batch_size=2, optimizer="sgd", learning_rate=0.25, plateau_patience=2, seed=3)
    run = recorder.run(params)
    model = trained(run)
    ref = list(linear_sgd(0.9, range(3), rate=0.25, batch_size=2, seed=3))
    assert recorder.kernels == pytest.approx([kernel for kernel, _ in ref], abs=1e-6)
    assert [log["loss"] for log in run.history] == pytest.approx([loss for _, loss in ref], abs=1e-6)
    assert kernel_of(model) == pytest.approx(ref[-1][0], abs=1e-6)
    other = list(linear_sgd(0.9, range(3), rate=0.25, batch_size=2, seed=4))
    assert abs(other[0][0] - ref[0][0]) > 1e-4, "another order would be seen"


def test_states_histories_and_logs_come_in_the_order_of_the_epochs() -> None:
    recorder = Recorder()
    run = recorder.run(Params(epochs=3, batch_size=2, optimizer="sgd", learning_rate=0.25, seed=3))
    trained(run, scores=[0.5, 0.7, 0.6])
    assert [name for name, _ in recorder.calls] == ["save", "log"] * 3
    logs = [content for name, content in recorder.calls if name == "log"]
    assert [log["epoch"] for log in logs] == [0, 1, 2]
    assert [log["score"] for log in logs] == [0.5, 0.7, 0.6]
    assert [log["learning_rate"] for log in logs] == [0.25] * 3
    assert all(set(log) == {"epoch", "loss", "val_loss", "score", "kernel", "learning_rate"} for log in logs)
    histories = [content[1] for name, content in recorder.calls if name == "save"]
    assert histories == [logs[:1], logs[:2], logs[:3]]
    assert run.history == logs
    kernels = [float(state["variable-0000"][0, 0]) for state in recorder.states]
    assert kernels == recorder.kernels == [log["kernel"] for log in logs]
    assert len(set(kernels)) == 3
    assert [int(state["variable-0001"]) for state in recorder.states] == [3, 6, 9], "three batches an epoch"
    assert run.best_epoch() == 1


def test_the_average_is_validated_and_saved_and_the_weights_are_trained() -> None:
    recorder = Recorder()
    params = Params(epochs=2, batch_size=5, optimizer="sgd", learning_rate=0.25, ema=0.5, seed=3)
    run = recorder.run(params)
    model = trained(run)
    (first, _), (second, _) = linear_sgd(0.9, range(2), rate=0.25, batch_size=5, seed=3)
    averages = [first, (first + second) / 2]
    assert [log["kernel"] for log in run.history] == pytest.approx(averages, abs=1e-6)
    assert recorder.kernels == pytest.approx(averages, abs=1e-6)
    assert [float(state["variable-0000"][0, 0]) for state in recorder.states] == pytest.approx([first, second])
    assert kernel_of(model) == pytest.approx(averages[1]), "Keras itself ends with the average"


def test_a_training_that_goes_on_equals_one_that_never_stopped() -> None:
    params = Params(epochs=5, batch_size=2, optimizer="sgd", learning_rate=0.25, plateau_patience=2, seed=3)
    whole, begun, resumed = Recorder(), Recorder(), Recorder()
    trained(whole.run(params))
    trained(begun.run(dataclasses.replace(params, epochs=2)))
    history = begun.calls[-2][1][1]
    run = resumed.run(params, history=[dict(log) for log in history], state=begun.states[-1])
    trained(run, kernel=-5.0)
    assert resumed.kernels == whole.kernels[2:]
    assert [content["epoch"] for name, content in resumed.calls if name == "log"] == [2, 3, 4]
    for name, value in whole.states[-1].items():
        np.testing.assert_array_equal(resumed.states[-1][name], value, err_msg=name)
    assert [log["learning_rate"] for log in run.history] == [0.25, 0.25, 0.25, 0.125, 0.125]


def without_steps(run: training.Run, scores: list[float]) -> Any:
    """`fit` of a network that takes no steps: its callbacks follow epochs validated with such scores."""
    model = prepared(run.params)

    def fit(batches: Any, *, epochs: int, initial_epoch: int, callbacks: list[Any], **_: Any) -> None:
        for callback in callbacks:
            callback.set_model(model)
            callback.on_train_begin()
        for epoch in range(initial_epoch, epochs):
            model.optimizer.iterations.assign(epoch + 1)
            logs = {"loss": 1.0}
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs)
            if model.stop_training:
                return

    model.fit = fit
    training.fit(model, examples(), targets, lambda: {"val_loss": 1.0, "score": scores[len(run.history)]}, run)
    return model


@pytest.mark.parametrize(
    ("settings", "scores", "rates"),
    [
        # The first epoch sets the mark, two more do no better; a rate is logged before it is lowered.
        ({}, [0.0] * 6, [0.4, 0.4, 0.4, 0.2, 0.2, 0.1]),
        ({"plateau_patience": 1, "plateau_factor": 0.25}, [0.0] * 4, [0.4, 0.4, 0.1, 0.025]),
        ({"plateau_monitor": "score"}, [0.1, 0.3, 0.2, 0.1, 0.0, 0.0], [0.4, 0.4, 0.4, 0.4, 0.2, 0.2]),
        ({"plateau_monitor": "score"}, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.4] * 6),
        (
            {"plateau_monitor": "score", "plateau_delta": 0.25},
            [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
            [0.4, 0.4, 0.4, 0.2, 0.2, 0.2],
        ),
        ({"schedule": "cosine", "learning_rate": 0.4}, [0.0] * 2, [0.4, 0.0]),
    ],
)
def test_the_rate_falls_on_a_plateau(settings: dict[str, Any], scores: list[float], rates: list[float]) -> None:
    params = Params(**{"epochs": len(scores), "batch_size": 5, "optimizer": "sgd", "learning_rate": 0.4, **settings})
    run = Recorder().run(params)
    without_steps(run, scores)
    assert [log["learning_rate"] for log in run.history] == pytest.approx(rates, abs=1e-7)


@pytest.mark.parametrize(
    ("scores", "n_epochs"), [([0.5, 0.4, 0.5, 0.9], 3), ([0.1, 0.2, 0.1, 0.3], 4), ([0.1, 0.5, 0.4, 0.3], 4)]
)
def test_training_stops_when_its_patience_is_over(scores: list[float], n_epochs: int) -> None:
    run = Recorder().run(Params(epochs=4, stop_patience=2))
    without_steps(run, scores)
    assert [log["score"] for log in run.history] == scores[:n_epochs]


def test_keras_stops_training_when_the_run_is_over() -> None:
    run = Recorder().run(Params(epochs=4, batch_size=5, stop_patience=2, optimizer="sgd"))
    trained(run, scores=[0.5, 0.4, 0.5, 0.9])
    assert [log["score"] for log in run.history] == [0.5, 0.4, 0.5]


def test_a_run_that_is_over_is_not_trained() -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("asked for")

    run = scored([0.5, 0.4, 0.3], stop_patience=2)
    training.fit(None, examples(), refuse, refuse, run)
    assert len(run.history) == 3


def test_a_loss_that_is_no_number_ends_the_run_and_saves_nothing() -> None:
    recorder, validated = Recorder(), []
    run = recorder.run(Params(epochs=2, batch_size=2, optimizer="sgd"))
    model = prepared(run.params, kernel=0.5)
    infinite = [{**each, "frame": each["frame"] * np.float32(np.inf)} for each in examples()]
    with pytest.raises(MirlitonError) as error:
        training.fit(model, infinite, targets, lambda: validated.append(1) or {}, run)
    assert error.value.expected == "a finite training loss"
    assert error.value.received in ("nan in epoch 0", "inf in epoch 0")
    assert error.value.remedy == (
        "lower training.learning_rate or training.clipnorm, or look at the check of finite features"
    )
    assert (recorder.calls, run.history, validated) == ([], [], [])


class Stand:
    """In the place of a network: it keeps what `fit` was called with."""

    def fit(self, batches: Any, **arguments: Any) -> None:
        self.batches, self.arguments = batches, arguments


def test_keras_gets_batches_of_this_epoch_and_does_not_shuffle_them() -> None:
    def augment(example: Any, another: Any, rng: Any) -> Any:
        return {**example, "features": example["features"] + 100}

    run = scored([0.5, 0.6], epochs=7, batch_size=3, seed=9)
    weights, model = np.array([1.0, 0.0, 2.0, 1.0, 1.0]), Stand()
    training.fit(model, examples(), targets, dict, run, silence=-3.0, augment=augment, weights=weights)
    batches = model.batches
    assert (batches.seed, batches.epoch, batches.batch_size) == (9, 2, 3)
    assert batches.segments.silence == -3.0
    assert batches.segments.n_frames == 512
    assert sorted(batches.order) == [0, 2, 2, 3, 4]
    assert (batches[0][0] > 50).all(), "augmented"
    callbacks = model.arguments.pop("callbacks")
    assert model.arguments == {"epochs": 7, "initial_epoch": 2, "shuffle": False, "verbose": 0}
    names = [type(callback).__name__ for callback in callbacks]
    assert names == ["TerminateOnNaN", "Validation", "ReduceLROnPlateau", "Memory"]
    assert callbacks[0].async_safe is True
    assert callbacks[1].validate is dict
    assert callbacks[3].run is run
    assert callbacks[3].others == [callbacks[2]]
    assert isinstance(callbacks[1], Validation)
    assert isinstance(callbacks[3], Memory)


def test_every_example_is_visited_once_in_an_epoch_and_silence_is_0_unless_told_otherwise() -> None:
    model = Stand()
    shards = [
        {name: np.full((512, 1), i, np.float32) for name in ("features", "frame")} | {"mask": np.ones(512, np.uint8)}
        for i in range(2)
    ]
    run = scored([], segment_frames=128, batch_size=3, schedule="cosine")
    training.fit(model, shards, targets, dict, run)
    assert (model.batches.segments.silence, model.batches.segments.n_frames) == (0.0, 128)
    assert sorted(model.batches.order) == list(range(8))
    assert model.batches.augment is None
    assert model.arguments["initial_epoch"] == 0
    assert [type(each).__name__ for each in model.arguments["callbacks"]] == ["TerminateOnNaN", "Validation", "Memory"]
    assert model.arguments["callbacks"][2].others == []


# steps and variables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_examples", "batch_size", "segment_frames", "steps"),
    [
        (6, 3, 512, 2),
        (7, 3, 512, 3),
        (1, 16, 512, 1),
        (0, 3, 512, 1),
        (0.2, 1, 512, 1),
        (7, 3, 128, 10),
        (6, 4, 256, 3),
        (5, 2, 200, 5),
        (2, 1, 257, 2),
        (3.4, 1, 512, 3),
        (3.6, 1, 512, 4),
        (3.4, 1, 128, 14),
    ],
)
def test_batches_in_an_epoch(n_examples: float, batch_size: int, segment_frames: int, steps: int) -> None:
    settings = Params(batch_size=batch_size, segment_frames=segment_frames)
    assert training.steps_per_epoch(n_examples, settings) == steps


def test_the_variables_are_those_of_network_and_optimizer_by_position() -> None:
    model = prepared(Params(optimizer="sgd", learning_rate=0.25, clipnorm=10.0), kernel=2.0)
    state = training.variables(model)
    assert list(state) == ["variable-0000", "variable-0001", "variable-0002"]
    assert state["variable-0000"].tolist() == [[2.0]]
    assert int(state["variable-0001"]) == 0
    assert float(state["variable-0002"]) == 0.25
    step(model, 4.0)
    assert state["variable-0000"].tolist() == [[2.0]], "a copy"
    later = training.variables(model)
    assert later["variable-0000"].tolist() == [[1.0]]
    assert int(later["variable-0001"]) == 1
