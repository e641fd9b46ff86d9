"""Documents on trained models and their scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Interval = tuple[float, float] | None
"""Low and high end of a confidence interval; None where none was computed."""


@dataclass(frozen=True)
class TrainDocument:
    """A training; where `finished` is false, `stopped_because` says so and the figures are empty.

    Attributes
    ----------
    task, model : str
    finished : bool
    stopped_because : str
    trained_now : bool
        False: it was up to date.
    epochs : int
        Their number.
    best_epoch : int
        From 1 on.
    steps : int or None
    validation : dict of str to float
        Loss and scores of the best epoch.
    chance_loss : float or None
        Of a constant prediction.
    mlflow_run : str
    failed_checks : list of str
    state : str
        champion, or challenger, which `mirliton promote` compares with it.
    in_use : str
        The model in use for the task, in words.
    """

    task: str
    model: str
    finished: bool
    stopped_because: str = ""
    trained_now: bool = False
    epochs: int = 0
    best_epoch: int = 0
    steps: int | None = None
    validation: Mapping[str, float] = field(default_factory=dict)
    chance_loss: float | None = None
    mlflow_run: str = ""
    failed_checks: Sequence[str] = ()
    state: str = ""
    in_use: str = ""


@dataclass(frozen=True)
class Score:
    """A score and its confidence interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class SystemRow:
    """Scores of a network or of a baseline, by name."""

    system: str
    baseline: bool
    scores: Mapping[str, Score | None]


@dataclass(frozen=True)
class EvaluateDocument:
    """A report: scores of a network and of baselines on the test split.

    Attributes
    ----------
    task, model : str
    datasets : list of str
    split : str
    tracks : int
    systems : list of SystemRow
        The network first.
    not_beaten : dict of str to list of str
        By baseline, the scores in which the network is not above it; empty: it beats all of them.
    page : str
        Path of the report.
    failed_checks : list of str
    """

    task: str
    model: str
    datasets: Sequence[str]
    split: str
    tracks: int
    systems: Sequence[SystemRow]
    not_beaten: Mapping[str, Sequence[str]]
    page: str
    failed_checks: Sequence[str] = ()


@dataclass(frozen=True)
class ProbeRow:
    """A probe: its input, its scores, and by how much the trained network is above this input."""

    input: str
    probe: str
    macro_f1: Score
    accuracy: float
    trained_above: Score | None


@dataclass(frozen=True)
class ProbeDocument:
    """Probes of a network's layers for a label; `left_out` are classes with their number of groups, which are few."""

    model: str
    label: str
    datasets: Sequence[str]
    group: str
    rows: Sequence[ProbeRow]
    left_out: Mapping[str, int]
    page: str


@dataclass(frozen=True)
class ExportDocument:
    """An exported model: its folder, licence, and the licences of the datasets that it was trained on."""

    task: str
    model: str
    folder: str
    licence: str
    trained_on: Mapping[str, str]
