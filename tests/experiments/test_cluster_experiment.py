"""Disturbances of a cluster: of a run under way only, and a process that is frozen for a while."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.cluster.processes import DaskProcesses
from experiments.cluster.runs import DISTURBED_AT, disturb_under_way
from mir_models.errors import MirlitonError


def test_a_run_that_has_ended_is_not_disturbed() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], text=True)
    process.wait()
    calls: list[str] = []
    with pytest.raises(MirlitonError, match=r"a run under way.*one that ended with 0"):
        disturb_under_way(process, lambda: DISTURBED_AT, lambda: calls.append("disturbed"))
    assert calls == []


def test_a_run_is_disturbed_when_it_has_enough_tracks() -> None:
    process = subprocess.Popen(["sleep", "30"], text=True)
    counts, calls = iter([0, DISTURBED_AT]), []
    try:
        disturb_under_way(process, lambda: next(counts), lambda: calls.append("disturbed"))
    finally:
        process.kill()
        process.wait()
    assert (calls, list(counts)) == (["disturbed"], [])


def test_a_frozen_process_goes_on_after_a_while(tmp_path: Path) -> None:
    process = subprocess.Popen(["sleep", "30"], start_new_session=True)
    try:
        timer = DaskProcesses(tmp_path, 0).freeze(process, 0.1)
        assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
        timer.join()
        assert os.WIFCONTINUED(os.waitpid(process.pid, os.WCONTINUED)[1])
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
