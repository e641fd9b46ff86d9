"""A scheduled retraining: what is stale is prepared, a challenger is trained, and it is promoted or kept.

Each of these is a run of its own, as from the command line: a dataset that cannot be prepared does not keep the others
from being trained on, and every asset has its event. Dagster has no run of several partitions that are no neighbours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Protocol, cast

from assets.inference.champion import in_use
from assets.preparation.missing import is_to_prepare
from assets.training.recorded_settings import settings_of
from mir_models.architectures import ARCHITECTURES, training_settings
from mir_models.errors import MirlitonError
from mir_models.tasks import TASKS
from pipelines.job_runs import RunFailed, RunResult
from storage import home
from storage.corpora.catalogue import open_catalogue
from storage.models.champions import ChampionStore
from storage.models.record import ModelRecord
from storage.models.retrainings import RetrainingRecord
from storage.models.shipped import shipped
from storage.objects.objects import open_objects
from storage.tracks.dataset_store import open_dataset

PREPARATION = ("labels", "shards")
"""Parts of a schedule's settings that are those of a preparation."""
CORPUS = ("raw_audio", "variants", "labels")
PARENT = "mirliton/retraining"
"""The tag of runs with the run, or the command, that began them."""


@dataclass(frozen=True)
class Retraining:
    """What a retraining came to.

    Attributes
    ----------
    prepared : list of str
        Datasets that were prepared now.
    failed : mapping of str to str
        Those that could not be, with the reason; what was prepared of them before is used.
    networks : list of str
        That were trained, or found up to date.
    kind, reason : str
        The decision on the last challenger, and why.
    champion : str
        The model that is in use now, in words.
    """

    prepared: Sequence[str]
    failed: Mapping[str, str]
    networks: Sequence[str]
    kind: str
    reason: str
    champion: str


class Run(Protocol):
    """Runs some assets of a job and waits for it, as `pipelines.runs.materialise` does."""

    def __call__(
        self,
        job: str,
        *,
        assets: Sequence[str],
        partition: str | None = None,
        config: Mapping[str, Mapping[str, Any]],
        tags: Mapping[str, str],
    ) -> RunResult:
        """What the run recorded."""


def retrain(record: RetrainingRecord, *, run: Run, parent: str, report: Callable[[str], None]) -> Retraining:
    """Prepare the datasets of a schedule, train its networks on them, and decide on the champion.

    Parameters
    ----------
    record : RetrainingRecord
    run : Run
    parent : str
        The run or command by which it is begun; a tag of its runs.
    report : callable (text) -> None
        Called with each step.

    Raises
    ------
    RunFailed
        Where a network cannot be trained or compared.
    """
    networks = record.networks or [network_in_use(record.task)]
    prepared, failed = _prepare(record, networks, partial(run, tags={PARENT: parent}), report)
    report(f"training {', '.join(networks)} on {', '.join(record.datasets)}")
    champion = f"champions/{record.task}"
    models = {f"models/{record.task}/{name}": model_config(record, name) for name in networks}
    compared = {"challenger": networks[0] if len(networks) == 1 else "", "datasets": record.datasets}
    finished = run(
        f"train_{record.task}",
        assets=[*models, champion, *(f"reports/{record.task}/{name}" for name in networks)],
        config={**models, champion: compared},
        tags={PARENT: parent},
    )
    decided = finished.metadata[champion]
    kind, reason = decided.get("kind", "kept"), decided.get("reason", "nothing to decide")
    report(f"{kind}: {reason}. In use: {decided['champion']}")
    return Retraining(prepared, failed, networks, kind, reason, decided["champion"])


def model_config(record: RetrainingRecord, network: str) -> dict[str, Any]:
    """The configuration of a network's training: the champion's, where it is of that network, with the schedule's."""
    settings, weights = training_settings(ARCHITECTURES.get(network)), {}
    champion = _champion_record(record.task)
    if champion is not None and champion.architecture == network and not champion.members:
        settings, weights = settings_of(champion), champion.weights
    parts = {part: asdict(cast(Any, params)) for part, params in settings.items()}
    chosen = {part: values for part, values in record.settings.items() if part in parts}
    return {
        **{part: _merged(values, chosen.get(part, {})) for part, values in parts.items()},
        "datasets": record.datasets,
        "weights": {name: weight for name, weight in weights.items() if name in record.datasets},
    }


def _merged(values: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values, in place of which are the others that are given."""
    nested = {name: _merged(values[name], new) for name, new in others.items() if isinstance(new, Mapping)}
    return {**values, **others, **nested}


def _prepare(
    record: RetrainingRecord, networks: Sequence[str], run: Callable[..., RunResult], report: Callable[[str], None]
) -> tuple[list[str], dict[str, str]]:
    """Prepare what is stale, a run for each dataset; names of what was prepared, and reasons of what could not be."""
    inputs = {ARCHITECTURES.get(each).FEATURE for each in networks}
    presets = sorted(inputs | set(TASKS.get(record.task).BASELINE_FEATURES))
    of_presets = [f"{kind}/{each}" for each in presets for kind in ("features", "shards")]
    chosen = {part: values for part, values in record.settings.items() if part in PREPARATION}
    keys = {"labels": ["labels"], "shards": [f"shards/{each}" for each in presets]}
    config = {key: values for part, values in chosen.items() for key in keys[part]}
    prepared, failed = list[str](), dict[str, str]()
    for name in record.datasets:
        try:
            if chosen or _is_stale(name, presets):
                report(f"preparing {name}")
                run("prepare_any", assets=[*CORPUS, *of_presets], partition=name, config=config)
                prepared.append(name)
        except (RunFailed, MirlitonError, OSError) as error:
            failed[name] = str(error)
            report(f"{name} could not be prepared, what was prepared before is used: {error}")
    return prepared, failed


def _is_stale(name: str, presets: Sequence[str]) -> bool:
    return is_to_prepare(open_catalogue().get(name).listing(), open_dataset(home.store_address(), name), presets)


def _champion_record(task: str) -> ModelRecord | None:
    """The record of the model in use."""
    found = in_use(ChampionStore(open_objects(home.store_address()), task))
    if found is None:
        return None
    return found.training.finished_record() if found.training else shipped(task).record()


def network_in_use(task: str) -> str:
    """The network of the model in use.

    Raises
    ------
    MirlitonError
        Where there is none.
    """
    champion = _champion_record(task)
    if champion is None:
        remedy = f"name the networks to train: mirliton schedule {task} … --model NAME"
        raise MirlitonError(f"a model in use for {task}", received="none yet", remedy=remedy)
    return champion.architecture
