"""A preparation on a cluster that is disturbed leaves the bytes of one by local workers, in a folder and on S3."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.cluster.runs import RUNS, differences, run_all
from experiments.object_store.server import is_installed
from storage.datasets.demo import generate


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not is_installed(), reason="moto is not installed")
def test_every_run_on_a_cluster_leaves_the_bytes_of_local_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "")  # Set by `run_all`, and restored afterwards.
    generate(tmp_path / "corpus")
    local, *others = run_all(tmp_path, tmp_path / "corpus", list(RUNS))
    assert len(local.objects) > 500
    assert {run.name: differences(run, local) for run in others} == {name: [] for name in RUNS}
