"""Documents on sweeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TrialEntry:
    """A trial of a sweep: `state` is complete, pruned, failed or unfinished; `score` is that of its best epoch."""

    number: int
    state: str
    score: float | None
    epochs: int
    settings: Mapping[str, float | str]
    mlflow_run: str
    reason: str


@dataclass(frozen=True)
class SweepDocument:
    """A sweep; where `finished` is false, `stopped_because` says so, and trials that were begun go on the next time.

    Attributes
    ----------
    task, model : str
    finished : bool
    measure : str
        The score by which trials are compared.
    stopped_because : str
    trials : list of TrialEntry
        Those of earlier calls included.
    best : int or None
        Number of the trial with the highest score, whose training is a challenger.
    mlflow_run : str
        Of the training of the best one.
    settings : dict of str to number or string
        Of the best one, as far as they were searched.
    """

    task: str
    model: str
    finished: bool
    measure: str
    stopped_because: str = ""
    trials: Sequence[TrialEntry] = ()
    best: int | None = None
    mlflow_run: str = ""
    settings: Mapping[str, float | str] = field(default_factory=dict)
