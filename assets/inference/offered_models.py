"""Models that are offered to try: of each task the one in use, or one that is named."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assets.inference.champion import ModelInUse, model_in_use, network_in_use
from assets.inference.classifier import Classifier, classifier_of
from assets.inference.loaded_model import LoadedModel, load_from_folder, load_from_run
from assets.inference.transcriber import Transcriber, transcriber_of
from mir_models.errors import MirlitonError
from mir_models.tasks import TASKS
from storage.models.exported import ModelFolder


@dataclass(frozen=True)
class OfferedModel:
    """A model that can be tried.

    Attributes
    ----------
    task : str
    kind : str
        ``"notes"`` or ``"classes"``.
    name : str
        What it is, in words.
    load : callable
        Loads it.
    """

    task: str
    kind: str
    name: str
    load: Callable[[], Transcriber | Classifier]


def models_in_use(task: str | None = None) -> dict[str, OfferedModel]:
    """The model in use of a task, or of every task that has one, by task.

    Raises
    ------
    MirlitonError
        Where there is none.
    """
    tasks = [task] if task else TASKS.names()
    kinds = {name: TASKS.get(name).KIND for name in tasks}
    found = {name: model for name in tasks if (model := model_in_use(name))}
    if not found:
        remedy = f"mirliton train {tasks[0]} --model NETWORK, or name one with --model"
        raise MirlitonError(f"a model for {', '.join(tasks)}", received="none", remedy=remedy)

    def loader(name: str) -> Callable[[], Transcriber | Classifier]:
        return lambda: _applied(found[name].load(threads=1))

    # Notes first: what comes with mirliton finds them.
    order = sorted(found, key=lambda name: (kinds[name] != "notes", name))
    return {name: OfferedModel(name, kinds[name], _words(found[name]), loader(name)) for name in order}


def _words(model: ModelInUse) -> str:
    state = "included" if model.is_included else f"champion since {model.since[:10]}"
    return f"{model.reference.architecture} ({state})"


def named_model(task: str, name: str | None, from_run: str | None = None) -> OfferedModel:
    """A model by its name, loaded: a network of the store, the folder of an export, or what an MLflow run trained.

    Raises
    ------
    MirlitonError
        Where there is none, or it is one of another task.
    """
    loaded = _named(task, name, from_run)
    if loaded.record.task != task:
        received = f"{name or from_run}, for {loaded.record.task}"
        raise MirlitonError(f"a model for {task}", received=received, remedy=f"mirliton listen {loaded.record.task}")
    applied = _applied(loaded)
    return OfferedModel(
        task, TASKS.get(task).KIND, f"{loaded.record.architecture} ({name or from_run})", lambda: applied
    )


def _named(task: str, name: str | None, from_run: str | None) -> LoadedModel:
    if from_run or not name:
        return load_from_run(from_run or "")
    if Path(name).is_dir() or "/" in name.removeprefix(f"{task}/"):
        return load_from_folder(ModelFolder(Path(name)), threads=1)
    return network_in_use(task, name.removeprefix(f"{task}/")).load(threads=1)


def _applied(model: LoadedModel) -> Transcriber | Classifier:
    kind = TASKS.get(model.record.task).KIND
    return transcriber_of(model) if kind == "notes" else classifier_of(model)
