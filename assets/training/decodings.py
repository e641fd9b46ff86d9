"""The decoding of a finished training, chosen anew by the epoch that was kept where the code chooses otherwise."""

from dataclasses import asdict, replace

from assets.training.task_data import ClassData, NoteData
from storage.models.checkpoints import Training
from storage.models.record import ModelRecord


def up_to_date(task_data: NoteData | ClassData, training: Training, record: ModelRecord) -> ModelRecord:
    """The record of a finished training with the decoding that the code chooses; nothing is trained.

    Parameters
    ----------
    task_data : NoteData or ClassData
        The data of the training, on whose validation split thresholds are chosen.
    training : Training
        Its record is replaced where the decoding is chosen anew.
    record : ModelRecord
        Of `training`.
    """
    version = task_data.decoding_version
    if record.decoding_version == version:
        return record
    best = record.history[record.best_epoch or 0]
    decoding = task_data.choose_decoding(training.model(), best)
    chosen = replace(record, decoding=asdict(decoding), versions={**record.versions, "decoding": version})
    training.write_record(chosen)
    return chosen
