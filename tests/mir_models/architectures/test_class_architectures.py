"""The contract of every network that classifies windows, and the sizes of the reference networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mir_models.architectures import ClassArchitecture, crnn, parallel_cnn_rnn, patch_cnn
from mir_models.features import feature_of
from mir_models.tasks import TASKS
from mir_models.training import fit
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from tests.mir_models.architectures.overfitting import is_reached, without_dropout
from tests.protocols.entries import CLASS_ARCHITECTURES, ENSEMBLES

TRAINED = [each for each in CLASS_ARCHITECTURES if each not in ENSEMBLES]
"""Architectures but for ensembles, which have tests of their own."""


@pytest.fixture(scope="module", params=TRAINED, ids=lambda each: each.NAME)
def classifier(request: pytest.FixtureRequest) -> tuple[Any, Any, Any]:
    """A network for three classes, with a batch of windows each of which is loud in the bands of its class."""
    architecture: ClassArchitecture = request.param
    feature = feature_of(architecture.FEATURE)
    n_bins = feature.extract(np.zeros(2048, np.float32), feature.PRESETS[architecture.FEATURE]).shape[1]
    rng, classes = np.random.default_rng(0), np.arange(6) % 3
    features = rng.normal(-60, 5, (6, architecture.WINDOW.frames, n_bins)).astype(np.float32)
    for window, number in zip(features, classes, strict=True):
        window[:, number * n_bins // 3 : (number + 1) * n_bins // 3] += 25
    scale = Scale(np.full(n_bins, -55.0), np.full(n_bins, 150.0))
    task = TASKS.get(architecture.TASK)
    settings = TrainingParams(
        optimizer=architecture.TRAINING.optimizer, learning_rate=architecture.TRAINING.learning_rate
    )
    model = fit.prepare(
        lambda: architecture.build(
            without_dropout(architecture.Params()), scale=scale, n_frames=architecture.WINDOW.frames, n_classes=3
        ),
        task.losses(architecture.HEADS),
        settings,
    )
    return model, features, np.eye(3, dtype=np.float32)[classes]


def test_a_classifier_overfits_one_batch(classifier: tuple[Any, Any, Any]) -> None:
    model, features, targets = classifier

    def probabilities() -> np.ndarray:
        return np.asarray(model(features, training=True)["class"])  # With statistics of the batch.

    def is_right() -> bool:
        return bool(np.all((probabilities() > 0.5) == targets.astype(bool)))

    assert is_reached(lambda: model.train_on_batch(features, {"class": targets}), is_right, n_steps=60)
    np.testing.assert_allclose(probabilities().sum(axis=1), 1, atol=1e-5)


def test_a_classifier_comes_back_equal_from_disk(classifier: tuple[Any, Any, Any], tmp_path: Path) -> None:
    import keras

    model, features, targets = classifier
    model.save(tmp_path / "model.keras")
    outputs = keras.models.load_model(tmp_path / "model.keras", compile=False).predict_on_batch(features)["class"]
    assert outputs.shape == targets.shape
    np.testing.assert_array_equal(outputs, model.predict_on_batch(features)["class"])


@pytest.mark.parametrize(
    ("network", "n_frames", "n_bins", "n_classes", "n_parameters"),
    [(crnn, 640, 128, 8, 133_520), (parallel_cnn_rnn, 640, 128, 8, 85_544), (patch_cnn, 40, 64, 20, 227_042)],
)
def test_a_reference_network_has_its_parameters(
    network: ClassArchitecture, n_frames: int, n_bins: int, n_classes: int, n_parameters: int
) -> None:
    scale = Scale(np.zeros(n_bins), np.ones(n_bins))
    model = network.build(network.Params(), scale=scale, n_frames=n_frames, n_classes=n_classes)
    assert model.count_params() == n_parameters


@pytest.mark.parametrize(
    ("network", "pooled"),
    [
        (crnn, [(318, 56), (157, 56), (76, 56)]),
        (parallel_cnn_rnn, [(319, 64, 16), (158, 32, 32), (78, 16, 64), (19, 4, 64), (160, 64, 1), (4, 1, 64)]),
    ],
)
def test_a_reference_network_has_its_shapes(network: ClassArchitecture, pooled: list[tuple[int, ...]]) -> None:
    model = network.build(network.Params(), scale=Scale(np.zeros(128), np.ones(128)), n_frames=640, n_classes=8)
    assert [tuple(layer.output.shape[1:]) for layer in model.layers if "pooling" in layer.name] == pooled
