"""Commands of a run as processes: interrupted with this one, and at a limit of time."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from experiments.long_runs.home import RunHome
from mir_models.errors import MirlitonError

PATIENCE = 120.0
"""Seconds for which a command that was interrupted may go on."""


class OutOfTime(MirlitonError):
    """The limit of time is over; what is finished is kept."""


class Deadline:
    """A limit of wall-clock time, counted from the moment it is made; 0 minutes: none."""

    def __init__(self, minutes: float) -> None:
        self.minutes = minutes
        self._end = time.monotonic() + 60 * minutes

    def seconds_left(self) -> float | None:
        """None where there is no limit.

        Raises
        ------
        OutOfTime
            Where none are left.
        """
        if not self.minutes:
            return None
        left = self._end - time.monotonic()
        if left <= 0:
            raise _out_of_time(self.minutes)
        return left


def run(home: RunHome, command: Sequence[str], deadline: Deadline, may_end: Callable[[], bool] = lambda: False) -> None:
    """Run a command of a run's code to its end.

    Parameters
    ----------
    home : RunHome
    command : sequence of str
    deadline : Deadline
    may_end : callable () -> bool
        Asked when the limit is over: whether the command is left to end by itself, however long that takes.

    Raises
    ------
    OutOfTime
        Where the limit is over before; the command was interrupted then, as by Ctrl-C.
    MirlitonError
        Where it ends with an exit code.
    """
    left = deadline.seconds_left()
    # Ctrl-C reaches a process group: a session of its own leaves it to `_interrupt`, once.
    process = subprocess.Popen(home.words(command), env=home.environment(), cwd=home.folder, start_new_session=True)
    try:
        code = process.wait(left)
    except subprocess.TimeoutExpired:
        code = _after_the_limit(process, deadline, may_end)
    except BaseException:
        _interrupt(process)
        raise
    if code:
        received, remedy = f"exit code {code}", "read what it printed above, then give the same command again"
        raise MirlitonError(f"mirliton {command[0]} to end well", received=received, remedy=remedy)


@contextmanager
def interruptible() -> Iterator[None]:
    """Context in which SIGTERM and a closed terminal do what Ctrl-C does, and in which commands can be interrupted.

    A shell without job control lets what it starts in the background ignore SIGINT, and so would the commands. What
    nohup starts goes on without its terminal.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _after_the_limit(process: subprocess.Popen[bytes], deadline: Deadline, may_end: Callable[[], bool]) -> int:
    """The exit code of a process that may end by itself; any other is interrupted."""
    try:
        if may_end() or process.poll() is not None:
            return process.wait()
    except BaseException:
        _interrupt(process)
        raise
    _interrupt(process)
    raise _out_of_time(deadline.minutes) from None


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """Interrupt a process and its workers and wait for its end; they are killed where it does not end."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _out_of_time(minutes: float) -> OutOfTime:
    remedy = "give the same command again: what is finished is kept"
    return OutOfTime(f"to be ready within {minutes:g} minutes", received="less than that is done", remedy=remedy)
