"""Documents on the trained models of a task, and on which of them is in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.cli.documents.models import Interval


@dataclass(frozen=True)
class TrainedModel:
    """Which training a model is of."""

    model: str
    run: str
    fingerprint: str


@dataclass(frozen=True)
class PromotionComparison:
    """A challenger beside the champion on the same tracks: mean scores, and the paired interval of the difference.

    `split` is promotion, or validation where that has too few tracks; `notes` say what the comparison depends on.
    """

    measure: str
    split: str
    datasets: Sequence[str]
    tracks: int
    challenger: float | None
    champion: float | None
    difference: float | None
    interval: Interval
    rule: Mapping[str, float]
    notes: Sequence[str]


@dataclass(frozen=True)
class DecisionRow:
    """A decision; `model` is what it is about, `champion` what is in use since. Null: the included network, or none.

    Attributes
    ----------
    number : int
    kind : str
        promoted, kept or rolled_back.
    time : str
        ISO 8601, UTC.
    reason : str
    anyway : bool
        Promoted on request, whatever the comparison says.
    model, champion : TrainedModel or None
    comparison : PromotionComparison or None
    """

    number: int
    kind: str
    time: str
    reason: str
    anyway: bool
    model: TrainedModel | None
    champion: TrainedModel | None
    comparison: PromotionComparison | None


@dataclass(frozen=True)
class ChampionDocument:
    """What was decided on the champion of a task; `promoted`: the model of the decision is in use now."""

    task: str
    promoted: bool
    decision: DecisionRow


@dataclass(frozen=True)
class ModelRow:
    """A trained model of a task.

    Attributes
    ----------
    model : str
    run : str
        Id of the MLflow run; empty of the included network.
    fingerprint : str
    state : str
        champion, challenger, former champion, or included, which is in use where there is no champion.
    since, reason : str
        Time and reason of the last decision on it; empty where there was none.
    latest : bool
        The latest training of its network.
    datasets : list of str
        That it was trained on.
    validation, test : dict of str to float
        Scores; of the test split where the report is of this very model.
    promotion : float or None
        Mean score in the last comparison that it was part of.
    """

    model: str
    run: str
    fingerprint: str
    state: str
    since: str
    reason: str
    latest: bool
    datasets: Sequence[str]
    validation: Mapping[str, float]
    test: Mapping[str, float]
    promotion: float | None


@dataclass(frozen=True)
class ModelsDocument:
    """The trained models of a task, the one in use first, and all decisions in their order."""

    task: str
    models: Sequence[ModelRow]
    decisions: Sequence[DecisionRow]
