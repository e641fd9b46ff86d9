"""The contract of every network with targets in each frame, and the seed network and its faster form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mir_models.architectures import NoteArchitecture, harmonic_resnet, lstm, lstm_fast, onsets_frames
from mir_models.features import cqt
from mir_models.inference import activations as inference
from mir_models.tasks import TASKS
from mir_models.training import fit
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from tests.mir_models.architectures.overfitting import is_reached, without_dropout
from tests.protocols.entries import NOTE_ARCHITECTURES

Network = tuple[NoteArchitecture, Any, dict[str, Any]]


@pytest.fixture(scope="module", params=NOTE_ARCHITECTURES, ids=lambda each: each.NAME)
def network(request: pytest.FixtureRequest) -> Network:
    """An architecture, its compiled network, and a batch of frames in which the bins of sounding keys are loud."""
    architecture: NoteArchitecture = request.param
    params = cqt.PRESETS[architecture.FEATURE]
    rng = np.random.default_rng(0)
    roll = np.repeat(rng.random((2, 16, 88)) < 0.05, 8, axis=1).astype(np.float32)
    features = np.full((2, 128, params.n_bins), -60, dtype=np.float32)
    for key in range(88):
        middle = (key + 21 - params.first_pitch) * params.bins_per_semitone
        first = round(middle - (params.bins_per_semitone - 1) / 2)
        if 0 <= first < params.n_bins:
            features[..., first : first + params.bins_per_semitone] += 50 * roll[..., key, None]
    scale = Scale(np.full(params.n_bins, -60.0), np.full(params.n_bins, 100.0))
    task, settings = TASKS.get(architecture.TASK), TrainingParams(learning_rate=5e-3)
    model = fit.prepare(
        lambda: architecture.build(without_dropout(architecture.Params()), scale=scale),
        task.losses(architecture.HEADS),
        settings,
    )
    return architecture, model, {"features": features, "roll": roll}


def test_a_network_overfits_one_batch(network: Network) -> None:
    architecture, model, batch = network
    targets = dict.fromkeys(architecture.HEADS, batch["roll"])

    def loss() -> float:
        heads = model(batch["features"], training=False)
        return float(model.compute_loss(batch["features"], targets, heads, training=False))

    before = loss()
    assert is_reached(
        lambda: model.train_on_batch(batch["features"], targets), lambda: loss() < 0.5 * before, n_steps=40
    )


def test_a_network_comes_back_equal_from_disk(network: Network, tmp_path: Path) -> None:
    import keras

    architecture, model, batch = network
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False)
    heads = model.predict_on_batch(batch["features"])
    assert set(heads) == set(architecture.HEADS)
    for head, activations in again.predict_on_batch(batch["features"]).items():
        np.testing.assert_array_equal(activations, heads[head])
        assert activations.shape == batch["roll"].shape


def test_a_track_in_blocks_gives_the_activations_of_the_whole(network: Network) -> None:
    _, model, batch = network
    features = np.tile(batch["features"][0], (9, 1))[:1100]
    whole = inference.predict_track(model, features, silence=-80.0)
    blocks = np.array_split(features, [1, 300, 301, 1000])
    parts = list(inference.predict_stream(model, blocks, silence=-80.0))
    for head, activations in whole.items():
        assert activations.shape == (1100, 88)
        np.testing.assert_allclose(np.concatenate([part[head] for part in parts]), activations, atol=1e-6)


@pytest.mark.parametrize("convolutional", [onsets_frames, harmonic_resnet], ids=lambda each: each.NAME)
def test_a_convolutional_network_has_the_same_activations_wherever_windows_fall(convolutional: Any) -> None:
    assert convolutional.CONTEXT_FRAMES <= inference.CONTEXT_FRAMES
    scale = Scale(np.full(297, -60.0), np.full(297, 300.0))
    model = convolutional.build(convolutional.Params(), scale=scale)
    track = np.random.default_rng(1).normal(-60, 20, (2200, 297)).astype(np.float32)
    later = np.concatenate([np.full((inference.HOP_FRAMES // 3, 297), -80.0, np.float32), track])
    expected, later_activations = (inference.predict_track(model, each, silence=-80.0) for each in (track, later))
    for head, activations in expected.items():
        np.testing.assert_allclose(later_activations[head][-len(track) :], activations, atol=1e-5)


@pytest.mark.parametrize("network", [lstm, lstm_fast], ids=lambda each: each.NAME)
def test_the_seed_network_has_its_parameters(network: NoteArchitecture) -> None:
    model = network.build(network.Params(), scale=Scale(np.zeros(84), np.ones(84)))
    assert sum(np.prod(each.shape) for each in model.trainable_variables) == 123_568


def test_the_fast_network_is_the_same_function_as_the_seed_network() -> None:
    scale = Scale(np.full(84, -60.0), np.full(84, 100.0))
    seed, fast = lstm.build(lstm.Params(), scale=scale), lstm_fast.build(lstm_fast.Params(), scale=scale)
    for variable, source in zip(fast.trainable_variables, seed.trainable_variables, strict=True):
        variable.assign(np.array(source))
    features = np.random.default_rng(0).normal(-60, 10, (2, 40, 84)).astype(np.float32)
    expected = seed.predict_on_batch(features)["frame"]
    np.testing.assert_allclose(fast.predict_on_batch(features)["frame"], expected, atol=1e-6)
