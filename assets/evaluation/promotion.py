"""Promotion of trained models: challengers are compared with the champion of their task, and promoted or kept."""

from collections.abc import Collection
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from assets.evaluation.paired_scores import ComparedModel, PairedTracks, pair_tracks, score_tracks
from assets.evaluation.standing import show_standings
from assets.inference.loaded_model import load_from_folder, load_from_training
from assets.training.dataset_shards import DatasetStores
from mir_models.architectures import ARCHITECTURES
from mir_models.evaluation import promotion
from mir_models.evaluation.promotion import Outcome, Params
from mir_models.tasks import TASKS
from storage.fingerprints import fingerprint
from storage.models import mlflow_registry
from storage.models.champions import (
    KEPT,
    PROMOTED,
    ChampionStore,
    ComparisonRecord,
    DecisionRecord,
    ModelReference,
    PairedScore,
)
from storage.models.checkpoints import Training
from storage.models.record import ModelRecord
from storage.models.shipped import is_shipped, shipped
from storage.models.trainings import FinishedTraining, find_training, finished_trainings

FIRST = "the first network that was trained for it"
"""Why a model is the champion that was compared with none."""
RULE = Params()
"""The rule by default."""
MEASURES = {"notes": "note onset F1", "classes": "accuracy"}
"""The score of a track by which models are compared, by the kind of the task; the accuracy of a track is 0 or 1."""


class Stores(DatasetStores, Protocol):
    """Datasets, and the decisions on champions, as the resource of the assets gives them."""

    @property
    def home(self) -> Path:
        """``MIRLITON_HOME``."""

    def champions(self, task: str) -> ChampionStore:
        """The decisions on the champion of a task."""


def decide(
    store: Stores,
    task: str,
    challenger: str = "",
    *,
    rule: Params = RULE,
    datasets: Collection[str] = (),
    anyway: bool = False,
    reason: str = "",
) -> list[DecisionRecord]:
    """Compare challengers with the champion of a task, and promote or keep each.

    Parameters
    ----------
    store : Stores
    task : str
    challenger : str
        A network, or the id of an MLflow run, see `find_training`; empty: the latest training of every network.
    rule : mir_models.evaluation.promotion.Params
    datasets : collection of str
        On whose tracks they are compared; empty: those that one of the two was trained on.
    anyway : bool
        Promote whatever the comparison says.
    reason : str
        Why, to be kept with the decision.

    Returns
    -------
    list of DecisionRecord
        One for each challenger. What was decided before on the same grounds is not decided again.
    """
    champions = store.champions(task)
    with champions.locked(store.home):
        found = finished_trainings(champions.objects, task)
        if challenger:
            chosen = [find_challenger(store, task, challenger)]
        else:
            chosen = sorted((each for each in found if each.is_latest), key=_validation_score, reverse=True)
        decisions = []
        for each in chosen:
            decision = (
                _promote_anyway(store, champions, each, rule, datasets, reason)
                if anyway
                else _decide(store, champions, each, rule, datasets)
            )
            _show(store, champions, decision)
            decisions.append(decision)
        return decisions


def networks(task: str) -> list[str]:
    """Architectures for a task."""
    return [name for name, each in ARCHITECTURES.entries().items() if task == each.TASK]


def find_challenger(store: Stores, task: str, name: str) -> FinishedTraining:
    """The training that a network or the id of a run stands for, see `find_training`; refuses an unknown task."""
    TASKS.get(task)
    return find_training(store.champions(task).objects, task, name, networks(task))


def first_champion(store: Stores, record: ModelRecord) -> None:
    """Let a training that was finished just now be the champion of its task, where there is none to compare it with.

    Where others were trained before champions were kept, that of the highest validation score becomes the champion.
    """
    champions = store.champions(record.task)
    if champions.champion() is not None or is_shipped(record.task):
        return
    with champions.locked(store.home):
        decision = _first(champions, ModelReference.of(record))
    if decision is not None:
        _show(store, champions, decision)


def roll_back(store: Stores, task: str, reason: str) -> DecisionRecord:
    """Let the champion before the present one be the champion again, see `ChampionStore.roll_back`."""
    champions = store.champions(task)
    with champions.locked(store.home):
        decision = champions.roll_back(reason, to_included=is_shipped(task))
    _show(store, champions, decision)
    return decision


def _show(store: Stores, champions: ChampionStore, decision: DecisionRecord) -> None:
    """Show a decision in reports and in MLflow's registry; the store holds what counts."""
    show_standings(champions)
    model, task = decision.model, champions.task
    if model is None:
        mlflow_registry.clear_champion(store.home, task, decision.reason)
        return
    show = mlflow_registry.keep_as_challenger if decision.kind == KEPT else mlflow_registry.set_champion
    show(store.home, task, model.run_id, decision.reason)


def _first(champions: ChampionStore, new: ModelReference) -> DecisionRecord | None:
    if champions.champion() is not None or is_shipped(champions.task):
        return None
    found = finished_trainings(champions.objects, champions.task)
    others = [each for each in found if ModelReference.of(each.record) != new]
    if not others:
        return champions.promote(new, FIRST)
    best = max(others, key=_validation_score)
    reason = f"the highest validation score of {len(others)} trained before there was a champion"
    return champions.promote(ModelReference.of(best.record), reason)


def _decide(
    store: Stores, champions: ChampionStore, each: FinishedTraining, rule: Params, datasets: Collection[str]
) -> DecisionRecord:
    """The decision on one challenger."""
    challenger = ModelReference.of(each.record)
    decisions = champions.decisions()
    promoted = [one for one in decisions if one.kind == PROMOTED and one.model == challenger]
    if promoted and champions.champion() == challenger:
        return promoted[-1]
    if promoted and challenger not in champions.champions():
        return _rolled_back(champions, challenger, decisions)
    first = _first(champions, challenger)
    if first is not None and first.model == challenger:
        return first
    return _compared(store, champions, each, rule, datasets)


def _rolled_back(
    champions: ChampionStore, challenger: ModelReference, decisions: list[DecisionRecord]
) -> DecisionRecord:
    """Keep a model that was the champion and was rolled back; decided once."""
    last = [each for each in decisions if each.model == challenger or each.previous == challenger][-1]
    if last.kind == KEPT:
        return last
    reason = f"it was rolled back on {last.time[:10]} ({last.reason}), and is promoted on request only"
    return champions.keep(challenger, reason)


def _compared(
    store: Stores, champions: ChampionStore, each: FinishedTraining, rule: Params, datasets: Collection[str]
) -> DecisionRecord:
    """Promote or keep a challenger by the rule; what was decided on the same grounds before is returned."""
    challenger, champion = _compared_model(each.training, each.record), _champion(champions)
    reference, paired = ModelReference.of(each.record), pair_tracks(store, each.record, champion.record, datasets)
    made_from = _made_from(challenger, champion, rule, paired)
    earlier = [one for one in champions.decisions() if one.model == reference and one.made_from == made_from]
    if earlier:
        return earlier[-1]
    comparison, outcome = _compare(challenger, champion, paired, rule)
    if outcome.promote:
        return champions.promote(reference, outcome.reason, comparison=comparison, made_from=made_from)
    return champions.keep(reference, outcome.reason, comparison=comparison, made_from=made_from)


def _promote_anyway(
    store: Stores,
    champions: ChampionStore,
    each: FinishedTraining,
    rule: Params,
    datasets: Collection[str],
    reason: str,
) -> DecisionRecord:
    """Promote a challenger on request, with what the rule says beside it where there is a champion."""
    reference, comparison = ModelReference.of(each.record), None
    text = f"on request: {reason}" if reason else "on request"
    if champions.champion() == reference:
        return next(one for one in reversed(champions.decisions()) if one.champion == reference and one.kind != KEPT)
    if champions.champion() is not None or is_shipped(champions.task):
        challenger, champion = _compared_model(each.training, each.record), _champion(champions)
        paired = pair_tracks(store, each.record, champion.record, datasets)
        comparison, outcome = _compare(challenger, champion, paired, rule)
        text += f"; by the rule it is {'promoted' if outcome.promote else 'kept'} ({outcome.reason})"
    return champions.promote(reference, text, comparison=comparison, anyway=True)


def _compare(
    challenger: ComparedModel, champion: ComparedModel, paired: PairedTracks, rule: Params
) -> tuple[ComparisonRecord, Outcome]:
    """Scores of both on the paired tracks, and what the rule makes of them."""
    measure = MEASURES[TASKS.get(challenger.record.task).KIND]
    scores = score_tracks(challenger, champion, paired)
    own, others = [first for first, _ in scores.values()], [second for _, second in scores.values()]
    outcome = promotion.decide(own, others, rule, measure=measure)
    outcome = replace(outcome, promote=outcome.promote and not paired.favours_challenger)
    comparison = ComparisonRecord(
        measure=measure,
        split=paired.split,
        datasets=sorted(paired.datasets),
        tracks=[PairedScore(track=name, challenger=a, champion=b) for name, (a, b) in scores.items()],
        challenger=outcome.challenger if scores else None,
        champion=outcome.champion if scores else None,
        difference=outcome.difference if scores else None,
        interval=outcome.interval,
        rule=asdict(rule),
        notes=list(paired.notes),
    )
    return comparison, replace(outcome, reason=". ".join((outcome.reason, *paired.notes)))


def _compared_model(training: Training, record: ModelRecord) -> ComparedModel:
    return ComparedModel(record, partial(load_from_training, training))


def _champion(champions: ChampionStore) -> ComparedModel:
    """The model in use."""
    reference = champions.champion()
    if reference is None:
        folder = shipped(champions.task)
        return ComparedModel(folder.record(), partial(load_from_folder, folder))
    training = champions.training(reference)
    return _compared_model(training, training.finished_record())


def _made_from(challenger: ComparedModel, champion: ComparedModel, rule: Params, paired: PairedTracks) -> str:
    """Of all that a decision depends on."""
    models = [each.record.decoded_fingerprint for each in (challenger, champion)]
    return fingerprint("promotion", promotion.VERSION, models, rule, paired.split, paired.contents)


def _validation_score(each: FinishedTraining) -> float:
    """The score of the epoch that was kept by which epochs are chosen."""
    record = each.record
    monitor = TASKS.get(record.task).monitor(ARCHITECTURES.get(record.architecture).HEADS)
    return record.history[record.best_epoch or 0].get(monitor, 0.0) if record.history else 0.0
