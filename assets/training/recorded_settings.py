"""The settings of a finished training, from its record, by which the same network can be trained again."""

from dataclasses import fields
from typing import Any, TypeVar

from mir_models.architectures import ARCHITECTURES, ClassArchitecture, Ensemble, TrainingSettings, training_settings
from mir_models.errors import MirlitonError, ParameterError
from mir_models.examples.windows import Window
from mir_models.training.distillation import Params as Distillation
from mir_models.transfer import fine_tuning
from storage.models.record import ModelRecord, Settings

P = TypeVar("P")


def settings_of(record: ModelRecord) -> TrainingSettings:
    """The settings by which a network was trained; settings that came later have the values that they had before.

    Models that it began with, or that gave targets, are named by their runs: their names may stand for others now.

    Raises
    ------
    MirlitonError
        For an ensemble, whose members have settings of their own, and for settings that the network does not have any
        more.
    """
    architecture = ARCHITECTURES.get(record.architecture)
    if isinstance(architecture, Ensemble):
        remedy = f"name the run of a member: {', '.join(record.members)}"
        raise MirlitonError("a network that is trained itself", received=record.architecture, remedy=remedy)
    found = training_settings(architecture)
    found["network"] = _filled(found["network"], record.network, "network")
    found["training"] = _filled(found["training"], record.training, "training")
    found["augmentation"] = _filled(found["augmentation"], record.augmentation or {}, "augmentation")
    start, teacher = record.start, record.teacher
    found["start"] = fine_tuning.Params(start.get("run_id") or start.get("model", ""), start.get("frozen", 0))
    if isinstance(architecture, ClassArchitecture):
        found["window"] = Window(**record.decoding["window"])
    elif teacher.get("model"):
        found["distillation"] = Distillation(teacher.get("run_id") or teacher["model"], teacher["share"])
    return found


def _filled(defaults: P, values: Settings, part: str) -> P:
    """A dataclass with recorded values."""
    known = {each.name for each in fields(defaults)}  # type: ignore[arg-type]  # one of the dataclasses of settings
    if unknown := sorted(set(values) - known):
        remedy = "use the mirliton that trained it"
        raise ParameterError(f"settings of {part}", received=", ".join(unknown), remedy=remedy)
    return _with(defaults, values)


def _with(defaults: Any, values: Settings) -> Any:
    return type(defaults)(**values)
