"""Training in mixed precision: the same network a little less exactly, whose weights and outputs are float32."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

from mir_models.architectures import onsets_frames
from mir_models.examples.shards import SHARD_FRAMES
from mir_models.setting_types import setting_types
from mir_models.tasks import piano_transcription
from mir_models.training import fit
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.run import Log, Run
from storage.models.exported import to_keras_file
from storage.models.onnx_export import to_onnx
from storage.models.onnx_network import OnnxNetwork

N_FRAMES = SHARD_FRAMES
NETWORK = onsets_frames.Params(stem=4, filters=8, relatives=2, velocity_filters=4, frame_filters=4)


def examples() -> list[dict[str, np.ndarray]]:
    """Two shards of noise with a few notes in them."""
    rng = np.random.default_rng(0)
    struck = rng.random((2, N_FRAMES, 88)) < 0.02
    return [
        {
            "features": rng.normal(-40, 15, (N_FRAMES, 297)).astype(np.float32),
            "mask": np.ones(N_FRAMES, np.uint8),
            "frame": each,
            "onset": each,
            "offset": each,
            "velocity": (100 * each).astype(np.uint8),
            "onset_regressed": each.astype(np.float32),
        }
        for each in struck
    ]


def trained(precision: str) -> tuple[list[Any], list[Log]]:
    """The networks that were kept after each of six epochs, and the logs."""
    params = TrainingParams(epochs=6, batch_size=1, precision=precision, ema=0.5)
    build = partial(onsets_frames.build, NETWORK, scale=Scale(np.full(297, -40.0), np.full(297, 15.0)))
    heads = onsets_frames.HEADS
    losses, weights = piano_transcription.losses(heads), piano_transcription.weights(heads)
    model, kept = fit.prepare(build, losses, params, weights=weights), []
    run = Run(params, "val_note_f1", save=lambda each, *_: kept.append(each), log=lambda log: None)
    targets = partial(piano_transcription.targets, heads=heads)
    fit.fit(model, examples(), targets, lambda: {"val_loss": 1.0, "val_note_f1": 0.0}, run)
    assert {variable.dtype for variable in model.trainable_variables} == {"float32"}
    return kept, run.history


@pytest.fixture(scope="module", autouse=True)
def _shallow() -> Iterator[None]:
    """Networks of few layers: two steps instead of four, one of two and two of five."""
    with pytest.MonkeyPatch.context() as patch:
        for name, n in (("STEPS", 2), ("VELOCITY_STEPS", 1), ("FRAME_STEPS", 2)):
            patch.setattr(onsets_frames, name, getattr(onsets_frames, name)[:n])
        yield


@pytest.fixture(scope="module")
def exact() -> list[Log]:
    return trained("float32")[1]


PRECISIONS = setting_types(TrainingParams)["precision"].choices


@pytest.fixture(scope="module", params=[each for each in PRECISIONS if each != "float32"])
def mixed(request: pytest.FixtureRequest) -> tuple[str, list[Any], list[Log]]:
    return (request.param, *trained(request.param))


def test_mixed_precision_trains_as_float32_does(mixed: tuple[str, Any, Any], exact: list[Log]) -> None:
    precision, _, history = mixed
    losses = [log["loss"] for log in history]
    if precision == "mixed_bfloat16":
        assert losses == pytest.approx([log["loss"] for log in exact], rel=0.02)
    assert losses[-1] < 0.9 * losses[0], "the scale of a float16 loss has to be found first"


def test_the_saved_network_computes_in_float32_and_can_be_exported(mixed: tuple[str, Any, Any]) -> None:
    import keras

    assert keras.config.dtype_policy().name == "float32", "what is built next is not mixed"
    network = mixed[1][-1]
    assert {layer.compute_dtype for layer in network.layers} == {"float32"}
    features = examples()[0]["features"][None]
    outputs = network.predict_on_batch(features)
    exported = OnnxNetwork(to_onnx(network)).predict_on_batch(features)
    assert to_keras_file(network)
    for head, each in outputs.items():
        np.testing.assert_allclose(exported[head], each, atol=1e-5, err_msg=head)
