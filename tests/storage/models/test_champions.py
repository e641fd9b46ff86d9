"""Decisions on champions: which model is in use after each, and to which it can be rolled back."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.models.champions import ChampionStore, ComparisonRecord, ModelReference, PairedScore
from storage.models.checkpoints import ModelStore
from storage.objects.objects import FolderObjects
from tests.stored_records import ARCHITECTURE, TASK, model_record

A, B, C = (ModelReference(ARCHITECTURE, each * 16, f"run-{each}") for each in "abc")
COMPARISON = ComparisonRecord(
    "accuracy",
    "promotion",
    ["bands"],
    [PairedScore(track="x", challenger=1.0, champion=0.0)],
    1.0,
    0.0,
    1.0,
    [0.5, 1.0],
)


@pytest.fixture
def champions(tmp_path: Path) -> ChampionStore:
    """A store in which the trainings of A, B and C are finished."""
    objects = FolderObjects(str(tmp_path))
    for each in (A, B, C):
        record = model_record(fingerprint=each.fingerprint, run_id=each.run_id)
        ModelStore(objects, TASK, ARCHITECTURE).training(each.fingerprint).write_record(record)
    return ChampionStore(objects, TASK)


def test_before_any_decision_there_is_no_champion(champions: ChampionStore) -> None:
    assert champions.champion() is None
    assert champions.decisions() == []
    with pytest.raises(MirlitonError, match="Received: no champion yet"):
        champions.roll_back("", to_included=True)


def test_decisions_are_kept_with_what_they_are_about(champions: ChampionStore) -> None:
    first = champions.promote(A, "the first")
    kept = champions.keep(B, "worse", comparison=COMPARISON, made_from="f")
    assert [first, kept] == champions.decisions()
    assert (first.number, first.kind, first.model, first.champion, first.previous) == (1, "promoted", A, A, None)
    assert (kept.number, kept.kind, kept.model, kept.champion, kept.previous) == (2, "kept", B, A, A)
    assert (kept.comparison, kept.made_from, kept.reason) == (COMPARISON, "f", "worse")
    assert datetime.fromisoformat(kept.time).utcoffset() is not None
    assert champions.champion() == A


def test_a_decision_is_one_object_in_the_fields_words(champions: ChampionStore, tmp_path: Path) -> None:
    champions.promote(A, "the first")
    (path,) = (tmp_path / "champions" / TASK / "decisions").iterdir()
    assert path.name == "000001.json"
    written = json.loads(path.read_text())
    assert written.pop("time")
    model = {"architecture": ARCHITECTURE, "fingerprint": "a" * 16, "run_id": "run-a"}
    assert written == {
        "number": 1,
        "kind": "promoted",
        "reason": "the first",
        "model": model,
        "champion": model,
        "previous": None,
    }


def test_rolling_back_goes_down_the_models_that_were_promoted(champions: ChampionStore) -> None:
    for each in (A, B, C):
        champions.promote(each, "better")
    assert champions.roll_back("too slow", to_included=False).champion == B
    assert champions.roll_back("too slow", to_included=False).champion == A
    with pytest.raises(MirlitonError, match="Received: one champion so far"):
        champions.roll_back("", to_included=False)
    back = champions.roll_back("too slow", to_included=True)
    assert (back.kind, back.model, back.champion, back.previous) == ("rolled_back", None, None, A)
    assert champions.champion() is None
    assert champions.champions() == []


def test_after_rolling_back_another_model_goes_on_top(champions: ChampionStore) -> None:
    for each in (A, B):
        champions.promote(each, "better")
    champions.roll_back("", to_included=False)
    champions.promote(C, "better")
    assert champions.champions() == [A, C]
    assert champions.roll_back("", to_included=False).champion == A


def test_a_model_that_is_gone_is_not_rolled_back_to(champions: ChampionStore) -> None:
    for each in (A, B):
        champions.promote(each, "better")
    champions.objects.delete(champions.training(A).prefix)
    with pytest.raises(MirlitonError, match="a finished training"):
        champions.roll_back("", to_included=False)
    assert champions.champion() == B


def test_the_tenth_decision_follows_the_ninth(champions: ChampionStore) -> None:
    for n in range(11):
        champions.promote(A if n % 2 else B, "again")
    assert [each.number for each in champions.decisions()] == list(range(1, 12))


def test_a_damaged_decision_is_named(champions: ChampionStore, tmp_path: Path) -> None:
    champions.promote(A, "the first")
    path = tmp_path / "champions" / TASK / "decisions" / "000001.json"
    path.write_text(path.read_text().replace(f'"{"a" * 16}"', "17", 1))
    with pytest.raises(MirlitonError, match=r"fingerprint of type str in .*000001.json.*Remedy: restore the file"):
        champions.champion()


def test_runs_that_decide_take_turns(champions: ChampionStore, tmp_path: Path) -> None:
    from storage.objects import leases

    with (
        champions.locked(tmp_path / "home"),
        leases.hold(champions.objects, tmp_path / "home", f"champion-{TASK}", wait=False) as ours,
    ):
        assert not ours
