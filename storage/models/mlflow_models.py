"""From the id of an MLflow run to the training in the store that it tracked."""

from __future__ import annotations

from pathlib import Path

from mir_models.errors import MirlitonError
from storage.models.checkpoints import ModelStore, Training
from storage.models.mlflow_runs import tracking_uri
from storage.objects.objects import Objects


def find_training(run_id: str, home: Path, objects: Objects) -> Training:
    """The finished training behind an MLflow run of ``mirliton train``.

    Raises
    ------
    MirlitonError
        When the tracking server does not know the run, it trained nothing, or the store no longer has its model.
    """
    import mlflow

    uri = tracking_uri(home)
    if uri.startswith("sqlite") and not (home / "mlflow" / "mlflow.db").is_file():
        raise _unknown(run_id, f"no run yet below {home}")
    try:
        run = mlflow.MlflowClient(uri).get_run(run_id)
    except mlflow.exceptions.MlflowException as error:
        raise _unknown(run_id, f"{run_id!r}, which the tracking server does not know") from error
    task, architecture = (run.data.params.get(key) for key in ("task", "architecture"))
    fingerprint = run.data.tags.get("fingerprint")
    if not (task and architecture and fingerprint):
        raise _unknown(run_id, f"{run_id}, which trained none")
    training = ModelStore(objects, task, architecture).training(fingerprint)
    if training.record() is None:
        received = f"none of run {run_id} ({run.info.status.lower()}) in {objects.address}"
        remedy = "let the training finish, or set MIRLITON_STORE to the store that it wrote to"
        raise MirlitonError("a finished model", received=received, remedy=remedy)
    return training


def _unknown(run_id: str, received: str) -> MirlitonError:
    remedy = "take the id that mirliton train prints, or look for it in mirliton ui"
    return MirlitonError("the id of a run that trained a model", received=received, remedy=remedy)
