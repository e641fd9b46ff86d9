"""Variables of a model: the moving average in the place of the weights, arrays by position."""

from __future__ import annotations

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from mir_models.training.fit import prepare
from mir_models.training.params import Params
from mir_models.training.variables import averaged_weights, get_variables
from tests.mir_models.training.linear_network import kernel_of, network, prepared, step


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_the_average_stands_in_for_the_weights_and_they_come_back(precision: str) -> None:
    """The weights go 0, -1, -2, -3; their average with a momentum of 0.5: -1, -1.5, -2.25."""
    model = prepared(Params(optimizer="sgd", learning_rate=1.0, ema=0.5, precision=precision), kernel=0.0)
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    for average in (-1.0, -1.5, -2.25):
        gradient = keras.ops.convert_to_tensor([[1.0]])
        optimizer.apply([gradient], model.trainable_variables)
        own = kernel_of(model)
        with averaged_weights(model):
            assert kernel_of(model) == average
        assert kernel_of(model) == own
    with pytest.raises(RuntimeError), averaged_weights(model):
        raise RuntimeError
    assert kernel_of(model) == -3.0


def test_before_the_first_step_and_without_an_average_the_weights_are_their_own() -> None:
    fresh, plain = (prepared(Params(optimizer="sgd", ema=ema), kernel=0.75) for ema in (0.5, 0.0))
    with averaged_weights(fresh):
        assert kernel_of(fresh) == 0.75
    step(plain)
    own = kernel_of(plain)
    with averaged_weights(plain):
        assert kernel_of(plain) == own
    with pytest.raises(RuntimeError), averaged_weights(plain):
        raise RuntimeError


def test_the_average_of_every_weight_has_its_own_place() -> None:
    params = Params(optimizer="sgd", learning_rate=1.0, clipnorm=100.0, ema=0.5)
    model = prepare(lambda: network(2, bias=True), {"frame": "mean_squared_error"}, params)
    layer = model.layers[-1]
    layer.kernel.assign([[1.0, 2.0]])
    layer.bias.assign([3.0, 4.0])
    for gradient in (1.0, 2.0):
        gradients = [np.full((1, 2), gradient, np.float32), np.full(2, 10 * gradient, np.float32)]
        model.optimizer.apply([keras.ops.convert_to_tensor(each) for each in gradients], model.trainable_variables)
    with averaged_weights(model):
        assert layer.kernel.numpy().tolist() == [[-1.0, 0.0]]
        assert layer.bias.numpy().tolist() == [-17.0, -16.0]
    assert layer.kernel.numpy().tolist() == [[-2.0, -1.0]]
    assert layer.bias.numpy().tolist() == [-27.0, -26.0]


def test_weights_without_an_average_are_an_error() -> None:
    weights = [keras.Variable(1.0), keras.Variable(2.0)]
    optimizer = SimpleNamespace(
        use_ema=True, iterations=1, _trainable_variables=weights, _model_variables_moving_average=weights[:1]
    )
    with pytest.raises(ValueError, match="zip"), averaged_weights(SimpleNamespace(optimizer=optimizer)):
        pass


def test_the_variables_are_those_of_network_and_optimizer_by_position() -> None:
    model = prepared(Params(optimizer="sgd", learning_rate=0.25, clipnorm=10.0), kernel=2.0)
    state = get_variables(model)
    assert list(state) == ["variable-0000", "variable-0001", "variable-0002"]
    assert state["variable-0000"].tolist() == [[2.0]]
    assert int(state["variable-0001"]) == 0
    assert float(state["variable-0002"]) == 0.25
    step(model, 4.0)
    assert state["variable-0000"].tolist() == [[2.0]], "a copy"
    later = get_variables(model)
    assert later["variable-0000"].tolist() == [[1.0]]
    assert int(later["variable-0001"]) == 1
