"""All trained models of a task as they stand: champion, challenger or superseded, with their scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assets.evaluation.headline import headline
from assets.evaluation.promotion import Stores
from storage.models.champions import CHALLENGER, CHAMPION, KEPT, DecisionRecord, ModelReference
from storage.models.shipped import is_shipped, shipped
from storage.models.trainings import FinishedTraining, finished_trainings
from storage.reports.evaluations import ReportStore

FORMER, INCLUDED = "former champion", "included"
"""Was in use before; comes with mirliton and is not in use."""
VALIDATION = {
    "val_note_f1": "note_onset_f1",
    "val_frame_f1": "frame_f1",
    "val_accuracy": "accuracy",
    "val_macro_f1": "macro_f1",
}
"""The names of the validation scores of an epoch, by their keys in its log."""


@dataclass(frozen=True)
class ModelState:
    """A trained model and how it stands.

    Attributes
    ----------
    architecture, run_id, fingerprint : str
    state : str
        `CHAMPION`, `CHALLENGER`, `FORMER` or `INCLUDED`.
    since, reason : str
        Time and reason of the last decision on it; empty where there was none.
    is_latest : bool
        The latest training of its architecture.
    datasets : sequence of str
        That it was trained on.
    validation, test : dict of str to float
        Scores by name; of the test split where the report is of this very model.
    promotion : float or None
        Mean score in the last comparison with a champion, or of the champion in its last comparison.
    """

    architecture: str
    run_id: str
    fingerprint: str
    state: str
    since: str = ""
    reason: str = ""
    is_latest: bool = False
    datasets: Sequence[str] = ()
    validation: Mapping[str, float] = field(default_factory=dict)
    test: Mapping[str, float] = field(default_factory=dict)
    promotion: float | None = None


def model_states(store: Stores, task: str) -> list[ModelState]:
    """The models of a task: the champion first, then by the time of the last decision, the latest first."""
    champions = store.champions(task)
    decisions = champions.decisions()
    found = [_state(each, decisions, champions.champion()) for each in finished_trainings(champions.objects, task)]
    tested = [_tested(each, ReportStore(champions.objects, task, each.architecture)) for each in found]
    order = sorted(tested, key=lambda each: (each.state == CHAMPION, each.since), reverse=True)
    if not is_shipped(task):
        return order
    included = _included(task, in_use=champions.champion() is None)
    return [included, *order] if included.state == CHAMPION else [*order, included]


def _state(each: FinishedTraining, decisions: Sequence[DecisionRecord], champion: ModelReference | None) -> ModelState:
    reference, record = ModelReference.of(each.record), each.record
    about = [one for one in decisions if one.model == reference]
    was_promoted = any(one.kind != KEPT for one in about)
    log = record.history[record.best_epoch or 0] if record.history else {}
    return ModelState(
        architecture=record.architecture,
        run_id=record.run_id,
        fingerprint=record.fingerprint,
        state=CHAMPION if reference == champion else FORMER if was_promoted else CHALLENGER,
        since=about[-1].time if about else "",
        reason=about[-1].reason if about else "",
        is_latest=each.is_latest,
        datasets=record.datasets,
        validation={name: log[key] for key, name in VALIDATION.items() if key in log},
        promotion=_promotion_score(reference, decisions),
    )


def _promotion_score(reference: ModelReference, decisions: Sequence[DecisionRecord]) -> float | None:
    """The mean score of a model in the last comparison that it was part of."""
    for each in reversed(decisions):
        if each.comparison and each.model == reference:
            return each.comparison.challenger
        if each.comparison and each.previous == reference:
            return each.comparison.champion
    return None


def _tested(state: ModelState, reports: ReportStore) -> ModelState:
    """A state with the scores of the report, if that is of this very model."""
    report = reports.read()
    if report is None or report.model.split("-")[0] != state.fingerprint:
        return state
    return replace(state, test=headline(report.evaluation))


def _included(task: str, *, in_use: bool) -> ModelState:
    record = shipped(task).record()
    state = CHAMPION if in_use else INCLUDED
    return ModelState(record.architecture, "", record.fingerprint, state, datasets=record.datasets)
