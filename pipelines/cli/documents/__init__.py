"""The documents that ``--json`` prints: one type for each thing that a command has to report.

A name never changes its meaning; later versions only add names. Times are in seconds, sizes in bytes, intervals are
``[low, high]`` at 95 %. ``docs/command-line.md`` lists them.

champions, comparison, datasets, machine, models, preparation, recordings, reproductions, schedules, sweeps: the types,
by what they are about
"""

from collections.abc import Mapping

from pipelines.cli.documents.champions import ChampionDocument, ModelsDocument
from pipelines.cli.documents.comparison import CompareDocument
from pipelines.cli.documents.datasets import (
    AddDocument,
    DatasetDocument,
    DatasetsDocument,
    DownloadDocument,
    RemoveDocument,
)
from pipelines.cli.documents.machine import DoctorDocument, InitDocument
from pipelines.cli.documents.models import EvaluateDocument, ExportDocument, ProbeDocument, TrainDocument
from pipelines.cli.documents.preparation import BackfillDocument, InspectDocument, PlanDocument
from pipelines.cli.documents.recordings import RecordingsDocument
from pipelines.cli.documents.reproductions import ReproDocument
from pipelines.cli.documents.schedules import ScheduleDocument
from pipelines.cli.documents.sweeps import SweepDocument

__all__ = [
    "DOCUMENTS",
    "champions",
    "comparison",
    "datasets",
    "machine",
    "models",
    "preparation",
    "recordings",
    "reproductions",
    "schedules",
    "sweeps",
]

DOCUMENTS: Mapping[str, tuple[type, ...]] = {
    "add": (AddDocument,),
    "backfill": (BackfillDocument,),
    "classify": (RecordingsDocument,),
    "compare": (CompareDocument,),
    "datasets": (DatasetsDocument, DatasetDocument),
    "demo": (EvaluateDocument,),
    "doctor": (DoctorDocument,),
    "download": (DownloadDocument,),
    "evaluate": (EvaluateDocument,),
    "export": (ExportDocument,),
    "init": (InitDocument,),
    "inspect": (InspectDocument,),
    "models": (ModelsDocument,),
    "plan": (PlanDocument,),
    "probe": (ProbeDocument,),
    "promote": (ChampionDocument,),
    "remove": (RemoveDocument,),
    "report": (EvaluateDocument,),
    "repro": (ReproDocument,),
    "rollback": (ChampionDocument,),
    "schedule": (ScheduleDocument,),
    "sweep": (SweepDocument,),
    "train": (TrainDocument,),
    "transcribe": (RecordingsDocument,),
}
"""By command that has ``--json``, the types of what it prints."""
