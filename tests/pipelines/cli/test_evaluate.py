"""The command ``evaluate``: the scores of a report as a table and as a document, and ``--strict``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assets.evaluation.headline import not_beaten
from mir_models.errors import MirlitonError
from pipelines import runs
from pipelines.cli import evaluate as command
from pipelines.cli.console import console
from pipelines.cli.json_output import document_alone
from pipelines.runs import RunResult
from storage.objects.objects import open_objects
from storage.reports.evaluations import ReportStore
from storage.reports.record import ReportRecord

TASK, MODEL = "genre_recognition", "crnn"
CHECK = f"reports/{TASK}/{MODEL}: beats_baselines: the model is not above every baseline"


def scores(accuracy: float, macro_f1: float) -> dict[str, Any]:
    """Scores of a classification with an interval of 0.1 around each."""
    return {
        "accuracy": accuracy,
        "accuracy_interval": [accuracy - 0.1, accuracy + 0.1],
        "macro_f1": macro_f1,
        "macro_f1_interval": [macro_f1 - 0.1, macro_f1 + 0.1],
    }


@pytest.fixture
def report(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report whose network is above one of two baselines, as a run leaves it."""
    evaluation = {
        **scores(0.5, 0.4),
        "baselines": {"majority": scores(0.2, 0.1), "mfcc": scores(0.6, 0.4)},
        "convention": {"datasets": ["tiny"], "split": "test"},
        "tracks": [{"track": "a"}, {"track": "b"}],
    }
    record = ReportRecord(TASK, MODEL, "2026-01-01", "f", "m", evaluation=evaluation)
    ReportStore(open_objects(str(home / "store")), TASK, MODEL).replace("<html></html>", record, {})
    monkeypatch.setattr(runs, "materialise", lambda *_, **__: RunResult("run", {}, [CHECK]))


def test_a_baseline_is_beaten_by_what_is_above_it_in_every_score() -> None:
    baselines = {"lower": scores(0.2, 0.3), "equal": scores(0.5, 0.1), "higher": scores(0.6, 0.9)}
    found = not_beaten({**scores(0.5, 0.4), "baselines": baselines})  # type: ignore[typeddict-item]
    assert found == {"equal": ["accuracy"], "higher": ["accuracy", "macro_f1"]}


@pytest.mark.usefixtures("report")
def test_strict_is_an_error_where_a_baseline_is_not_beaten_and_the_scores_are_printed() -> None:
    with console.capture() as captured, pytest.raises(MirlitonError) as refused:
        command.evaluate(TASK, MODEL, strict=True)
    assert str(refused.value).startswith(
        "Expected crnn above every baseline. Received: accuracy, macro F1 not above mfcc. Remedy: train it longer"
    )
    printed = captured.get()
    assert "tiny, test split, 2 tracks" in printed
    assert "[0.400, 0.600]" in printed
    assert CHECK in " ".join(printed.split())


@pytest.mark.usefixtures("report")
def test_otherwise_it_is_a_warning() -> None:
    with console.capture() as captured:
        command.evaluate(TASK, MODEL)
    assert f"check {CHECK}" in " ".join(captured.get().split())


@pytest.mark.usefixtures("report")
def test_the_document_has_every_score_with_its_interval(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with document_alone():
        command.evaluate(TASK, MODEL)
    found = json.loads(capfd.readouterr().out)
    assert (found["datasets"], found["split"], found["tracks"]) == (["tiny"], "test", 2)
    assert [(row["system"], row["baseline"]) for row in found["systems"]] == [
        (MODEL, False),
        ("majority", True),
        ("mfcc", True),
    ]
    assert found["systems"][1]["scores"]["macro_f1"] == {"value": 0.1, "interval": [0.0, 0.2]}
    assert found["not_beaten"] == {"mfcc": ["accuracy", "macro_f1"]}
    assert Path(found["page"]).is_file()
    assert found["failed_checks"] == [CHECK]


@pytest.mark.parametrize("arguments", [{"dataset": ["tinny"]}, {"dataset": ["tiny", "tinny"]}])
@pytest.mark.usefixtures("report")
def test_a_mistyped_dataset_begins_no_run(monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any]) -> None:
    from storage.corpora.catalogue import open_catalogue
    from storage.corpora.registrations import Registration

    monkeypatch.setattr(runs, "materialise", lambda *_, **__: pytest.fail("a run began"))
    open_catalogue().add(Registration("tiny", "demo", "nowhere"))
    with pytest.raises(MirlitonError, match=r"'tinny'\. Remedy: did you mean tiny\? Else mirliton add tinny"):
        command.evaluate(TASK, MODEL, **arguments)
