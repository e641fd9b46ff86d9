"""A Dask scheduler and workers as processes of their own on loopback, as from the command line of Dask."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


@dataclass
class DaskProcesses:
    """A scheduler and workers of it.

    Attributes
    ----------
    folder : Path
        Of their logs and scratch files.
    port : int
        Of the scheduler; the same one when it is started again.
    environment : mapping of str to str
        Of all processes, besides that of this one.
    """

    folder: Path
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """What ``MIRLITON_DASK_ADDRESS`` is set to."""
        return f"tcp://127.0.0.1:{self.port}"

    def scheduler(self) -> subprocess.Popen[bytes]:
        """Start a scheduler."""
        return self._start("dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")

    def worker(
        self, *options: str, memory_limit: str = "2GiB", environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a worker of one thread, unless `options` say otherwise."""
        every = ["--nworkers", "1", "--nthreads", "1", "--memory-limit", memory_limit, "--no-dashboard", *options]
        scratch = ["--local-directory", str(self.folder)]
        return self._start("dask_worker", self.address, *every, *scratch, environment=environment)

    def end(self, processes: Sequence[subprocess.Popen[bytes]] = ()) -> None:
        """Kill some of the processes with their children, by default all."""
        for process in processes or self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def freeze(self, process: subprocess.Popen[bytes], seconds: float) -> threading.Timer:
        """Stop a process with its children, as a machine without power to spare; the timer lets it go on."""
        os.killpg(process.pid, signal.SIGSTOP)
        timer = threading.Timer(seconds, _continue, [process.pid])
        timer.daemon = True
        timer.start()
        return timer

    def _start(
        self, command: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        log = open(self.folder / f"{command}-{len(self.processes)}.log", "ab")  # noqa: SIM115 (belongs to the process)
        self.processes.append(
            subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{command}", *arguments],
                cwd=REPOSITORY,
                env={**os.environ, **self.environment, **(environment or {})},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        )
        return self.processes[-1]


@contextmanager
def dask_processes(
    folder: Path, memory_limits: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Iterator[DaskProcesses]:
    """A scheduler and a worker for each limit of memory, killed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    found = DaskProcesses(folder, _free_port(), environment or {})
    try:
        found.scheduler()
        for limit in memory_limits:
            found.worker(memory_limit=limit)
        yield found
    finally:
        found.end()


def _continue(pid: int) -> None:
    with suppress(ProcessLookupError):  # It was killed meanwhile.
        os.killpg(pid, signal.SIGCONT)


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
