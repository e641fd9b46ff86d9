"""Runs in MLflow: what is logged can be read again, however long it is."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest

from storage.models.mlflow_runs import LONGEST_PARAM, RECIPE, TrackedRun, logged_recipe, run_tags, utilisation


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
