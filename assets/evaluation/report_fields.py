"""What every report says of its model, its data and its scores, whatever the task."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assets.training.corpora import Corpora
from storage.examples.shards import digests
from storage.models.mlflow_runs import run_address

SETTINGS = ("network", "training", "augmentation", "start", "members", "feature", "decoding", "licences")
"""Fields of a model's record that its report shows as parameters, those that it has."""


def account(
    record: dict[str, Any], corpora: Corpora, evaluation: dict[str, Any], made_from: str, home: Path
) -> dict[str, Any]:
    """The fields that reports of every task share: who was judged, on what, when, and how well."""
    return {
        "task": record["task"],
        "architecture": record["architecture"],
        "date": datetime.now(UTC).date().isoformat(),
        "fingerprint": made_from,
        "model": record["fingerprint"],
        "labels": record["labels"],
        "preset": record["preset"],
        "shards": digests(corpora.tracks),
        "evaluation": evaluation,
        "quarantine": corpora.quarantined(),
        "parameters": {key: record[key] for key in SETTINGS if key in record},
        "links": {"MLflow run": run_address(home, record["run_id"])},
    }
