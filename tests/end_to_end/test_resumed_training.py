"""Kill and resume: a training that was ended after an epoch, and started again, gives what an undisturbed one gives."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage.models.checkpoints import ModelStore, Training
from storage.objects.objects import open_objects
from tests.end_to_end.kills import Killed, kill_at

EPOCHS, N_EXAMPLES, N_BINS = 5, 6, 12
"""Of the tiny training: the validation loss never falls, so the learning rate does, in the third epoch."""


def _examples() -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    return [
        {
            "features": rng.normal(size=(20, N_BINS)).astype(np.float32),
            "mask": np.ones(20, np.uint8),
            "frame": (rng.random((20, 88)) < 0.1).astype(np.float32),
        }
        for _ in range(N_EXAMPLES)
    ]


def _train(kept: Training, *, end_after: int | None = None, **settings: Any) -> Any:
    """Train a tiny recurrent network from wherever `kept` is, or until it is killed after an epoch."""
    from mir_models.architectures import lstm
    from mir_models.training import fit
    from mir_models.training.normalisation import Scale
    from mir_models.training.params import Params as TrainingParams
    from mir_models.training.run import Log, Run, State

    params = TrainingParams(epochs=EPOCHS, batch_size=4, plateau_patience=2, stop_patience=EPOCHS, seed=3, **settings)
    network = lstm.Params(units=5, dropout=0.3, recurrent_dropout=0.3)
    scale = Scale(np.zeros(N_BINS), np.ones(N_BINS))
    steps = fit.steps_per_epoch(N_EXAMPLES, params)
    build = partial(lstm.build, network, scale=scale)
    model = fit.prepare(build, {"frame": "binary_crossentropy"}, params, steps_per_epoch=steps)
    state, history, _ = kept.state()

    def save(model: Any, state: State, history: list[Log]) -> None:
        kept.save_epoch(model, state, history, {"run_id": "1"})
        if len(history) == end_after:
            raise Killed

    run = Run(params, "val_frame_f1", save=save, log=lambda log: None, history=history, state=state)
    fit.fit(
        model,
        _examples(),
        lambda example: {"frame": example["frame"]},
        lambda: {"val_loss": 1.0, "val_frame_f1": float(len(run.history) % 2)},
        run,
        augment=lambda example, another, rng: {**example, "features": example["features"] + rng.normal()},
    )
    return model


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Training:
    kept = ModelStore(open_objects(str(tmp_path_factory.mktemp("undisturbed"))), "task", "tiny").training("f")
    _train(kept)
    return kept


@pytest.mark.parametrize("ends", [(1,), (2, 3, 4)], ids=["once", "three times"])
def test_a_training_killed_after_epochs_equals_an_undisturbed_one(
    undisturbed: Training, tmp_path: Path, ends: tuple[int, ...]
) -> None:
    kept = ModelStore(open_objects(str(tmp_path)), "task", "tiny").training("f")
    for end in ends:
        with pytest.raises(Killed):
            _train(kept, end_after=end)
        assert len(kept.state()[1]) == end
    _train(kept)
    (state, history, notes), (ref_state, ref_history, _) = kept.state(), undisturbed.state()
    assert notes == {"run_id": "1"}
    assert state is not None
    assert ref_state is not None
    assert list(state) == list(ref_state)
    for name, variable in ref_state.items():
        assert state[name].dtype == variable.dtype
        np.testing.assert_allclose(state[name], variable, atol=1e-6, rtol=0, err_msg=name)
    assert [set(log) for log in history] == [set(log) for log in ref_history]
    for log, ref_log in zip(history, ref_history, strict=True):
        assert log == pytest.approx(ref_log, abs=1e-6)


def test_a_cosine_and_averaged_weights_survive_a_kill(tmp_path: Path) -> None:
    settings = {"schedule": "cosine", "ema": 0.5, "weight_decay": 0.01, "focal_gamma": 1.0}
    whole, cut = (ModelStore(open_objects(str(tmp_path / name)), "task", "tiny").training("f") for name in ("a", "b"))
    _train(whole, **settings)
    with pytest.raises(Killed):
        _train(cut, end_after=2, **settings)
    _train(cut, **settings)
    (ref_state, ref_history, _), (state, history, _) = whole.state(), cut.state()
    assert state is not None
    assert ref_state is not None
    for name, variable in ref_state.items():
        np.testing.assert_allclose(state[name], variable, atol=1e-6, rtol=0, err_msg=name)
    rates = [log["learning_rate"] for log in history]
    assert rates == pytest.approx([log["learning_rate"] for log in ref_history])
    assert all(np.diff(rates) < 0)
    assert rates[-1] < 1e-6
    averaged = [each.numpy() for each in whole.epoch(EPOCHS - 1).trainable_variables]
    ours = [ref_state[f"variable-{index:04d}"] for index in range(len(averaged))]
    assert any(np.abs(a - b).max() > 1e-7 for a, b in zip(averaged, ours, strict=True)), "the kept model is averaged"


def test_the_tiny_training_exercises_what_a_resumption_can_lose(undisturbed: Training) -> None:
    state, history, _ = undisturbed.state()
    assert state is not None
    assert [log["learning_rate"] for log in history] == pytest.approx([1e-3, 1e-3, 1e-3, 5e-4, 5e-4])
    seeds = [variable for variable in state.values() if variable.dtype.kind in "iu" and variable.shape == (2,)]
    assert len(seeds) >= 1
    assert all(seed[1] > 0 for seed in seeds), "the seeds of dropout have not advanced"
    assert len({log["loss"] for log in history}) == EPOCHS


def test_a_finished_training_is_not_trained_further(undisturbed: Training) -> None:
    before = undisturbed.objects.read(f"{undisturbed.prefix}/state.npz")
    _train(undisturbed)
    assert undisturbed.objects.read(f"{undisturbed.prefix}/state.npz") == before


def test_an_epoch_is_kept_with_its_state_or_not_at_all(
    undisturbed: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, history, _ = undisturbed.state()
    model = undisturbed.epoch(0)
    kept = ModelStore(open_objects(str(tmp_path)), "task", "tiny").training("f")
    kept.save_epoch(model, state, history[:1], {})
    for step in range(4):  # Flush, rename and flush of the model; flush of the state.
        with monkeypatch.context() as patch:
            kill_at(step, patch)
            with pytest.raises(Killed):
                kept.save_epoch(model, state, history[:2], {})
        assert kept.state()[1] == history[:1]
    kept.save_epoch(model, state, history[:2], {})
    assert kept.state()[1] == history[:2]
