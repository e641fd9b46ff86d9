"""Several devices: a training on four of them is that of one within rounding, and goes on where it was, to the bit."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mir_models.errors import ParameterError
from mir_models.training import distribution
from mir_models.training.even_batches import EvenBatches

ROOT = Path(__file__).parents[3]
TRAININGS = """
import json
import keras
import numpy as np
from mir_models.training import distribution
from mir_models.training.fit import fit, prepare
from mir_models.training.params import Params
from mir_models.training.run import Run

PARAMS = Params(epochs=2, batch_size=8, segment_frames=512, ema=0.9, learning_rate=0.01, stop_patience=9)
RNG = np.random.default_rng(0)
EXAMPLES = [
    {"features": RNG.normal(size=(512, 6)).astype("float32"), "mask": np.ones(512, "uint8"), "start": np.array(0),
     "frame": (RNG.random((512, 4)) < 0.2).astype("float32")}
    for _ in range(11)
]

def build():
    inputs = keras.Input((None, 6))
    x = keras.layers.Dropout(0.2)(keras.layers.Conv1D(5, 3, padding="same")(inputs))
    return keras.Model(inputs, {"frame": keras.layers.Dense(4, activation="sigmoid", name="frame")(x)})

def train(n_devices, state=None, history=()):
    saved = []
    run = Run(PARAMS, "score", save=lambda model, state, log: saved.append((state, [dict(x) for x in log])),
              log=lambda log: None, history=[dict(each) for each in history], state=state)
    with distribution.data_parallel(n_devices):
        model = prepare(build, {"frame": "binary_crossentropy"}, PARAMS)
        validation = np.stack([each["features"] for each in EXAMPLES[:3]])
        def validate():
            return {"score": float(model.predict(validation, verbose=0)["frame"].mean()), "val_loss": 1.0}
        fit(model, EXAMPLES, lambda arrays: {"frame": arrays["frame"]}, validate, run)
        placed = {len(each.value.sharding.device_set) for each in model.variables}
    return saved, placed

one, on_one = train(1)
four, on_four = train(4)
again, _ = train(4, *four[0])
counts = {}
for requested, batch_size in ((None, 16), (4, 16), (2, 6), (3, 16), (5, 10), (0, 8)):
    try:
        counts[f"{requested} {batch_size}"] = distribution.n_devices_for(requested, batch_size)
    except Exception as error:
        counts[f"{requested} {batch_size}"] = str(error)
print(json.dumps({
    "placed": [sorted(on_one), sorted(on_four)],
    "losses": [[log["loss"] for log in saved[-1][1]] for saved in (one, four, again)],
    "scores": [[log["score"] for log in saved[-1][1]] for saved in (one, four, again)],
    "differences": [float(np.abs(one[-1][0][name] - four[-1][0][name]).max()) for name in one[-1][0]],
    "resumed": all((again[-1][0][name] == four[-1][0][name]).all() for name in four[-1][0]),
    "counts": counts,
}))
"""
needs_jax = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")


@pytest.fixture(scope="module")
def trainings() -> Any:
    """Three trainings of eleven examples in batches of eight: on one device, on four, on four after the first epoch."""
    variables = {"KERAS_BACKEND": "jax", "XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", TRAININGS], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@needs_jax
def test_a_training_on_four_devices_is_that_of_one_within_rounding(trainings: Any) -> None:
    assert trainings["placed"] == [[1], [4]]
    one, four, _ = trainings["losses"]
    assert one[-1] < 0.99 * one[0]
    np.testing.assert_allclose(four, one, rtol=5e-3)  # Keras counts the example that fills the last batch up.
    np.testing.assert_allclose(trainings["scores"][1], trainings["scores"][0], rtol=1e-5)
    assert max(trainings["differences"]) < 1e-5


@needs_jax
def test_a_training_on_four_devices_goes_on_to_the_bit(trainings: Any) -> None:
    assert trainings["resumed"] is True
    assert trainings["losses"][2] == trainings["losses"][1]


@needs_jax
def test_devices_are_there_and_divide_the_batch(trainings: Any) -> None:
    counts = trainings["counts"]
    assert {key: each for key, each in counts.items() if isinstance(each, int)} == {"None 16": 1, "4 16": 4, "2 6": 2}
    assert "Received: a batch of 16 on 3 devices. Remedy: training.batch_size of a multiple of 3" in counts["3 16"]
    assert counts["5 10"].startswith("Expected 1 to 4 devices. Received: 5")
    assert counts["0 8"].startswith("Expected 1 to 4 devices. Received: 0")


def test_tensorflow_takes_one_device() -> None:
    assert distribution.n_devices_for(None, 16) == distribution.n_devices_for(1, 16) == 1
    with pytest.raises(ParameterError, match=r"2 devices with tensorflow. Remedy: KERAS_BACKEND=jax"):
        distribution.n_devices_for(2, 16)


def test_added_examples_weigh_nothing_and_the_loss_stays() -> None:
    features = np.arange(10.0).reshape(5, 2)
    batches = [
        (features, {"a": features + 1}, {"a": np.array([1.0, 1, 0, 1, 1])[:, None]}),
        (features, {"a": features}),
    ]
    even = EvenBatches(batches, 4)
    assert len(even) == 2
    for (_, targets, *weights), (found, found_targets, found_weights) in zip(batches, (even[0], even[1]), strict=True):
        assert len(found) == len(found_targets["a"]) == len(found_weights["a"]) == 8
        np.testing.assert_array_equal(found[:5], features)
        np.testing.assert_array_equal(found_targets["a"][:5], targets["a"])
        weight = weights[0]["a"] if weights else np.ones((5, 1))
        np.testing.assert_array_equal(found_weights["a"][5:], 0)
        loss = np.mean(targets["a"] * weight)
        weighted = found_targets["a"] * found_weights["a"].reshape(8, 1)
        assert np.mean(weighted) == pytest.approx(loss)
