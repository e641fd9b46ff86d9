"""Kill and resume: the real commands, killed by SIGKILL at many points, give what undisturbed ones give."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage.objects.objects import INCOMPLETE
from tests.conftest import Prepared, files_below

REPOSITORY = Path(__file__).parents[2]


def _mirliton(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """The command in a process group of its own, with deterministic operations."""
    without = ("MIRLITON_STORE", "MIRLITON_DASK_ADDRESS", "MLFLOW_TRACKING_URI", "DAGSTER_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in without}
    environment |= {"MIRLITON_HOME": str(home), "OMP_NUM_THREADS": "1", "TF_DETERMINISTIC_OPS": "1"}
    command = [sys.executable, "-m", "pipelines.cli.main", *arguments]
    log = open(home.with_suffix(".log"), "ab")  # noqa: SIM115 (belongs to the process)
    return subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log, start_new_session=True)


def _finished(home: Path, *arguments: str) -> None:
    with _mirliton(home, *arguments) as process:
        assert process.wait(600) == 0, home.with_suffix(".log").read_text(errors="replace")[-2000:]


def _killed(home: Path, *arguments: str, when: Callable[[], bool], group: bool = True) -> None:
    """Start the command and kill it, with or without its workers, as soon as `when` holds."""
    with _mirliton(home, *arguments) as process:
        while not when():
            assert process.poll() is None, home.with_suffix(".log").read_text(errors="replace")[-2000:]
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL) if group else process.kill()
        assert process.wait(60) == -signal.SIGKILL, "it had ended before it was killed"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_backfill_killed_at_many_points_equals_an_undisturbed_one(prepared: Prepared, tmp_path: Path) -> None:
    """6 tracks through 6 stages: 36 groups; every other kill spares the workers, which must end by themselves."""
    home = tmp_path / "home"
    _finished(home, "add", "tiny", "--loader", "folder", "--root", str(prepared.corpus))
    root = home / "store/datasets/tiny"

    def n_groups() -> int:
        return len([path for path in root.rglob("*@*") if path.is_dir()])

    for kill, n in enumerate((1, 4, 9, 12, 16, 21, 26, 31)):
        _killed(home, "backfill", "tiny", when=lambda n=n: n_groups() >= n, group=kill % 2 == 0)
    _finished(home, "backfill", "tiny")
    assert n_groups() == 36
    assert files_below(home / "store") == files_below(prepared.store)
    assert os.listdir(home / "store" / INCOMPLETE) == []


TRAIN = (
    "train", "piano_transcription", "--model", "lstm", "--dataset", "tiny", "--set", "network.units=6",
    "--set", "training.epochs=4", "--set", "training.batch_size=1", "--set", "training.plateau_patience=1",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_training_command_killed_at_many_points_equals_an_undisturbed_one(
    prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    homes = [tmp_path / "undisturbed", tmp_path / "killed"]
    for home in homes:
        shutil.copytree(prepared.home, home)
    _finished(homes[0], *TRAIN)
    (reference,) = (homes[0] / "store/models/piano_transcription/lstm").glob("*/model.json")
    kept = homes[1] / reference.parent.relative_to(homes[0])

    points = {
        "before the first epoch": lambda: (homes[1] / "locks" / f"{kept.name}.lock").exists(),
        "between an epoch's model and its state": (kept / "epochs/epoch-000.keras").exists,
        "after the second epoch": lambda: _epochs_in_state(kept) >= 2,
        "between the last epoch and the end": lambda: _epochs_in_state(kept) == 4,
        "between the best model and its record": (kept / "model.keras").exists,
    }
    for when in points.values():
        assert not (kept / "model.json").exists()
        _killed(homes[1], *TRAIN, when=when)
    _finished(homes[1], *TRAIN)
    difference = _largest_difference(reference.parent, kept)
    with capsys.disabled():
        print(f"\n{len(points)} kills; largest difference of any variable: {difference:.1e}")
    assert difference <= 1e-6
    records = [json.loads((folder / "model.json").read_text()) for folder in (reference.parent, kept)]
    assert records[1]["run_id"] == _json_of_state((kept / "state.npz").read_bytes())["notes"]["run_id"]
    assert records[0]["best_epoch"] == records[1]["best_epoch"]
    assert records[0]["decoding"] == records[1]["decoding"]
    for log, ref_log in zip(records[1]["history"], records[0]["history"], strict=True):
        assert log == pytest.approx(ref_log, abs=1e-6)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_training_in_sessions_of_an_epoch_equals_an_undisturbed_one(prepared: Prepared, tmp_path: Path) -> None:
    homes = [tmp_path / "undisturbed", tmp_path / "limited"]
    for home in homes:
        shutil.copytree(prepared.home, home)
    _finished(homes[0], *TRAIN)
    (reference,) = (homes[0] / "store/models/piano_transcription/lstm").glob("*/model.json")
    kept = homes[1] / reference.parent.relative_to(homes[0])
    for n_epochs in range(1, 5):
        assert not (kept / "model.json").exists()
        _finished(homes[1], *TRAIN, "--minutes", "0.001")
        assert _epochs_in_state(kept) == n_epochs
    assert (kept / "model.json").exists()
    assert _largest_difference(reference.parent, kept) <= 1e-6


def _epochs_in_state(folder: Path) -> int:
    content = (folder / "state.npz").read_bytes() if (folder / "state.npz").exists() else None
    return 0 if content is None else len(_json_of_state(content)["history"])


def _json_of_state(state: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(state)) as arrays:
        return json.loads(str(arrays["told"]))


def _largest_difference(one: Path, other: Path) -> float:
    """Between the last states of two trainings, and between the models of every epoch and the best."""
    import keras

    with np.load(one / "state.npz") as a, np.load(other / "state.npz") as b:
        assert a.files == b.files
        differences = [
            np.abs(a[name].astype(float) - b[name].astype(float)).max() for name in a.files if name != "told"
        ]
    for path in [one / "model.keras", *sorted(one.glob("epochs/*.keras"))]:
        models = [keras.models.load_model(folder / path.relative_to(one)) for folder in (one, other)]
        weights = [model.get_weights() for model in models]
        differences += [np.abs(x - y).max() for x, y in zip(*weights, strict=True)]
    return float(max(differences))
