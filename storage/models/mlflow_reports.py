"""A report in MLflow: test scores with their intervals and the page, on the run of the training that was evaluated."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from storage.models.mlflow_inputs import SplitInput, to_mlflow
from storage.models.mlflow_runs import tracking_uri

FOLDER = "report"
"""Folder of a run's artifacts with its report."""
REPORT = "report"
"""Tag of a run: the fingerprint of the report that it has."""


def log_report(
    home: Path,
    run_id: str,
    fingerprint: str,
    scores: Mapping[str, tuple[float, Sequence[float] | None]],
    files: Mapping[str, bytes],
    inputs: Iterable[SplitInput],
) -> bool:
    """Log the report on the training of a run, replacing an earlier one; the very same is not logged again.

    Parameters
    ----------
    home : Path
        ``MIRLITON_HOME``.
    run_id : str
        Of the training.
    fingerprint : str
        Of the report.
    scores : mapping of str to (float, (low, high) or None)
        Score and interval by name; logged as ``test_<name>``, ``test_<name>_low`` and ``test_<name>_high``.
    files : mapping of str to bytes
        The page and what belongs to it, by path in `FOLDER`.
    inputs : iterable of SplitInput
        The data that the scores are of.

    Returns
    -------
    bool
        Whether the run has it: False where the tracking server does not know the run.
    """
    import mlflow

    client = mlflow.MlflowClient(tracking_uri(home))
    tags = _tags(client, run_id)
    if tags is None or tags.get(REPORT) == fingerprint:
        return tags is not None
    for name, value in _metrics(scores).items():
        client.log_metric(run_id, name, value)
    client.log_inputs(run_id, datasets=to_mlflow(inputs))
    _log_files(client, run_id, files)
    client.set_tag(run_id, REPORT, fingerprint)
    return True


def _tags(client: Any, run_id: str) -> dict[str, str] | None:
    """Tags of a run; None where the server does not know it."""
    from mlflow.exceptions import MlflowException

    try:
        return dict(client.get_run(run_id).data.tags)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None


def _metrics(scores: Mapping[str, tuple[float, Sequence[float] | None]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, (value, interval) in scores.items():
        low, high = interval or (None, None)
        named = {f"test_{name}": value, f"test_{name}_low": low, f"test_{name}_high": high}
        found |= {key: float(each) for key, each in named.items() if each is not None}
    return found


def _log_files(client: Any, run_id: str, files: Mapping[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        client.log_artifacts(run_id, folder, artifact_path=FOLDER)
