"""Sweeps on disk: which settings were tried, with which score, kept by Optuna so that a sweep goes on where it stopped.

Settings are suggested by the tree-structured Parzen estimator [1]_; a trial that is below the median of the others
after as many epochs is pruned [2]_.

.. [1] J. Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011.
.. [2] D. Golovin et al., "Google Vizier: A Service for Black-Box Optimization", KDD 2017, section 3.5.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError
from mir_models.training.search_space import Floats, Integers, Range, SearchSpace, Value
from storage.servers.team_settings import SWEEP_DATABASE

FILE = "sweeps.db"
"""File of ``MIRLITON_HOME`` with the trials of all sweeps, where `SWEEP_DATABASE` names no other database."""
COMPLETE, PRUNED, FAILED, UNFINISHED = "complete", "pruned", "failed", "unfinished"
"""States of a trial."""
STARTUP_TRIALS = 4
"""Trials before others are pruned."""
WARM_UP = 0.1
"""Share of the epochs after which a trial may be pruned."""


@dataclass(frozen=True)
class TrialRow:
    """A trial of a sweep.

    Attributes
    ----------
    number : int
        Counted from 0.
    state : str
    score : float or None
        The best of its epochs; None before the first.
    epochs : int
        That are done.
    settings : dict of str to value
    run_id : str
        Of MLflow.
    fingerprint : str
        Of its training.
    reason : str
        Why it failed.
    """

    number: int
    state: str
    score: float | None
    epochs: int
    settings: dict[str, Value]
    run_id: str = ""
    fingerprint: str = ""
    reason: str = ""


class Sweep:
    """The trials of one search space over the same data.

    Parameters
    ----------
    home : Path
        ``MIRLITON_HOME``.
    name : str
        Of the sweep in its database; what was tried under it is found again.
    space : SearchSpace
    first : mapping of str to value
        Settings of the first trial, one for each range.
    epochs : int
        Of a training, at most.
    seed : int
        Of what is drawn.
    """

    def __init__(
        self, home: Path, name: str, space: SearchSpace, first: Mapping[str, Value], *, epochs: int, seed: int = 0
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._distributions = {key: _distribution(each) for key, each in space.ranges.items()}
        pruner = optuna.pruners.MedianPruner(STARTUP_TRIALS, n_warmup_steps=max(1, math.ceil(WARM_UP * epochs)))
        self._study = _load_or_create(home, name, pruner)
        done = len(self._study.trials)
        # Drawn anew after each start: the same seed would suggest the first settings again.
        self._study.sampler = optuna.samplers.TPESampler(seed=seed + done)
        if not done:
            self._study.enqueue_trial(dict(first))

    @property
    def run_id(self) -> str | None:
        """The MLflow run in which those of the trials are nested; None before it began."""
        found = self._study.user_attrs.get("run_id")
        return str(found) if found else None

    def keep_run(self, run_id: str) -> None:
        """Keep the MLflow run of the sweep."""
        self._study.set_user_attr("run_id", run_id)

    def rows(self) -> list[TrialRow]:
        """All trials that were begun."""
        return [_row(each) for each in self._study.trials if each.state.name != "WAITING"]

    def best(self) -> TrialRow | None:
        """The complete trial with the highest score, the first of equals."""
        complete = [each for each in self.rows() if each.state == COMPLETE and each.score is not None]
        return max(complete, key=lambda row: row.score or 0.0, default=None)

    def next_trial(self) -> Trial:
        """The trial that an earlier run left unfinished, else another one.

        The sweep has to be locked: what another process is about to finish looks the same.
        """
        import optuna

        unfinished = [each for each in self._study.trials if each.state.name == "RUNNING"]
        if unfinished:
            return Trial(self._study, optuna.trial.Trial(self._study, unfinished[0]._trial_id))
        return Trial(self._study, self._study.ask(self._distributions))


class Trial:
    """A trial while it is trained."""

    def __init__(self, study: Any, trial: Any) -> None:
        self._study, self._trial = study, trial

    @property
    def number(self) -> int:
        """Counted from 0."""
        return int(self._trial.number)

    @property
    def settings(self) -> dict[str, Value]:
        """Values of the settings that are searched."""
        return dict(self._trial.params)

    def begin(self, fingerprint: str) -> None:
        """Keep which training it is."""
        self._trial.set_user_attr("fingerprint", fingerprint)

    def should_stop(self, scores: list[float]) -> bool:
        """Whether it is worse than the others were after as many epochs, given the scores of its own."""
        reported = self._frozen().intermediate_values
        for epoch in range(len(scores)):
            if epoch not in reported:
                self._trial.report(scores[epoch], epoch)
        return bool(self._trial.should_prune())

    def complete(self, score: float, epochs: int, run_id: str) -> None:
        """End it with the score of its best epoch."""
        self._trial.set_user_attr("epochs", epochs)
        self._trial.set_user_attr("run_id", run_id)
        self._study.tell(self._trial, score)

    def prune(self, run_id: str) -> None:
        """End it before its last epoch."""
        import optuna

        self._trial.set_user_attr("run_id", run_id)
        self._study.tell(self._trial, state=optuna.trial.TrialState.PRUNED)

    def fail(self, reason: str) -> None:
        """End it without a score, for a reason."""
        import optuna

        self._trial.set_user_attr("reason", reason)
        self._study.tell(self._trial, state=optuna.trial.TrialState.FAIL)

    def row(self) -> TrialRow:
        """The trial as it is now."""
        return _row(self._frozen())

    def _frozen(self) -> Any:
        return self._study.trials[self.number]


def _load_or_create(home: Path, name: str, pruner: Any) -> Any:
    """The study of a name, made where there is none."""
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    home.mkdir(parents=True, exist_ok=True)
    url = os.environ.get(SWEEP_DATABASE) or f"sqlite:///{home / FILE}"
    try:
        return optuna.create_study(
            storage=url, study_name=name, direction="maximize", load_if_exists=True, pruner=pruner
        )
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError, ImportError, RuntimeError) as error:
        where = SWEEP_DATABASE if os.environ.get(SWEEP_DATABASE) else str(home / FILE)
        remedy = f"look at {where}; mirliton doctor asks the servers of a team"
        received = str(error).strip().splitlines()[0]
        raise MirlitonError("a database of sweeps that answers", received=received, remedy=remedy) from error


def _distribution(found: Range) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(found, Floats):
        return FloatDistribution(found.low, found.high, log=found.log)
    if isinstance(found, Integers):
        return IntDistribution(found.low, found.high, step=found.step, log=found.log)
    return CategoricalDistribution(found.values)


def _row(trial: Any) -> TrialRow:
    states = {"COMPLETE": COMPLETE, "PRUNED": PRUNED, "FAIL": FAILED}
    scores = list(trial.intermediate_values.values())
    attributes = trial.user_attrs
    score = trial.value if trial.state.name == "COMPLETE" else max(scores, default=None)
    return TrialRow(
        number=trial.number,
        state=states.get(trial.state.name, UNFINISHED),
        score=score,
        epochs=attributes.get("epochs", len(scores)),
        settings=dict(trial.params),
        **{key: attributes[key] for key in ("run_id", "fingerprint", "reason") if key in attributes},
    )
