"""The standing of a model in words: in use, a challenger, or used before."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.evaluation.standing import show_standings, standing
from storage.models.champions import ChampionStore, ComparisonRecord, ModelReference, PairedScore
from storage.models.checkpoints import ModelStore
from storage.objects.objects import FolderObjects
from storage.reports.evaluations import STANDING, ReportStore
from tests.stored_records import model_record, report_record

TASK, NETWORK = "artist_recognition", "patch_cnn"
A, B = (ModelReference(NETWORK, each * 16, f"run-{each}") for each in "ab")
RULE = {"margin": 0.005, "level": 0.95}
SCORES = [PairedScore(track=name, challenger=0.2, champion=0.1) for name in "xyz"]
COMPARISON = ComparisonRecord("accuracy", "promotion", ["bands"], SCORES, 0.2, 0.1, 0.1, [0.1, 0.1], RULE)
BY_RULE = (
    " Rule: a higher mean over 3 tracks of the promotion split, and a paired 95% interval of the difference that does "
    "not reach below -0.005."
)


@pytest.fixture
def champions(tmp_path: Path) -> ChampionStore:
    """Decisions, with the training of A in the store."""
    objects = FolderObjects(str(tmp_path))
    record = model_record(task=TASK, architecture=NETWORK, fingerprint=A.fingerprint)
    ModelStore(objects, TASK, NETWORK).training(A.fingerprint).write_record(record)
    return ChampionStore(objects, TASK)


def text(champions: ChampionStore, model: ModelReference) -> str:
    """The standing of a model, without dates."""
    decisions = champions.decisions()
    found = standing(decisions, model.fingerprint)
    return found.replace(decisions[-1].time[:10], "DATE") if decisions else found


def test_a_model_in_use_and_a_challenger(champions: ChampionStore) -> None:
    assert text(champions, A) == "A challenger that was not compared with the champion yet (mirliton promote)."
    champions.promote(A, "the first")
    champions.keep(B, "worse", comparison=COMPARISON)
    assert text(champions, A) == "In use since DATE (the first)."
    assert text(champions, B) == "A challenger that was not promoted on DATE (worse)." + BY_RULE


def test_a_model_that_was_in_use_before_and_is_again(champions: ChampionStore) -> None:
    champions.promote(A, "the first")
    champions.promote(B, "better", comparison=COMPARISON)
    assert text(champions, A) == "In use from DATE to DATE (better)."
    assert text(champions, B) == "In use since DATE (better)." + BY_RULE
    champions.roll_back("too slow", to_included=False)
    assert text(champions, A) == "In use since DATE (too slow)."
    assert text(champions, B) == "In use from DATE to DATE (too slow)."


def test_the_reports_of_a_task_state_it(champions: ChampionStore) -> None:
    reports = ReportStore(champions.objects, TASK, NETWORK)
    written = report_record(task=TASK, architecture=NETWORK, model=f"{A.fingerprint}-2")  # With a later decoding.
    page = f"<body>{STANDING}{STANDING}</body>"
    reports.write(page, written, midis={}, figures={}, sounds={})
    champions.promote(A, "the first & only")
    show_standings(champions)
    found = (champions.objects.read(f"{reports.prefix}/report.html") or b"").decode()
    assert found.startswith(f"<body>{STANDING}<p>In use since 20")
    assert found.endswith(f"(the first &amp; only).</p>{STANDING}</body>")
