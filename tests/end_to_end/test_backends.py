"""From the same weights, a training takes the same way under every backend of Keras."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
TRAINING = """
import json, sys
from dataclasses import replace
from pathlib import Path
import numpy as np
from mir_models.architectures import ARCHITECTURES
from mir_models.features import feature_of
from mir_models.tasks import TASKS
from mir_models.training.fit import prepare
from mir_models.training.normalisation import Scale
from mir_models.training.variables import averaged_weights

network, weights, n_steps = ARCHITECTURES.get("onsets_frames"), Path(sys.argv[1]), 8
task, params = TASKS.get(network.TASK), feature_of(network.FEATURE).PRESETS[network.FEATURE]
model = prepare(
    lambda: network.build(network.Params(), scale=Scale(np.full(params.n_bins, -60.0), np.full(params.n_bins, 300.0))),
    task.losses(network.HEADS), replace(network.TRAINING, epochs=1), weights=task.weights(network.HEADS),
    steps_per_epoch=n_steps,
)
if not weights.exists():
    np.savez(weights, *model.get_weights())
with np.load(weights) as kept:
    model.set_weights([kept[name] for name in kept.files])
rng, losses = np.random.default_rng(0), []
for _ in range(n_steps):
    roll = (rng.random((2, 32, 88)) < 0.05).astype(np.float32)
    bins = rng.normal(-60, 20, (2, 32, params.n_bins)).astype(np.float32)
    bins[..., : 3 * 88] += 40 * np.repeat(roll, 3, axis=-1)
    metrics = model.train_on_batch(bins, dict.fromkeys(network.HEADS, roll), return_dict=True)
    losses.append(float(metrics["loss"]))
with averaged_weights(model):
    print(json.dumps({"losses": losses, "averaged": [float(np.abs(each).sum()) for each in model.get_weights()]}))
"""
"""Eight steps of the default transcriber: clipped gradients, a cosine, weight decay, averaged weights."""
OTHERS = [
    pytest.param(name, marks=pytest.mark.skipif(find_spec(name) is None, reason=f"{name} is not installed"))
    for name in ("jax", "torch")
]


def losses_of(backend: str, weights: Path) -> dict[str, list[float]]:
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", TRAINING, str(weights)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("backend", OTHERS)
def test_backends_train_alike_from_the_same_weights(backend: str, tmp_path: Path) -> None:
    first, other = (losses_of(each, tmp_path / "weights.npz") for each in ("tensorflow", backend))
    assert first["losses"][-1] < 0.9 * first["losses"][0]
    np.testing.assert_allclose(other["losses"], first["losses"], rtol=2e-3)
    np.testing.assert_allclose(other["averaged"], first["averaged"], rtol=2e-3)
