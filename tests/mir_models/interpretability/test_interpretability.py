"""Interpretability: gradients by training the input are gradients, and maximised activations are higher."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mir_models.architectures import ARCHITECTURES
from mir_models.figures.network import layer_responses, saliency_map, spectra, track_map
from mir_models.interpretability.activation_maximisation import Params, maximise_activation
from mir_models.interpretability.convolutions import convolutions, filters, most_variable_filters, responses
from mir_models.interpretability.embedding_map import tsne
from mir_models.interpretability.saliency import saliency
from mir_models.training.normalisation import Scale


@pytest.fixture(scope="module", params=["x_vector", "patch_cnn"])
def network(request: pytest.FixtureRequest) -> Any:
    """A network of random weights, with two windows."""
    import keras

    keras.utils.set_random_seed(1)
    architecture, n_bins = ARCHITECTURES.get(request.param), {"patch_cnn": 64}.get(request.param, 128)
    n_frames = architecture.WINDOW.frames
    scale = Scale(np.full(n_bins, -40.0), np.full(n_bins, 100.0))
    model = architecture.build(architecture.Params(), scale=scale, n_frames=n_frames, n_classes=3)
    windows = np.random.default_rng(0).normal(-40, 10, (2, n_frames, n_bins)).astype(np.float32)
    return SimpleNamespace(name=request.param, model=model, windows=windows, level=scale.mean)


def test_filters_are_those_of_the_first_convolution(network: Any) -> None:
    shapes = {"x_vector": (32, 5, 128), "patch_cnn": (15, 9, 9)}
    assert filters(network.model).shape == shapes[network.name]
    assert len(convolutions(network.model)) == {"x_vector": 4, "patch_cnn": 1}[network.name]


def test_every_convolution_has_a_response(network: Any) -> None:
    outputs = responses(network.model, network.windows[0])
    assert list(outputs) == convolutions(network.model)
    assert all(each.ndim == 2 and np.isfinite(each).all() for each in outputs.values())


def test_saliency_is_the_derivative(network: Any) -> None:
    slopes = saliency(network.model, network.windows, 1)
    assert slopes.shape == network.windows.shape
    direction = slopes / np.sqrt((slopes**2).sum(axis=(1, 2), keepdims=True))
    step = 0.05

    def logarithm(windows: np.ndarray) -> np.ndarray:
        return np.log(np.asarray(network.model.predict_on_batch(windows.astype(np.float32))["class"])[:, 1])

    risen = (logarithm(network.windows + step * direction) - logarithm(network.windows - step * direction)) / (2 * step)
    np.testing.assert_allclose(risen, np.sqrt((slopes**2).sum(axis=(1, 2))), rtol=0.1)


def test_the_maximised_activation_is_higher_and_the_weights_stay(network: Any) -> None:
    import keras

    before = [np.array(each) for each in network.model.get_weights()]
    layer = convolutions(network.model)[-1]
    chosen = most_variable_filters(network.model, layer, network.windows, 2)
    found = maximise_activation(network.model, layer, chosen, network.level, Params(steps=15))
    start = maximise_activation(network.model, layer, chosen, network.level, Params(steps=0))
    part = keras.Model(network.model.inputs, network.model.get_layer(layer).output)
    grown, was = (
        [np.asarray(part.predict_on_batch(x))[n, ..., each].mean() for n, each in enumerate(chosen)]
        for x in (found, start)
    )
    assert all(after > earlier for after, earlier in zip(grown, was, strict=True))
    for one, other in zip(before, network.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert all(layer.trainable for layer in network.model.layers)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_another_backend_gives_the_same_gradients(backend: str, tmp_path: Path) -> None:
    """By a network of given weights; a backend that is not installed is left out."""
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    found = {each: slopes_on(each, tmp_path) for each in ("tensorflow", backend)}
    np.testing.assert_allclose(found[backend][0], found["tensorflow"][0], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(found[backend][1], found["tensorflow"][1], rtol=1e-2, atol=0.05)


def slopes_on(backend: str, folder: Path) -> list[np.ndarray]:
    """Saliency and a maximised input of a small network, in a process of its own."""
    out = folder / f"{backend}.npz"
    environment = {**os.environ, "KERAS_BACKEND": backend}
    subprocess.run([sys.executable, "-c", SCRIPT, str(out)], env=environment, check=True, capture_output=True)
    with np.load(out) as arrays:
        return [arrays["slopes"], arrays["drawn"]]


SCRIPT = """
import sys
import keras, numpy as np
from mir_models.architectures import ARCHITECTURES
from mir_models.interpretability.activation_maximisation import Params, maximise_activation
from mir_models.interpretability.saliency import saliency
from mir_models.training.normalisation import Scale

network, rng = ARCHITECTURES.get("patch_cnn"), np.random.default_rng(0)
scale = Scale(np.full(64, -40.0), np.full(64, 100.0))
model = network.build(network.Params(dense=16), scale=scale, n_frames=40, n_classes=3)
model.set_weights([0.1 * rng.normal(size=each.shape) for each in model.get_weights()])
windows = rng.normal(-40, 10, (2, 40, 64)).astype(np.float32)
drawn = maximise_activation(model, "conv2d", np.array([0, 3]), scale.mean, Params(steps=3))
np.savez(sys.argv[1], slopes=saliency(model, windows, 1), drawn=drawn)
"""


def test_figures_are_drawn(network: Any) -> None:
    """Frames to the right and bins upward; titles as they are given, also where a formula could be read."""
    kernels = filters(network.model)
    cells = spectra(kernels, [f"filter {n}" for n in range(len(kernels))], signed=True).axes
    for n, (cell, kernel) in enumerate(zip(cells, kernels, strict=False)):
        assert cell.get_title() == f"filter {n}"
        np.testing.assert_array_equal(cell.images[0].get_array(), kernel.T)
    assert not any(cell.images for cell in cells[len(kernels) :]), "the rest of the grid is empty"
    outputs = responses(network.model, network.windows[0])
    clip, *layers = layer_responses(network.windows[0], outputs, "a $_$ clip").axes
    np.testing.assert_array_equal(clip.images[0].get_array(), network.windows[0].T)
    assert clip.get_title() == r"a \$_\$ clip"
    assert [axes.get_title(loc="left") for axes in layers] == list(outputs)
    assert [axes.images[0].get_array().shape for axes in layers] == [each.T.shape for each in outputs.values()]
    slopes = saliency(network.model, network.windows[:1], 0)[0]
    spectrum, why = saliency_map(network.windows[0], slopes, "why").axes
    np.testing.assert_array_equal(spectrum.images[0].get_array(), network.windows[0].T)
    np.testing.assert_array_equal(why.images[0].get_array(), slopes.T)
    low, high = why.images[0].get_clim()
    assert -low == high > 0, "0 is neither red nor blue"


def test_a_map_keeps_what_is_near_together() -> None:
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(0, 1, (12, 5)), rng.normal(30, 1, (12, 5))])
    points = tsne(rows)
    apart = np.linalg.norm(points[:12].mean(axis=0) - points[12:].mean(axis=0))
    assert apart > np.linalg.norm(points[:12] - points[:12].mean(axis=0), axis=1).mean()
    legend = track_map(points, ["a"] * 12 + ["b"] * 12, [True] * 23 + [False]).axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]
