"""A trained model in MLflow: logged on the run of its training, and registered as a challenger."""

from pathlib import Path
from typing import Any

from assets.inference import registered_model
from assets.training.recipe import Recipe
from storage.models.checkpoints import Training
from storage.models.exported import KERAS, RECORD
from storage.models.mlflow_registry import is_registered, register
from storage.models.mlflow_runs import TrackedRun
from storage.models.record import ModelRecord


def log_models(recipe: Recipe, record: ModelRecord, tracked: TrackedRun, model: Any, file: bytes) -> None:
    """Log the network, and the model that takes recordings.

    Parameters
    ----------
    recipe : Recipe
    record : ModelRecord
        Of the finished training.
    tracked : TrackedRun
    model : keras.Model
        The best epoch.
    file : bytes
        The ``.keras`` file of it.
    """
    tracked.log_model(model, recipe.task_data.examples[0]["features"][None])
    tracked.log_recordings_model({KERAS: file, RECORD: Training.encoded(record)}, registered_model.__name__)


def publish(recipe: Recipe, training: Training, home: Path, reason: str) -> None:
    """Let the model of a finished training that was not registered be a challenger, for a reason."""
    record = training.finished_record()
    if not is_registered(home, record.task, record.run_id):
        tracked = TrackedRun(
            home, experiment=record.task, name=record.architecture, run_id=record.run_id, monitored=False
        )
        log_models(recipe, record, tracked, training.model(), training.model_file())
        tracked.end()
    register(home, record.task, record.run_id, reason=reason)
