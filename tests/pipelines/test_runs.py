"""Runs of the command line: settings read from text, why a run failed, and runs whose process was killed."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from pipelines.instance import open_instance
from pipelines.orphaned_runs import end_orphans
from pipelines.runs import RunFailed, materialise, register, settings

DEFAULTS = {
    "network": {"units": 96, "dropout": 0.2, "cell": "lstm", "layers": {"first": 12}},
    "training": {"epochs": 16, "learning_rate": 3e-3, "resume": True},
}
VALUES = {
    "network.units": st.integers(),
    "network.dropout": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9),
    "network.cell": st.text(min_size=1),
    "network.layers.first": st.integers(),
    "training.epochs": st.integers(),
    "training.learning_rate": st.floats(allow_nan=False, allow_infinity=False),
    "training.resume": st.booleans(),
}
TRAIN = {"job": "train_piano_transcription", "assets": ["models/piano_transcription/lstm"]}


@given(st.fixed_dictionaries({}, optional=VALUES), st.randoms())
def test_settings_read_what_was_written_in_any_order_and_nothing_else(values: dict[str, Any], shuffled: Any) -> None:
    pairs = [f"{path}={value if isinstance(value, str) else json.dumps(value)}" for path, value in values.items()]
    shuffled.shuffle(pairs)
    assert flat(settings(pairs, DEFAULTS)) == values


@given(st.lists(st.text() | st.builds("{}={}".format, st.sampled_from([*VALUES, "network"]), st.text()), max_size=4))
def test_any_text_is_settings_or_an_error_for_the_user(pairs: list[str]) -> None:
    with suppress(MirlitonError):
        assert set(flat(settings(pairs, DEFAULTS))) <= set(VALUES)


@pytest.mark.parametrize(
    "pair",
    [
        "",
        "=",
        "units=3",
        "network=3",
        "network.units",
        "network.units=",
        "network.unit=3",
        "network.units.x=3",
        "network.units.x.y=3",
        "network.layers=3",
        ".units=3",
        "network..units=3",
        " network.units=3",
    ],
)
def test_a_setting_that_is_not_there_is_refused_with_the_choices(pair: str) -> None:
    with pytest.raises(MirlitonError, match="a setting of this network") as refused:
        settings([pair], DEFAULTS)
    assert "network.units" in refused.value.remedy
    assert repr(pair) in str(refused.value)


@pytest.mark.parametrize(
    ("pair", "kind"),
    [
        ("training.epochs=many", "int"),
        ("training.epochs=3.5", "int"),
        ("training.epochs=true", "int"),
        ('training.epochs="3"', "int"),
        ("training.epochs=[3]", "int"),
        ("training.epochs=null", "int"),
        ("training.resume=1", "bool"),
        ("training.learning_rate=fast", "float"),
        ("training.learning_rate=true", "float"),
    ],
)
def test_a_value_of_another_type_is_refused_with_an_example(pair: str, kind: str) -> None:
    with pytest.raises(MirlitonError, match=f"of type {kind}. Received") as refused:
        settings([pair], DEFAULTS)
    path = pair.partition("=")[0]
    assert settings([refused.value.remedy.removeprefix("write, e.g., ")], DEFAULTS), f"the example for {path} holds"


def test_text_is_kept_as_it_is_where_text_is_expected() -> None:
    pairs = ["network.cell=true", "training.epochs=1", "network.cell=a=b"]
    assert settings(pairs, DEFAULTS) == {"network": {"cell": "a=b"}, "training": {"epochs": 1}}


def test_a_run_that_fails_says_why_and_under_which_id_the_ui_shows_it(home: Path) -> None:
    with pytest.raises(RunFailed) as failed:
        materialise(**TRAIN)
    told = "Expected shards of cqt_84 with notes. Received: none for any dataset. Remedy: "
    assert str(failed.value).startswith(told)
    with open_instance() as instance:
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.FAILURE
        assert not list((home / "locks").glob("run-*"))
        assert f"(run {run.run_id}, mirliton ui shows it)" in str(failed.value)


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch, cause: BaseException | None = None) -> None:
    """Let every training raise an error."""

    def raising(*_: Any) -> None:
        raise error from cause

    monkeypatch.setattr("assets.models.open_corpora", raising)


def test_the_reason_is_what_the_asset_raised_not_what_lies_behind_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = MirlitonError("to be the only run", received="another", remedy="wait for it")
    fail_with(told, monkeypatch, cause=BlockingIOError(11, "Resource temporarily unavailable"))
    with pytest.raises(RunFailed, match=r"^Expected to be the only run\. Received: another\. Remedy: wait for it\. "):
        materialise(**TRAIN)


def test_the_reason_of_an_unforeseen_error_is_its_message(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(ValueError("a layer of no width"), monkeypatch)
    with pytest.raises(RunFailed, match=r"^a layer of no width \(run "):
        materialise(**TRAIN)


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_an_interruption(
    home: Path, monkeypatch: pytest.MonkeyPatch, wish: signal.Signals
) -> None:
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setattr("assets.models.open_corpora", lambda *_: os.kill(os.getpid(), wish))
    try:
        with pytest.raises(KeyboardInterrupt):
            materialise(**TRAIN)
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)
    with open_instance() as instance:
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.FAILURE]


def test_a_registered_dataset_is_a_partition_once(home: Path) -> None:
    register("mine")
    register("mine")
    with open_instance() as instance:
        assert instance.get_dynamic_partitions("dataset") == ["mine"]


def under_way(instance: dg.DagsterInstance) -> str:
    """A run that the instance believes to be running; its id."""
    from pipelines.definitions import definitions

    run = instance.create_run_for_job(definitions.resolve_job_def(TRAIN["job"]))
    instance.report_dagster_event(
        dg.DagsterEvent(event_type_value=dg.DagsterEventType.RUN_START.value, job_name=run.job_name), run.run_id
    )
    return run.run_id


def test_runs_of_killed_processes_are_marked_and_living_ones_left_alone(home: Path) -> None:
    (home / "locks").mkdir(parents=True)
    with open_instance() as instance:
        dead, alive, of_ui = (under_way(instance) for _ in range(3))
        (home / "locks" / f"run-{dead}.lock").touch()
        with open(home / "locks" / f"run-{alive}.lock", "w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            end_orphans(launched=False)
            statuses = {run.run_id: run.status for run in instance.get_runs()}
            failed, started = dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.STARTED
            assert statuses == {dead: failed, alive: started, of_ui: started}
            end_orphans(launched=True)
            assert {run.run_id for run in instance.get_runs() if run.status is started} == {alive}
        assert [path.name for path in (home / "locks").iterdir()] == [f"run-{alive}.lock"]


def test_a_run_in_a_process_of_its_own_that_is_killed_does_not_hold_the_queue(home: Path) -> None:
    """The whole way: kill -9 in the middle of a run, then another command."""
    program = (
        "import os, signal, assets.models; from pipelines.runs import materialise\n"
        "assets.models.open_corpora = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"materialise({TRAIN['job']!r}, assets={TRAIN['assets']!r})"
    )
    killed = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    with open_instance() as instance:
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.STARTED]
        with pytest.raises(RunFailed):
            materialise(**TRAIN)
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.FAILURE] * 2
    assert not list((home / "locks").glob("run-*"))


def flat(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by their dotted names."""
    found: dict[str, Any] = {}
    for key, value in nested.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found
