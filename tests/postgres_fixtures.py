"""A PostgreSQL server on loopback, of the programs that are installed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("initdb", "postgres")
NO_FLUSHES = ["-F", "-c", "full_page_writes=off", "-c", "synchronous_commit=off", "-c", "shared_buffers=16MB"]
QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
AS_USER: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
PASSWORD = "a 'secret' # of $all"


def programs() -> Path | None:
    """The folder with the programs of PostgreSQL; Debian keeps it off the search path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    folders = [*folders, Path(found).parent] if found else folders
    return next((folder for folder in folders if all((folder / each).exists() for each in PROGRAMS)), None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server, without a database; its user is ``team``, with a password."""
    pytest.importorskip("psycopg2", reason="mirliton[postgres] is not installed")
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        home, port = Path(name), free_port()
        (home / "password").write_text(PASSWORD)
        (home / "password").chmod(0o644)
        if AS_USER:  # The server refuses to run as root.
            shutil.chown(home, AS_USER["user"])
        words = ["-D", home / "data", "-U", "team", "-A", "scram-sha-256", f"--pwfile={home / 'password'}", "-N"]
        subprocess.run([folder / "initdb", *words], check=True, timeout=60, **QUIET, **AS_USER)
        words = ["-D", home / "data", "-p", str(port), "-h", "127.0.0.1", "-k", home, *NO_FLUSHES]
        with subprocess.Popen([folder / "postgres", *words], **QUIET, **AS_USER) as server:
            try:
                _wait(port, server)
                yield f"postgresql://team@127.0.0.1:{port}"
            finally:
                server.send_signal(signal.SIGQUIT)  # Without waiting for clients, or flushing anything.


@pytest.fixture
def database(postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty database, whose password is in the environment."""
    from sqlalchemy import create_engine, text

    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    name = f"{tmp_path.name[:40]}_{os.getpid()}".lower().replace("-", "_")
    engine = create_engine(
        f"{postgres_server.replace('postgresql', 'postgresql+psycopg2')}/postgres", isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return f"{postgres_server}/{name}"


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server that was started accepts connections."""
    until = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("PostgreSQL did not start")
