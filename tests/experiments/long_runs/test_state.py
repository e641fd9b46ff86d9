"""How far a run is: epochs, hours, the best score, the time that is left."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import keras
import pytest

from experiments.long_runs.state import RunState, durations, run_state, state_table
from storage.models.checkpoints import ModelStore
from storage.objects.objects import open_objects
from tests.experiments.long_runs.homes import run_home
from tests.stored_records import model_record


def test_an_epoch_takes_from_the_end_of_the_last_or_from_the_last_start() -> None:
    # Three epochs without a pause; a start that ended none; one at 700.
    assert durations([160, 260, 350, 790, 880], [100, 400, 700]) == [60, 100, 90, 90, 90]
    assert durations([], [100]) == []
    assert durations([160, 260], []) == [0, 100], "a home whose starts were lost"


@pytest.mark.parametrize("n_before", [0, 10])
def test_time_left_is_by_the_last_three_epochs(n_before: int) -> None:
    history = [{"val_note_f1": score} for score in (0.5, 0.7, 0.7, math.nan)]
    state = RunState("x", "f" * 40, 20 + n_before, n_before, history, [900, 60, 120, 180])
    assert state.hours == pytest.approx(1260 / 3600)
    assert state.epoch_minutes == 2
    assert state.hours_left == pytest.approx(16 * 2 / 60)
    assert state.best() == (2 + n_before, 0.7)


def test_a_run_without_epochs_has_no_time_left_and_no_score(tmp_path: Path) -> None:
    state = run_state(run_home(tmp_path))
    assert (state.hours, state.epoch_minutes, state.hours_left, state.best()) == (0, None, None, None)
    assert state_table([state]).splitlines()[-1] == "| nothing | 0123456789ab+ | 0 of 4 | 0.0 |  |  |  |  |  |"


def test_the_state_of_a_home_is_that_of_its_last_checkpoint(tmp_path: Path) -> None:
    home = run_home(tmp_path)
    training = ModelStore(open_objects(str(home.store)), "piano_transcription", "lstm").training("f")
    inputs = keras.Input((1,))
    model, history = keras.Model(inputs, keras.layers.Dense(1)(inputs)), []
    for epoch, score in enumerate((0.25, 0.5)):
        history.append({"epoch": epoch, "val_note_f1": score, "val_loss": 0.125})
        training.save_epoch(model, {}, history, {"run_id": "r"})
        path = home.store / training.prefix / f"epochs/epoch-{epoch:03d}.keras"
        os.utime(path, (0, 7200 * (epoch + 1)))
    (tmp_path / "starts.jsonl").write_text(json.dumps({"began": 3600.0}) + "\n")
    row = "| nothing | 0123456789ab+ | 2 of 4 | 3.0 | 90.0 | {} | 0.5000 | 0.5000 (epoch 2) | 0.1250 |"
    assert state_table([run_state(home)]).splitlines()[-1] == row.format("3.0")
    training.finish(1, model_record(history=history, best_epoch=1))
    assert state_table([run_state(home)]).splitlines()[-1] == row.format("finished")
