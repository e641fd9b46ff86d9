"""Tests run in a copy of the tree: each time in a fork of a process that has imported the libraries already."""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

PASSED, NO_TESTS = 0, 5
"""Exit codes of pytest."""
TIMED_OUT = -1
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "-m", "not slow", "--tb=line")


@dataclass(frozen=True)
class Outcome:
    """What the tests gave.

    Attributes
    ----------
    code : int
        pytest's exit code, `TIMED_OUT`, or the negative signal that ended the process.
    seconds : float
    failed : str
        The first test, or file, that failed.
    libraries : tuple of str
        Modules from outside the tree that were imported, in this order.
    output : str
        The end of what pytest printed.
    times : dict
        Seconds of each test that ran.
    """

    code: int
    seconds: float
    failed: str = ""
    libraries: tuple[str, ...] = ()
    output: str = ""
    times: dict[str, float] = field(default_factory=dict)


@dataclass(eq=False)
class Recorder:
    """A pytest plugin that keeps the first failure and the tests' times, and runs the quickest of each file first."""

    known: dict[str, float]
    failed: str = ""
    times: dict[str, float] = field(default_factory=dict)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Sort by file and known time."""
        files = list(dict.fromkeys(item.path for item in items))
        items.sort(key=lambda item: (files.index(item.path), self.known.get(item.nodeid, 0.0)))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep a failing test, and how long it took."""
        self._keep(report)
        self.times[report.nodeid] = self.times.get(report.nodeid, 0.0) + report.duration

    def pytest_collectreport(self, report: Any) -> None:
        """Keep a file that cannot be imported."""
        self._keep(report)

    def _keep(self, report: Any) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


@dataclass
class Runner:
    """Runs tests in a copy of the tree.

    Attributes
    ----------
    tree : Path
        The copy.
    forks : bool
        Whether tests run in a fork of this process; if not, in a new one, which imports everything once more.
    times : dict
        Seconds that tests take, as far as they are known: the quick ones run first.
    """

    tree: Path
    forks: bool = True
    times: dict[str, float] = field(default_factory=dict)
    runs: int = field(default=0)

    def run(self, tests: Sequence[str], timeout: float, *, bytecode: bool = False) -> Outcome:
        """Run some test files until the first failure.

        Parameters
        ----------
        tests : sequence of str
            Paths in the tree.
        timeout : float
            Seconds after which the run is ended.
        bytecode : bool
            Keep compiled files; never with a mutant, whose compiled file could outlive it.
        """
        self.runs += 1
        result = self.tree.parent / f"run-{self.runs}.json"
        start = time.monotonic()
        pid = self._start(tests, result, bytecode)
        code = _wait(pid, timeout)
        seconds = time.monotonic() - start
        with suppress(FileNotFoundError, json.JSONDecodeError):
            report = json.loads(result.read_text())
            libraries, output = tuple(report["libraries"]), _end(result.with_suffix(".txt"))
            return Outcome(code, seconds, report["failed"], libraries, output, report["times"])
        return Outcome(code, seconds, output=_end(result.with_suffix(".txt")))

    def warm(self, libraries: Sequence[str]) -> None:
        """Import libraries that the tests need, so that a fork finds them imported."""
        for name in libraries:
            # What cannot be imported on its own is imported by those that need it.
            with suppress(Exception):
                importlib.import_module(name)

    def _start(self, tests: Sequence[str], result: Path, bytecode: bool) -> int:
        given = (str(self.tree), bytecode, self.times, [*OPTIONS, f"--basetemp={result.with_suffix('.tmp')}", *tests])
        if not self.forks:
            result.with_suffix(".given").write_text(json.dumps(given))
            # Not by the module's name, which the tree need not have; -P keeps its neighbours off the path.
            return subprocess.Popen([sys.executable, "-P", __file__, str(result)], start_new_session=True).pid
        pid = os.fork()
        if not pid:
            os.setsid()
            _run(result, *given)
        return pid


def _wait(pid: int, timeout: float) -> int:
    """The exit code of a process; it and all it started are ended after `timeout` seconds."""
    handle = os.pidfd_open(pid)
    in_time = bool(select.select([handle], [], [], timeout)[0])
    os.close(handle)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status if in_time else TIMED_OUT


def _run(result: Path, tree: str, bytecode: bool, times: dict[str, float], arguments: list[str]) -> NoReturn:
    """Run pytest in this process and end it; its results go to files beside `result`."""
    code = 1
    try:
        _settle(Path(tree), result.with_suffix(".txt"), bytecode)
        recorder = Recorder(times)
        code = int(pytest.main(arguments, plugins=[recorder]))
        report = {"failed": recorder.failed, "times": recorder.times, "libraries": _libraries(Path.cwd())}
        result.write_text(json.dumps(report))
    finally:
        # Threads and exit handlers of the libraries could keep the process.
        os._exit(code)


def _settle(tree: Path, output: Path, bytecode: bool) -> None:
    """Make this process one that works in `tree`, and prints to a file."""
    handle = os.open(output, os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(handle, stream)
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    # None of the plugins that happen to be installed: each run would load them.
    os.environ.update(PYTHONPATH=str(tree), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    sys.dont_write_bytecode = not bytecode
    if not bytecode:
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    # Processes that the tests spawn would begin with this program once more.
    sys.modules["__main__"] = ModuleType("__main__")
    _steady()


def _steady() -> None:
    """The same examples of hypothesis each time, and no time limit, which a busy machine would break."""
    with suppress(ImportError):
        import hypothesis

        hypothesis.settings.register_profile("mutation", derandomize=True, database=None, deadline=None)
        hypothesis.settings.load_profile("mutation")


def _libraries(tree: Path) -> list[str]:
    """The imported modules that are not of the tree."""
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    return [name for name, file in files.items() if file and not Path(file).is_relative_to(tree)]


def _end(path: Path, n: int = 2000) -> str:
    return path.read_text(errors="replace")[-n:] if path.is_file() else ""


if __name__ == "__main__":
    _run(Path(sys.argv[1]), *json.loads(Path(sys.argv[1]).with_suffix(".given").read_text()))
