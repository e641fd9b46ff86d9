"""Earlier models: trained networks that a training begins with, or whose activations are among its targets."""

from collections.abc import Collection

from assets.inference import loaded_model
from assets.inference.loaded_model import LoadedModel
from assets.training.ensembles import identity
from mir_models.architectures import ARCHITECTURES
from mir_models.errors import ParameterError
from mir_models.features import FeatureParams
from mir_models.training.distillation import Params as Distillation
from storage.models.record import TeacherRecord


def load_earlier(name: str, *, setting: str, replaced: str, preset: str) -> LoadedModel:
    """The trained network `name`, see `loaded_model.load_model`.

    Parameters
    ----------
    name : str
    setting : str
        That names it, for errors.
    replaced : str
        TASK/NETWORK of the training.
    preset : str
        Of its input features.

    Raises
    ------
    MirlitonError
        Where that is the current model of the same network, which the training is about to replace, or has other input
        features.
    """
    found = loaded_model.load_model(name)
    if name == replaced:
        expected, remedy = "a model that this training does not replace", f"{setting}={found.record.run_id}"
        raise ParameterError(expected, received=name, remedy=remedy)
    if found.record.preset != preset:
        expected, remedy = f"a model with input {preset}", f"give {setting} one that has it"
        raise ParameterError(expected, received=f"one of {found.record.preset}", remedy=remedy)
    return found


def check_teacher(teacher: LoadedModel, task: str, heads: Collection[str], params: FeatureParams) -> None:
    """Refuse a teacher of another task, without some of the heads that are trained, or with other settings."""
    record, remedy = teacher.record, "give distillation.teacher another model"
    if record.task != task:
        raise ParameterError(f"a teacher for {task}", received=f"one for {record.task}", remedy=remedy)
    if lacking := sorted(set(heads) - set(ARCHITECTURES.get(record.architecture).HEADS)):
        expected = f"a teacher with the heads {', '.join(heads)}"
        raise ParameterError(expected, received=f"{record.architecture}, without {', '.join(lacking)}", remedy=remedy)
    if teacher.params != params:
        expected = f"a teacher whose {record.preset} has the settings of the shards"
        raise ParameterError(expected, received=f"{teacher.params} instead of {params}", remedy=remedy)


def teacher_record(teacher: LoadedModel | None, params: Distillation) -> TeacherRecord:
    """The name of a teacher, its share, and which training the name stood for; empty without one."""
    return {"model": params.teacher, "share": params.share, **identity(teacher)} if teacher else {}
