"""Runs in MLflow: what is logged can be read again, however long it is."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest

from storage.models.mlflow_runs import LONGEST_PARAM, RECIPE, TrackedRun


def test_long_lists_are_whole_in_a_file_and_counted_in_the_parameters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    recipe = {"network": {"units": 6}, "heard": ["0" * 64] * LONGEST_PARAM, "datasets": ["demo"]}
    tracked = TrackedRun(tmp_path, experiment="piano_transcription", name="lstm")
    tracked.log_params(recipe, {"fingerprint": "0123"})
    tracked.end()
    run = tracked.client.get_run(tracked.run_id)
    assert run.data.params["network.units"] == "6"
    assert run.data.params["datasets"] == "['demo']"
    assert run.data.params["heard"] == f"{LONGEST_PARAM} in {RECIPE}"
    assert mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/{RECIPE}") == recipe
    assert not [each for each in recwarn if "truncated" in str(each.message)]
