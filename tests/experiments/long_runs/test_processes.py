"""Commands of a run: their environment, and how they end, by themselves, at a limit of time and at an interrupt."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest

from experiments.long_runs import preparation, processes
from experiments.long_runs.__main__ import main, parser
from experiments.long_runs.processes import Deadline, OutOfTime, interruptible
from mir_models.errors import MirlitonError
from tests.experiments.long_runs.homes import run_home

SLEEPER = """
import pathlib, sys, time
pathlib.Path("began").touch()
try:
    time.sleep(30)
except KeyboardInterrupt:
    pathlib.Path("interrupted").touch()
    sys.exit(130)
"""


def test_a_command_runs_the_code_of_its_home_with_a_store_of_its_own(tmp_path: Path) -> None:
    program = """
import os, pathlib, sys
names = ("MIRLITON_HOME", "MIRLITON_STORE", "MIRLITON_COMMIT", "KERAS_BACKEND", "MIRLITON_NEXT")
pathlib.Path("found").write_text("\\n".join([*sys.argv[1:], os.getcwd(), sys.path[0], *map(os.environ.get, names)]))
"""
    home = run_home(tmp_path, program)
    processes.run(home, ("train", "x"), Deadline(0))
    assert (tmp_path / "found").read_text().splitlines() == [
        *("train", "x", str(tmp_path), str(home.code)),
        *(str(home.mirliton), str(home.mirliton / "store"), "0123456789abcdef+", "tensorflow", "none"),
    ]


def test_a_run_logs_and_computes_in_its_home_whatever_servers_the_shell_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("MLFLOW_TRACKING_URI", "MIRLITON_DASK_ADDRESS", "KEPT")
    program = f"import os, pathlib; pathlib.Path('found').write_text(repr([x for x in {names} if x in os.environ]))"
    home = run_home(tmp_path / "nothing", program)
    for name in names:
        monkeypatch.setenv(name, "tcp://127.0.0.1:9")
    monkeypatch.setattr("sys.argv", ["long_runs", "--homes", str(tmp_path), "data", "nothing"])
    monkeypatch.setattr(preparation, "prepare", lambda *_: processes.run(home, ("backfill",), Deadline(0)))
    main()
    assert (tmp_path / "nothing" / "found").read_text() == "['KEPT']"
    assert "MLFLOW_TRACKING_URI" not in os.environ, "this process asks for tags and recipes as well"


def test_a_command_that_fails_is_an_error_with_its_name(tmp_path: Path) -> None:
    home = run_home(tmp_path, "raise SystemExit(3)")
    with pytest.raises(MirlitonError, match=r"mirliton backfill to end well. Received: exit code 3"):
        processes.run(home, ("backfill", "x"), Deadline(0))


def test_a_command_is_interrupted_at_the_limit(tmp_path: Path) -> None:
    home, others = run_home(tmp_path, SLEEPER), set(psutil.Process().children())
    with interruptible(), pytest.raises(OutOfTime, match=r"within 0.02 minutes.* the same command again"):
        processes.run(home, ("backfill", "x"), Deadline(0.02))
    assert not set(psutil.Process().children()) - others


def test_a_command_that_may_end_by_itself_is_not_interrupted_at_the_limit(tmp_path: Path) -> None:
    home = run_home(tmp_path, SLEEPER.replace("30", "0.5"))
    processes.run(home, ("train", "x"), Deadline(0.005), may_end=lambda: True)
    assert not (tmp_path / "interrupted").exists()


@pytest.mark.parametrize("minutes", ["-1", "nan", "inf", "an hour"])
def test_a_limit_that_is_none_is_refused(minutes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["train", "music", "--minutes", minutes])
    assert "argument --minutes: " in capsys.readouterr().err


def test_nothing_is_started_after_the_limit(tmp_path: Path) -> None:
    home, deadline = run_home(tmp_path, SLEEPER), Deadline(1e-9)
    time.sleep(0.001)
    with pytest.raises(OutOfTime):
        processes.run(home, ("backfill", "x"), deadline)
    assert not (tmp_path / "began").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_interrupts_the_command_where_sigint_is_ignored(tmp_path: Path, number: int) -> None:
    home = run_home(tmp_path, SLEEPER)

    def terminate() -> None:
        while not (tmp_path / "began").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    hangup = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # Whether or not the tests run under nohup.
    thread = threading.Thread(target=terminate)
    thread.start()
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # As in a shell's background.
    try:
        with pytest.raises(KeyboardInterrupt), interruptible():
            processes.run(home, ("train",), Deadline(0))
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before[signal.SIGINT])
    thread.join()
    assert (tmp_path / "interrupted").exists()
    assert {each: signal.getsignal(each) for each in before} == before
    signal.signal(signal.SIGHUP, hangup)


def test_a_closed_terminal_is_ignored_where_nohup_lets_it() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
