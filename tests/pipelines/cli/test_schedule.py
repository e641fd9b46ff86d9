"""The command schedule: what it keeps, shows and refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.retraining import Retraining
from pipelines.schedules import load_schedules
from storage.models.retrainings import RetrainingStore
from storage.objects.objects import open_objects
from tests.pipelines.cli.test_commands import Command, corpus, mirliton  # noqa: F401

TASK = "piano_transcription"


@pytest.fixture
def scheduled(mirliton: Command, corpus: Path) -> Command:  # noqa: F811
    """The commands in a home with the dataset "mine"."""
    mirliton("add", "mine", "--loader", "folder", "--root", corpus)
    return mirliton


def kept(home: Path) -> RetrainingStore:
    return RetrainingStore(open_objects(str(home / "store")))


def test_a_schedule_is_kept_shown_changed_and_removed(scheduled: Command, home: Path) -> None:
    out = scheduled(
        *("schedule", TASK, "--dataset", "mine", "--model", "lstm", "--set", "training.epochs=3"),
        *("--cron", "30 4 * * 1", "--timezone", "Europe/Vienna"),
    ).out
    assert f"{TASK}: lstm on mine, at 30 4 * * 1 (Europe/Vienna)." in out
    assert "T04:30+0" in out
    assert "It runs while mirliton ui is open. A mirliton ui that is open knows it once its code location" in out
    record = kept(home).get(TASK)
    assert (record.networks, record.settings) == (["lstm"], {"training": {"epochs": 3}})
    (schedule,) = load_schedules()
    assert (schedule.name, schedule.cron_schedule) == (f"retrain_{TASK}", "30 4 * * 1")
    assert (schedule.execution_timezone, schedule.job_name) == ("Europe/Vienna", f"retrain_{TASK}")

    scheduled("schedule", TASK, "--dataset", "mine")
    assert "the network in use on mine, at 0 3 * * 1 (UTC)." in scheduled("schedule").out
    (row,) = json.loads(scheduled("schedule", TASK, "--json").out)["schedules"]
    assert (row["task"], row["datasets"], row["models"], row["timezone"]) == (TASK, ["mine"], [], "UTC")
    assert len(row["next"]) == 3
    assert f"{TASK} is retrained no more." in scheduled("schedule", TASK, "--remove").out
    assert "Nothing is scheduled. mirliton schedule TASK --dataset NAME" in scheduled("schedule").out
    assert kept(home).all() == load_schedules() == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((TASK,), f"Expected a schedule of {TASK}. Received: none. Remedy: mirliton schedule {TASK} --dataset NAME"),
        ((TASK, "--remove"), f"Expected a schedule of {TASK}. Received: none."),
        (("piano", "--dataset", "mine"), "did you mean piano_transcription"),
        ((TASK, "--dataset", "mines"), "Expected a registered dataset. Received: 'mines'. Remedy: did you mean mine?"),
        ((TASK, "--model", "lstm"), "Expected datasets to retrain on. Received: none."),
        ((TASK, "--dataset", "mine", "--model", "crnn"), f"Expected a network for {TASK}. Received: crnn."),
        ((TASK, "--dataset", "mine", "--model", "lsm"), "did you mean lstm"),
        ((TASK, "--dataset", "mine", "--cron", "daily"), "Expected a cron of five fields"),
        ((TASK, "--dataset", "mine", "--cron", "0 25 * * *"), "Expected a cron of five fields"),
        ((TASK, "--dataset", "mine", "--timezone", "Europe/Vien"), "did you mean Europe/Vienna"),
        ((TASK, "--dataset", "mine", "--model", "lstm", "--set", "training.epoch=3"), "did you mean training.epochs"),
        ((TASK, "--dataset", "mine", "--model", "lstm", "--set", "training.epochs=0"), "Expected epochs at least 1."),
        (("genre_recognition", "--dataset", "mine"), "Expected datasets with genre. Received: mine, which has notes."),
        (("artist_recognition", "--remove"), "Expected a schedule of artist_recognition."),
        (("--dataset", "mine"), "Expected a task. Received: options alone."),
    ],
)
def test_what_cannot_be_scheduled_is_one_sentence(
    scheduled: Command, home: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert message in scheduled("schedule", *arguments).error
    assert kept(home).all() == []


def test_a_task_without_a_model_in_use_needs_a_network(scheduled: Command, tmp_path: Path) -> None:
    (tmp_path / "bands" / "a").mkdir(parents=True)
    (tmp_path / "bands" / "a" / "x.wav").write_bytes(b"x")
    scheduled("add", "bands", "--loader", "labelled_folders", "--root", tmp_path / "bands", "--option", "levels=genre")
    error = scheduled("schedule", "genre_recognition", "--dataset", "bands").error
    assert "mirliton schedule genre_recognition … --model NAME" in error


def test_now_retrains_at_once(scheduled: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def retrain(record: Any, *, run: Any, parent: str, report: Any) -> Retraining:
        report("training lstm on mine")
        return Retraining(["mine"], {"other": "a disk is full"}, ["lstm"], "kept", "not better", "the included network")

    monkeypatch.setattr("pipelines.retraining.retrain", retrain)
    scheduled("schedule", TASK, "--dataset", "mine")
    assert "training lstm on mine" in scheduled("schedule", TASK, "--now").out
    document = json.loads(scheduled("schedule", TASK, "--now", "--json").out)
    assert document["retrained"] == {
        "prepared": ["mine"],
        "failed": {"other": "a disk is full"},
        "models": ["lstm"],
        "decision": "kept",
        "reason": "not better",
        "champion": "the included network",
    }
