"""Challengers beside the champion: who is promoted, who is kept, and what is not decided twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assets.champions import metadata
from assets.evaluation import promotion
from assets.evaluation.paired_scores import PairedTracks
from assets.evaluation.promotion import decide, first_champion, roll_back
from mir_models.evaluation.promotion import Params
from storage.models.champions import ChampionStore, DecisionRecord, ModelReference
from storage.models.checkpoints import ModelStore
from storage.models.record import ModelRecord
from storage.objects.objects import FolderObjects
from tests.stored_records import model_record

TASK, NETWORKS = "artist_recognition", ("dense_frame", "patch_cnn", "x_vector")
PIANO = "piano_transcription"


class Store:
    """A store with decisions and trainings, and what is shown of decisions in MLflow."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.objects = FolderObjects(str(folder))

    def champions(self, task: str) -> ChampionStore:
        """The decisions of a task."""
        return ChampionStore(self.objects, task)

    def train(self, network: str, number: int = 1, *, task: str = TASK, score: float = 0.5) -> ModelRecord:
        """A finished training, the latest of its network."""
        scores = {"val_window_accuracy": score, "val_note_f1": score, "val_frame_f1": score}
        made = model_record(
            task=task,
            architecture=network,
            fingerprint=f"{network}-{number:x}",
            run_id=f"run-{network}-{number}",
            history=[scores],
            best_epoch=0,
        )
        models = ModelStore(self.objects, task, network)
        models.training(made.fingerprint).write_record(made)
        models.make_current(made.fingerprint)
        return made


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What MLflow's registry was given: which alias, and the run."""
    calls: list[tuple[str, str]] = []
    for name in ("set_champion", "keep_as_challenger"):
        monkeypatch.setattr(
            promotion.mlflow_registry, name, lambda home, task, run, reason, name=name: calls.append((name, run))
        )
    monkeypatch.setattr(
        promotion.mlflow_registry, "clear_champion", lambda home, task, reason: calls.append(("clear_champion", task))
    )
    return calls


@pytest.fixture
def store(tmp_path: Path, shown: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store in which models are scored by the last hexadecimal digit of their fingerprints, on three tracks."""

    def score(challenger: Any, champion: Any, paired: PairedTracks) -> dict[str, tuple[float, float]]:
        first, second = (int(each.record.fingerprint[-1], 16) / 10 for each in (challenger, champion))
        return {name: (first, second) for _, name in paired.tracks}

    def pair(*_: Any) -> PairedTracks:
        return PairedTracks("promotion", [("bands", each) for each in "abc"], {}, {}, ("a note",))

    monkeypatch.setattr(promotion, "pair_tracks", pair)
    monkeypatch.setattr(promotion, "score_tracks", score)
    monkeypatch.setattr(PairedTracks, "contents", property(lambda paired: paired.tracks))
    return Store(tmp_path)


def kinds(decisions: Sequence[DecisionRecord]) -> list[tuple[str, str]]:
    """Kind and model of each decision."""
    return [(each.kind, each.model.fingerprint if each.model else "included") for each in decisions]


def test_the_first_training_is_the_champion(store: Store, shown: list[tuple[str, str]]) -> None:
    record = store.train("patch_cnn", 3)
    first_champion(store, record)
    (decision,) = store.champions(TASK).decisions()
    assert (decision.kind, decision.champion) == ("promoted", ModelReference.of(record))
    assert decision.reason == "the first network that was trained for it"
    first_champion(store, store.train("patch_cnn", 4))
    assert len(store.champions(TASK).decisions()) == 1
    assert shown == [("set_champion", "run-patch_cnn-3")]


def test_of_those_trained_before_there_were_champions_the_best_stays_in_use(store: Store) -> None:
    store.train("patch_cnn", 3, score=0.831)
    store.train("x_vector", 4, score=0.6)
    first_champion(store, store.train("patch_cnn", 9, score=0.0))
    (decision,) = store.champions(TASK).decisions()
    assert decision.champion == ModelReference("patch_cnn", "patch_cnn-3", "run-patch_cnn-3")
    assert decision.reason == "the highest validation score of 2 trained before there was a champion"


def test_a_worse_challenger_is_kept_and_a_better_one_promoted(store: Store, shown: list[tuple[str, str]]) -> None:
    first_champion(store, store.train("patch_cnn", 5))
    store.train("patch_cnn", 1)
    (kept,) = decide(store, TASK, "patch_cnn")
    assert (kept.kind, kept.champion) == ("kept", ModelReference("patch_cnn", "patch_cnn-5", "run-patch_cnn-5"))
    assert kept.reason.startswith("not better by the mean: accuracy 0.1000 beside 0.5000, difference -0.4000")
    assert kept.reason.endswith(". a note")
    store.train("x_vector", 8)
    (promoted,) = decide(store, TASK, "x_vector")
    assert (promoted.kind, promoted.champion, promoted.previous) == ("promoted", promoted.model, kept.champion)
    assert promoted.comparison is not None
    assert promoted.comparison.tracks[0] == {"track": "a", "challenger": 0.8, "champion": 0.5}
    assert promoted.comparison.rule == {"margin": 0.005, "level": 0.95, "n_resamples": 1000, "seed": 0}
    assert shown[1:] == [("keep_as_challenger", "run-patch_cnn-1"), ("set_champion", "run-x_vector-8")]


def test_all_latest_trainings_are_compared_in_the_order_of_their_validation(store: Store) -> None:
    first_champion(store, store.train("patch_cnn", 2))
    store.train("x_vector", 4, score=0.6)
    store.train("dense_frame", 6, score=0.9)
    assert kinds(decide(store, TASK)) == [
        ("promoted", "dense_frame-6"),
        ("kept", "x_vector-4"),
        ("kept", "patch_cnn-2"),
    ]


def test_the_same_grounds_are_decided_once(store: Store) -> None:
    first_champion(store, store.train("patch_cnn", 5))
    store.train("x_vector", 1)
    first = decide(store, TASK)
    assert decide(store, TASK) == first
    assert len(store.champions(TASK).decisions()) == 2
    (other,) = decide(store, TASK, "x_vector", rule=Params(margin=0.5))
    assert other.number == 3


def test_on_request_a_worse_one_is_promoted_with_the_reason_and_what_the_rule_states(store: Store) -> None:
    first_champion(store, store.train("patch_cnn", 5))
    store.train("x_vector", 1)
    (decision,) = decide(store, TASK, "x_vector", anyway=True, reason="it is twice as fast")
    assert (decision.kind, decision.anyway) == ("promoted", True)
    assert decision.reason.startswith("on request: it is twice as fast; by the rule it is kept (not better by the mean")
    assert decide(store, TASK, "x_vector", anyway=True) == [decision]


def test_one_that_was_rolled_back_is_promoted_on_request_only(store: Store, shown: list[tuple[str, str]]) -> None:
    first_champion(store, store.train("patch_cnn", 5))
    store.train("x_vector", 8)
    decide(store, TASK)
    back = roll_back(store, TASK, "wrong on soft notes")
    assert kinds([back]) == [("rolled_back", "patch_cnn-5")]
    assert shown[-1] == ("set_champion", "run-patch_cnn-5")
    (kept,) = decide(store, TASK, "x_vector")
    assert kept.reason.startswith("it was rolled back on 20")
    assert kept.reason.endswith("(wrong on soft notes), and is promoted on request only")
    assert decide(store, TASK, "x_vector") == [kept]
    assert decide(store, TASK, "x_vector", anyway=True)[0].kind == "promoted"


def test_the_included_network_is_what_a_first_training_is_compared_with(
    store: Store, shown: list[tuple[str, str]]
) -> None:
    first_champion(store, store.train("lstm", 1, task=PIANO))
    assert store.champions(PIANO).decisions() == []
    (kept,) = decide(store, PIANO, "lstm")  # The fingerprint of the included network ends in c.
    assert (kept.kind, kept.champion, kept.previous) == ("kept", None, None)
    assert kept.reason.startswith("not better by the mean: note onset F1 0.1000 beside 1.2000")
    store.train("bilstm", 15, task=PIANO)
    assert decide(store, PIANO, "bilstm")[0].kind == "promoted"
    back = roll_back(store, PIANO, "on request")
    assert (back.model, back.champion) == (None, None)
    assert store.champions(PIANO).champion() is None
    assert shown[-1] == ("clear_champion", PIANO)


def test_a_comparison_that_favours_the_challenger_is_no_grounds_for_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_champion(store, store.train("patch_cnn", 5))
    favouring = PairedTracks("validation", [("bands", each) for each in "abc"], {}, {}, ("a note",), True)
    monkeypatch.setattr(promotion, "pair_tracks", lambda *_: favouring)
    store.train("x_vector", 9)
    assert kinds(decide(store, TASK, "x_vector")) == [("kept", "x_vector-9")]
    assert kinds(decide(store, TASK, "x_vector", anyway=True)) == [("promoted", "x_vector-9")]


def test_the_champion_on_request_is_the_decision_that_made_it_so(store: Store) -> None:
    first_champion(store, store.train("patch_cnn", 5))
    store.train("x_vector", 1)
    assert kinds(decide(store, TASK, "x_vector")) == [("kept", "x_vector-1")]
    assert kinds(decide(store, TASK, "patch_cnn", anyway=True)) == [("promoted", "patch_cnn-5")]


def test_of_several_decisions_the_one_that_changed_the_champion_is_reported(store: Store) -> None:
    first_champion(store, store.train("patch_cnn", 5))
    store.train("x_vector", 9, score=0.9)
    store.train("dense_context", 1, score=0.1)
    decisions = decide(store, TASK)
    assert [kind for kind, _ in kinds(decisions)][-1] == "kept"
    found = metadata(decisions, None)
    assert (found["kind"], found["number"]) == ("promoted", decisions[0].number)
