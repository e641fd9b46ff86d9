"""The documents that ``--json`` prints: one type for each thing that a command has to report.

A name never changes its meaning; later versions only add names. Times are in seconds, sizes in bytes, intervals are
``[low, high]`` at 95 %. ``docs/command-line.md`` lists them.

datasets, machine, models, preparation, recordings: the types, by what they are about
"""

from collections.abc import Mapping

from pipelines.cli.documents.datasets import (
    AddDocument,
    DatasetDocument,
    DatasetsDocument,
    DownloadDocument,
    RemoveDocument,
)
from pipelines.cli.documents.machine import DoctorDocument
from pipelines.cli.documents.models import EvaluateDocument, ExportDocument, ProbeDocument, TrainDocument
from pipelines.cli.documents.preparation import BackfillDocument, InspectDocument, PlanDocument
from pipelines.cli.documents.recordings import RecordingsDocument

__all__ = [
    "DOCUMENTS",
    "datasets",
    "machine",
    "models",
    "preparation",
    "recordings",
]

DOCUMENTS: Mapping[str, tuple[type, ...]] = {
    "add": (AddDocument,),
    "backfill": (BackfillDocument,),
    "classify": (RecordingsDocument,),
    "datasets": (DatasetsDocument, DatasetDocument),
    "demo": (EvaluateDocument,),
    "doctor": (DoctorDocument,),
    "download": (DownloadDocument,),
    "evaluate": (EvaluateDocument,),
    "export": (ExportDocument,),
    "inspect": (InspectDocument,),
    "plan": (PlanDocument,),
    "probe": (ProbeDocument,),
    "remove": (RemoveDocument,),
    "train": (TrainDocument,),
    "transcribe": (RecordingsDocument,),
}
"""By command that has ``--json``, the types of what it prints."""
