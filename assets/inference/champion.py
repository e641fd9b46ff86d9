"""The model in use for a task: the champion of the store, or the one that comes with mirliton."""

from dataclasses import dataclass

from assets.inference.loaded_model import LoadedModel, check_network, load_from_folder, load_from_training
from storage import home
from storage.models.champions import ChampionStore, ModelReference
from storage.models.checkpoints import ModelStore, Training
from storage.models.shipped import is_shipped, shipped
from storage.objects.objects import open_objects


@dataclass(frozen=True)
class ModelInUse:
    """Which model is in use for a task, or of a network; its weights are not loaded yet.

    Attributes
    ----------
    task : str
    reference : ModelReference
    training : Training or None
        None of the included network.
    since, reason : str
        When the champion came into use (ISO 8601, UTC), and why; empty of another model.
    """

    task: str
    reference: ModelReference
    training: Training | None = None
    since: str = ""
    reason: str = ""

    @property
    def is_included(self) -> bool:
        """It comes with mirliton, and no model of the store has taken its place."""
        return self.training is None

    @property
    def description(self) -> str:
        """Which one it is, in words."""
        if self.is_included:
            return f"the included network, {self.reference.architecture}"
        run = f"run {self.reference.run_id}"
        if not self.since:
            return f"the latest {self.reference.architecture} ({run})"
        return f"the champion {self.reference.architecture} (since {self.since[:10]}, {run})"

    def load(self, *, threads: int = 0) -> LoadedModel:
        """The model; for `threads` see `storage.models.exported.ModelFolder.network`."""
        if self.training is None:
            return load_from_folder(shipped(self.task), threads=threads)
        return load_from_training(self.training)


def model_in_use(task: str) -> ModelInUse | None:
    """The model in use for a task; None where none was trained and none comes with mirliton."""
    return in_use(ChampionStore(open_objects(home.store_address()), task))


def network_in_use(task: str, architecture: str) -> ModelInUse:
    """The champion of a task where it is of this architecture, else the latest training of that.

    Raises
    ------
    MirlitonError
        Where the architecture is of another task, or was not trained.
    """
    check_network(task, architecture)
    found = model_in_use(task)
    if found and not found.is_included and found.reference.architecture == architecture:
        return found
    training = ModelStore(open_objects(home.store_address()), task, architecture).current()
    return ModelInUse(task, ModelReference.of(training.finished_record()), training)


def in_use(champions: ChampionStore) -> ModelInUse | None:
    """As `model_in_use`, by the decisions of a store."""
    decisions, task = champions.decisions(), champions.task
    champion = decisions[-1].champion if decisions else None
    if champion is not None:
        since = [each for each in decisions if each.champion == champion and each.previous != champion][-1]
        return ModelInUse(task, champion, champions.training(champion), since=since.time, reason=since.reason)
    return ModelInUse(task, ModelReference.of(shipped(task).record())) if is_shipped(task) else None
