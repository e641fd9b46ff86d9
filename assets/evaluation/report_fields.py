"""Fields that the reports of all tasks share: model, data, date and scores."""

from datetime import UTC, datetime
from pathlib import Path

from assets.evaluation.lineage import lineage
from assets.training.dataset_shards import DatasetShards
from mir_models.evaluation.classes import ClassEvaluation
from mir_models.evaluation.notes import NoteEvaluation
from storage.examples.track_shards import digests
from storage.models.mlflow_runs import run_address
from storage.models.record import ModelRecord
from storage.reports.record import ReportRecord

SETTINGS = ("network", "training", "augmentation", "start", "teacher", "members", "feature", "decoding", "licences")
"""Fields of a model's record that its report shows as parameters, those that it has."""


def base_report(
    record: ModelRecord,
    data: DatasetShards,
    evaluation: NoteEvaluation | ClassEvaluation,
    made_from: str,
    home: Path,
) -> ReportRecord:
    """The record of a report, without what only reports of one kind of task have.

    Parameters
    ----------
    record : ModelRecord
        Of the model that was evaluated.
    data : DatasetShards
        On whose test split.
    evaluation : NoteEvaluation or ClassEvaluation
    made_from : str
        Fingerprint of all ingredients of the report.
    home : Path
        ``MIRLITON_HOME``.
    """
    settings = record.to_json()
    return ReportRecord(
        task=record.task,
        architecture=record.architecture,
        date=datetime.now(UTC).date().isoformat(),
        fingerprint=made_from,
        model=record.decoded_fingerprint,
        labels=record.labels,
        preset=record.preset,
        shards=digests(data.tracks),
        evaluation=evaluation,
        quarantine=data.quarantined(),
        parameters={key: settings[key] for key in SETTINGS if key in settings},
        chance=record.chance,
        lineage=lineage(data),
        links={"MLflow run": run_address(home, record.run_id)},
    )
