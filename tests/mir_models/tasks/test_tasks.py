"""The contract of every task: targets, losses and weights of the heads of its networks."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.architectures import ARCHITECTURES
from mir_models.features import presets
from mir_models.tasks import KINDS, TASKS
from mir_models.tasks.piano_transcription import targets
from storage.corpora.label_kinds import CLASSES


@pytest.mark.parametrize("name", TASKS.names())
def test_a_task_is_of_a_kind_and_has_networks(name: str) -> None:
    task = TASKS.get(name)
    assert task.KIND in KINDS
    assert isinstance(task.VERSION, int)
    assert set(task.BASELINE_FEATURES) <= set(presets())
    assert any(name == each.TASK for each in ARCHITECTURES.entries().values())


@pytest.mark.parametrize("name", [name for name in TASKS.names() if TASKS.get(name).KIND == "classes"])
def test_the_target_of_a_window_is_its_class(name: str) -> None:
    task, label = TASKS.get(name), np.array([0, 1, 0], np.float32)
    assert task.LABELS in CLASSES
    assert task.fields(("class",)) == ()
    found = task.targets({"features": np.zeros((512, 3), np.float32), "label": label}, ("class",))
    np.testing.assert_array_equal(found["class"], label)
    assert set(found) == set(task.losses(("class",))) == set(task.weights(("class",)))


@pytest.mark.parametrize("name", [name for name in TASKS.names() if TASKS.get(name).KIND == "notes"])
def test_every_head_has_targets_in_0_to_1_a_loss_and_a_weight(name: str) -> None:
    task = TASKS.get(name)
    networks = [each for each in ARCHITECTURES.entries().values() if name == each.TASK]
    assert networks
    for network in networks:
        roll = (np.random.default_rng(0).random((512, 88)) < 0.05).astype(np.uint8)
        found = task.targets(dict.fromkeys(task.fields(network.HEADS), roll), network.HEADS)
        assert set(found) == set(task.losses(network.HEADS)) == set(task.weights(network.HEADS)) == set(network.HEADS)
        assert task.monitor(network.HEADS).startswith("val_")
        assert all(each.shape == (512, 88) for each in found.values())
        assert all(each.dtype == (np.uint8 if head == "frame" else np.float32) for head, each in found.items())
        assert all(((each >= 0) & (each <= 1)).all() for each in found.values())


def test_targets_of_an_onset_and_its_velocity_are_soft_in_time() -> None:
    onset, velocity = np.zeros((5, 1), np.uint8), np.zeros((5, 1), np.uint8)
    onset[2], velocity[2:4] = 1, 127
    found = targets({"onset": onset, "velocity": velocity}, ("onset", "velocity"))
    np.testing.assert_array_equal(found["onset"][:, 0], np.array([0, 0.5, 1, 0.5, 0], np.float32))
    np.testing.assert_array_equal(found["velocity"][:, 0], np.array([0, 1, 1, 1, 0], np.float32))
    placeholder = targets({"onset": onset, "velocity": velocity // 127 * 64}, ("velocity",))
    np.testing.assert_array_equal(placeholder["velocity"], np.zeros((5, 1), np.float32))


def test_targets_of_a_batch_are_those_of_its_examples() -> None:
    rng, heads = np.random.default_rng(0), ("frame", "onset", "onset_regressed", "offset", "velocity")
    examples = {name: (rng.random((6, 20, 88)) < 0.1).astype(np.uint8) for name in ("frame", "onset", "offset")}
    examples["onset_regressed"] = rng.integers(0, 256, (6, 20, 88)).astype(np.uint8)
    examples["velocity"] = rng.integers(1, 128, (6, 20, 88)).astype(np.uint8)
    examples["velocity"][2] = 64
    batch = targets(examples, heads)
    assert not batch["velocity"][2].any(), "the placeholder of one example is not that of another"
    for row in range(6):
        alone = targets({name: array[row] for name, array in examples.items()}, heads)
        for head in heads:
            np.testing.assert_array_equal(batch[head][row], alone[head])
            assert batch[head].dtype == alone[head].dtype
