"""Sweeps: a network trained with many settings, each trial a run of its own, to find those with the best validation."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, cast

from assets.training.dataset_shards import DatasetStores
from assets.training.recipe import Recipe, open_recipe
from assets.training.registration import publish
from assets.training.time_limit import TimeLimit, TrainingStopped
from assets.training.tracking import Tracking
from assets.training.train import train
from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError, ParameterError
from mir_models.similar_names import suggestion
from mir_models.training.fit import free_networks
from mir_models.training.run import Log
from mir_models.training.search_space import SearchSpace, Value
from storage.dotted import flatten
from storage.fingerprints import fingerprint
from storage.models.checkpoints import ModelStore
from storage.models.mlflow_runs import TrackedRun
from storage.models.record import ModelRecord
from storage.models.sweeps import UNFINISHED, Sweep, Trial, TrialRow
from storage.objects import leases


class Stores(DatasetStores, Protocol):
    """The stores of datasets and models, as the resource of the assets gives them."""

    @property
    def home(self) -> Path:
        """``MIRLITON_HOME``."""

    def models(self, task: str, architecture: str) -> ModelStore:
        """The trainings of an architecture."""


class TrialPruned(TrainingStopped):
    """A trial that was worse than the others after as many epochs."""


@dataclass(frozen=True)
class SweepPlan:
    """What is searched.

    Attributes
    ----------
    network : str
        Of the architectures.
    settings : mapping
        By part, with all values as they are where nothing is searched; `mir_models.architectures.training_settings`.
    space : SearchSpace
    datasets : sequence of str
    weights : mapping of str to float
    """

    network: str
    settings: Mapping[str, Any]
    space: SearchSpace
    datasets: Sequence[str] = ()
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def first(self) -> dict[str, Value]:
        """The settings of the first trial."""
        defaults = flatten({part: asdict(params) for part, params in self.settings.items()})
        return {key: self.space.first.get(key, cast(Value, defaults[key])) for key in self.space.ranges}

    def with_values(self, recipe: Recipe, values: Mapping[str, Value]) -> Recipe:
        """A recipe with values of the settings that are searched."""
        by_part: dict[str, dict[str, Value]] = {}
        for key, value in values.items():
            part, _, name = key.partition(".")
            by_part.setdefault(part, {})[name] = value
        return replace(recipe, **{part: replace(getattr(recipe, part), **each) for part, each in by_part.items()})


def search_space(network: str, fixed: Sequence[str] = (), only: Sequence[str] = ()) -> SearchSpace:
    """The search space of a network, without settings that are fixed; or only some of its settings.

    Raises
    ------
    ParameterError
        For a setting of `only` that it does not have, and where nothing is left to search.
    """
    space = ARCHITECTURES.get(network).SEARCH_SPACE
    for key in only:
        if key not in space.ranges:
            remedy = f"{suggestion(key, space.ranges)}choose among {', '.join(space.ranges)}"
            raise ParameterError(f"a setting that a sweep of {network} searches", received=key, remedy=remedy)
    kept = [key for key in space.ranges if key not in fixed and (not only or key in only)]
    if not kept:
        remedy = "sweep its members" if not space.ranges else f"leave one of {', '.join(space.ranges)} out of --set"
        raise ParameterError(f"settings of {network} to search", received="none", remedy=remedy)
    return SearchSpace(
        {key: space.ranges[key] for key in kept}, {key: space.first[key] for key in kept if key in space.first}
    )


def sweep(
    plan: SweepPlan,
    store: Stores,
    n_trials: int,
    limit: TimeLimit,
    on_trial: Callable[[TrialRow], None],
    *,
    seed: int = 0,
) -> list[TrialRow]:
    """Train until there are so many trials, and let the best one be a challenger; returns all of them.

    Parameters
    ----------
    plan : SweepPlan
    store : Stores
    n_trials : int
        With those of earlier calls for the same data, settings and space.
    limit : TimeLimit
    on_trial : callable
        Called with each trial that has ended, at first with those of earlier calls.
    seed : int
        Of the settings that are drawn.

    Raises
    ------
    TrainingStopped
        Where the limit ends it: the trial goes on when it is called again.
    MirlitonError
        Where another process makes the same sweep, or no trial could be trained.
    """
    recipe = open_recipe(store, plan.network, plan.settings, plan.datasets, plan.weights)
    task, home = recipe.architecture.TASK, store.home
    name = f"{task}/{plan.network}/{fingerprint(recipe.fingerprint, sorted(plan.space.ranges.items()))}"
    models = store.models(task, plan.network)
    with leases.hold(models.objects, home, f"sweep-{name.replace('/', '-')}", wait=False) as ours:
        if not ours:
            remedy = "wait for it, or end it; its trials are found by the next"
            raise MirlitonError("to be the only sweep of these settings", received="another one", remedy=remedy)
        kept = Sweep(home, name, plan.space, plan.first, epochs=recipe.training.epochs, seed=seed)
        _make_trials(plan, recipe, models, kept, n_trials, limit, on_trial, home)
        return _best_published(plan, recipe, models, kept, home)


def _make_trials(
    plan: SweepPlan,
    recipe: Recipe,
    models: ModelStore,
    kept: Sweep,
    n_trials: int,
    limit: TimeLimit,
    on_trial: Callable[[TrialRow], None],
    home: Path,
) -> None:
    """Train the trials that are missing, each in a run that is nested in that of the sweep."""
    monitor = recipe.task.monitor(recipe.heads)
    tracked = _tracked(plan, recipe, kept, home)
    for row in kept.rows():
        on_trial(row)
    try:
        while (n_done := sum(row.state != UNFINISHED for row in kept.rows())) < n_trials:
            limit.check_trials(n_done, n_trials)
            trial = kept.next_trial()
            _train_trial(plan.with_values(recipe, trial.settings), models, trial, limit, tracked.run_id, home)
            _log_trial(tracked, trial.row(), kept, monitor)
            on_trial(trial.row())
            free_networks()
    except BaseException as error:
        tracked.end("KILLED" if isinstance(error, TrainingStopped | KeyboardInterrupt) else "FAILED")
        raise
    tracked.end()


def _tracked(plan: SweepPlan, recipe: Recipe, kept: Sweep, home: Path) -> TrackedRun:
    """The run of the sweep, begun or taken up again."""
    task = recipe.architecture.TASK
    tracked = TrackedRun(home, experiment=task, name=f"sweep of {plan.network}", run_id=kept.run_id, monitored=False)
    kept.keep_run(tracked.run_id)
    ranges = {key: asdict(found) for key, found in plan.space.ranges.items()}
    tracked.log_params({"sweep": {"network": plan.network, "space": ranges}}, {"sweep": plan.network})
    return tracked


def _train_trial(recipe: Recipe, models: ModelStore, trial: Trial, limit: TimeLimit, parent: str, home: Path) -> None:
    """Train a trial, or go on with it; settings that a network cannot have make it a failed one."""
    monitor, training = recipe.task.monitor(recipe.heads), models.trial(recipe.fingerprint)

    def after_epoch(history: Sequence[Log]) -> None:
        if trial.should_stop([log[monitor] for log in history]):
            raise TrialPruned(f"trial {trial.number} is worse than the others after {len(history)} epochs")

    tracking = Tracking(
        name=f"trial {trial.number}",
        parent=parent,
        tags={"trial": str(trial.number)},
        after_epoch=after_epoch,
        registers=False,
    )
    with training.locked(home):
        trial.begin(recipe.fingerprint)
        try:
            record = models.training(recipe.fingerprint).record() or training.record()
            record = record or train(recipe, training, home, limit, tracking)
        except TrialPruned:
            trial.prune(training.state()[2].get("run_id", ""))
            training.delete()
        except ParameterError as error:
            trial.fail(str(error))
        except Exception as error:
            if not isinstance(error, TrainingStopped | MirlitonError | OSError):
                trial.fail(f"{type(error).__name__}: {error}")  # Such as too little memory: it would fail again.
            raise
        else:
            _end_trial(trial, record, monitor)


def _end_trial(trial: Trial, record: ModelRecord, monitor: str) -> None:
    """End a trial whose training is finished with the score of the epoch that was kept."""
    score = float(record.history[record.best_epoch or 0][monitor])
    if math.isnan(score):
        trial.fail(f"{monitor} is not a number")
    else:
        trial.complete(score, len(record.history), record.run_id)


def _log_trial(tracked: TrackedRun, row: TrialRow, kept: Sweep, monitor: str) -> None:
    """Log the score of a trial, and the best one so far, on the run of the sweep."""
    best = kept.best()
    found = {monitor: row.score, f"best_{monitor}": best.score if best else None}
    tracked.log_epoch({"epoch": row.number, **{key: value for key, value in found.items() if value is not None}})


def _best_published(plan: SweepPlan, recipe: Recipe, models: ModelStore, kept: Sweep, home: Path) -> list[TrialRow]:
    """Let the best trial be a training of the network, registered as a challenger, and drop the others; returns all."""
    rows, best = kept.rows(), kept.best()
    if best is None:
        reasons = "; ".join(sorted({row.reason for row in rows if row.reason})) or "none is complete"
        remedy = "give it other settings with --set, or other datasets"
        raise MirlitonError("a trial that could be trained", received=reasons, remedy=remedy)
    training = models.training(best.fingerprint)
    if training.record() is None:
        training.copy_model(models.trial(best.fingerprint))
    publish(plan.with_values(recipe, best.settings), training, home, f"the best of {len(rows)} trials of a sweep")
    for row in rows:
        if row.fingerprint:
            models.trial(row.fingerprint).delete()
    return rows
