"""Runs in MLflow: what is logged can be read again, however long it is."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mlflow
import pytest
from mlflow.system_metrics.metrics import gpu_monitor

from storage.models import mlflow_runs
from storage.models.mlflow_runs import LONGEST_PARAM, RECIPE, TrackedRun, logged_recipe, run_tags, utilisation
from tests.storage.models.test_devices import fake_nvml


def test_a_run_keeps_long_lists_whole_and_what_its_devices_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    recipe = {"network": {"units": 6}, "heard": ["0" * 64] * LONGEST_PARAM, "datasets": ["demo"]}
    tracked = TrackedRun(tmp_path, experiment="piano_transcription", name="lstm")
    tracked.log_params(recipe, {"fingerprint": "0123"})
    for step, busy in enumerate((50, 100)):
        tracked.client.log_metric(tracked.run_id, "system/gpu_0_utilization_percentage", busy, step=step)
        tracked.client.log_metric(tracked.run_id, "system/disk_usage_percentage", busy, step=step)
    tracked.end()
    run = tracked.client.get_run(tracked.run_id)
    assert run.data.params["network.units"] == "6"
    assert run.data.params["datasets"] == "['demo']"
    assert run.data.params["heard"] == f"{LONGEST_PARAM} in {RECIPE}"
    assert mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/{RECIPE}") == recipe
    assert logged_recipe(tmp_path, tracked.run_id) == recipe
    found = utilisation(tmp_path, tracked.run_id)
    assert {name: value for name, value in found.items() if name.startswith(("gpu", "disk"))} == {
        "gpu_0_utilization_percentage": 75
    }
    assert run_tags(tmp_path, tracked.run_id)["fingerprint"] == "0123"
    assert not [each for each in recwarn if "truncated" in str(each.message)]


def test_memory_load_and_power_of_every_gpu_are_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    nvml: Any = fake_nvml(2)
    nvml.nvmlDeviceGetMemoryInfo = lambda handle: SimpleNamespace(total=80e9, used=(handle + 1) * 20e9)
    nvml.nvmlDeviceGetUtilizationRates = lambda handle: SimpleNamespace(gpu=90 + handle)
    nvml.nvmlDeviceGetPowerUsage = lambda handle: 350_000
    nvml.nvmlDeviceGetEnforcedPowerLimit = lambda handle: 700_000
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    monkeypatch.setattr(gpu_monitor, "pynvml", nvml)
    monkeypatch.setattr(mlflow_runs, "SAMPLING_SECONDS", 0.01)
    tracked = TrackedRun(tmp_path, experiment="piano_transcription", name="lstm")
    found: dict[str, float] = {}
    for _ in range(500):  # Until the first sample is there.
        found = {name: value for name, value in utilisation(tmp_path, tracked.run_id).items() if "gpu" in name}
        if found:
            break
        time.sleep(0.02)
    tracked.end()
    assert found == {
        "gpu_0_memory_usage_megabytes": 20_000,
        "gpu_0_memory_usage_percentage": 25,
        "gpu_0_power_usage_percentage": 50,
        "gpu_0_power_usage_watts": 350,
        "gpu_0_utilization_percentage": 90,
        "gpu_1_memory_usage_megabytes": 40_000,
        "gpu_1_memory_usage_percentage": 50,
        "gpu_1_power_usage_percentage": 50,
        "gpu_1_power_usage_watts": 350,
        "gpu_1_utilization_percentage": 91,
    }


def test_runs_are_nested_when_they_begin_or_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    member = TrackedRun(tmp_path, experiment="genre_recognition", name="crnn")
    member.end()
    ensemble = TrackedRun(tmp_path, experiment="genre_recognition", name="genre_ensemble")
    ensemble.nest([member.run_id, "0" * 32, ""])
    trial = TrackedRun(tmp_path, experiment="genre_recognition", name="trial", parent=ensemble.run_id)
    trial.end()
    ensemble.end()
    client = mlflow.MlflowClient(ensemble.uri)
    experiment = client.get_run(ensemble.run_id).info.experiment_id
    nested = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{ensemble.run_id}'")
    assert {each.info.run_id for each in nested} == {member.run_id, trial.run_id}
