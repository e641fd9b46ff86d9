"""Processes for a while: every item once, errors as they are, and no process outlives the one that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from mir_models.errors import MirlitonError, TrackError
from storage.workers.processes import map_unordered


def square(number: int) -> tuple[int, int]:
    return number**2, os.getpid()


def fails_at_2(number: int) -> int:
    if number == 2:
        raise TrackError("another number", received=number, remedy="leave it out")
    return number


def dies(number: int) -> int:
    os._exit(9)


def test_every_item_is_done_once_in_other_processes() -> None:
    found = list(map_unordered(square, range(5), 2))
    assert sorted(value for value, _ in found) == [0, 1, 4, 9, 16]
    assert os.getpid() not in {pid for _, pid in found}


@pytest.mark.parametrize(("function", "words"), [(fails_at_2, "another number"), (dies, "give fewer processes")])
def test_what_goes_wrong_is_raised_here(function: Callable[[int], int], words: str) -> None:
    with pytest.raises(MirlitonError, match=words):
        list(map_unordered(function, range(4), 1))


PARENT = """
import os, time
from storage.workers.processes import map_unordered

def sleeps(number):
    print(os.getpid(), flush=True)
    time.sleep(60)

if __name__ == "__main__":
    list(map_unordered(sleeps, [0], 1))
"""


@pytest.mark.slow
def test_processes_end_with_a_parent_that_is_killed(tmp_path: object) -> None:
    script = f"{tmp_path}/parent.py"
    with open(script, "w") as file:
        file.write(PARENT)
    parent = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    for _ in range(200):
        if not _runs(child):
            return
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the process outlived its parent by 20 s")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:  # Ended, though nobody has asked for its exit status yet.
        return file.read().rsplit(")", 1)[1].split()[0] != "Z"
