"""Run benchmarks one after the other: ``python -m benchmarks [NAME…]``, by default all that take minutes.

Each runs in a process of its own by its default options and appends its figures to the history. One that fails, or
takes longer than ``--limit`` seconds, is named at the end; the others run all the same. Then the latest figures are
printed beside their peers and goals, as ``python -m benchmarks.history`` prints them.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time

from benchmarks import DEFAULTS, history
from experiments import command_line
from mir_models.errors import MirlitonError

LIMIT = 600.0
"""Seconds after which a benchmark is ended."""


def main() -> None:
    """Run the benchmarks that are named and print the table of figures."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=DEFAULTS, help=f"default: {' '.join(DEFAULTS)}")
    parser.add_argument("--limit", type=float, default=LIMIT, help=f"seconds for each; default: {LIMIT:.0f}")
    arguments = parser.parse_args()
    failures = run_all([f"benchmarks.{name}" for name in arguments.names], arguments.limit)
    print(f"\n{history.table(history.latest(history.entries()))}")
    if failures:
        received = "; ".join(f"{module} {reason}" for module, reason in failures.items())
        remedy = "read its output above, and run it alone: python -m " + next(iter(failures))
        raise MirlitonError("benchmarks that end well", received=received, remedy=remedy)


def run_all(modules: list[str], limit: float) -> dict[str, str]:
    """Run modules one after the other.

    Returns
    -------
    dict of str to str
        Why each that failed did, by module.
    """
    failures = {}
    for module in modules:
        print(f"\n## {module}\n", flush=True)
        began = time.monotonic()
        if reason := run(module, limit):
            failures[module] = reason
        print(f"\n{module}: {reason or 'ended well'}, {time.monotonic() - began:.0f} s", flush=True)
    return failures


def run(module: str, limit: float) -> str:
    """Run a module in a process of its own; returns why it failed, empty where it did not."""
    process = subprocess.Popen([sys.executable, "-m", module], start_new_session=True)
    try:
        code = process.wait(limit)
    except subprocess.TimeoutExpired:
        return f"took longer than {limit:.0f} s"
    finally:
        end_session(process)
    return f"ended with exit code {code}" if code else ""


def end_session(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a session, and all that it started and left behind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    command_line.call(main)
