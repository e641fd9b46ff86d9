"""Locks: one holder at a time, among processes too, and none once the holder is gone."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.objects import locks

HOLD = """
import sys
from pathlib import Path
from storage import locks
with locks.held(Path(sys.argv[1]), sys.argv[2], wait=sys.argv[3] == "wait") as ours:
    print(ours, flush=True)
    sys.stdin.read()
"""


class Holder:
    """Another process that asks for a lock, and keeps it until it is ended."""

    def __init__(self, home: Path, name: str, how: str = "") -> None:
        command = [sys.executable, "-c", HOLD, str(home), name, how]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(self) -> str:
        """Whether it holds the lock, once it is known."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def let_go(self) -> None:
        """Leave the block."""
        self.process.communicate()

    def die(self) -> None:
        """Without any farewell."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Holder]:
    """A process that holds the lock "x"."""
    holder = Holder(tmp_path, "x")
    assert holder.answer() == "True"
    yield holder
    holder.die()


def _ours(home: Path, name: str = "x") -> bool:
    with locks.held(home, name, wait=False) as ours:
        return ours


def test_a_lock_is_a_file_below_the_home(tmp_path: Path) -> None:
    with locks.held(tmp_path / "deep" / "home", "prepare-tiny", wait=False) as ours:
        assert ours
        assert [path.name for path in (tmp_path / "deep/home/locks").iterdir()] == ["prepare-tiny.lock"]


def test_whether_to_wait_is_always_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="positional"):
        locks.held(tmp_path, "x", True)  # type: ignore[misc]


def test_a_lock_has_one_holder_and_other_locks_are_free(tmp_path: Path) -> None:
    with locks.held(tmp_path, "x", wait=False) as ours:
        assert ours
        assert not _ours(tmp_path)
        assert not _ours(tmp_path), "asking in vain takes nothing from the holder"
        assert _ours(tmp_path, "y")
        assert _ours(tmp_path / "another home")
    assert _ours(tmp_path)


def test_a_lock_ends_with_its_block_however_that_ends(tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError), locks.held(tmp_path, "x", wait=False):
        raise BlockingIOError
    assert _ours(tmp_path)


def test_another_process_is_kept_out_until_the_holder_lets_go(tmp_path: Path, other: Holder) -> None:
    assert not _ours(tmp_path)
    other.let_go()
    assert _ours(tmp_path)


def test_a_process_that_is_killed_leaves_no_lock(tmp_path: Path, other: Holder) -> None:
    assert not _ours(tmp_path)
    other.die()
    assert _ours(tmp_path)


def test_who_waits_gets_the_lock_when_it_is_free_and_not_before(tmp_path: Path) -> None:
    events: list[str] = []

    def wait() -> None:
        with locks.held(tmp_path, "x", wait=True) as ours:
            events.append(f"waited, {ours}")

    with locks.held(tmp_path, "x", wait=True) as ours:
        events.append(f"first, {ours}")
        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.1)
        events.append("first lets go")
    thread.join(10)
    assert events == ["first, True", "first lets go", "waited, True"]


def test_a_waiting_process_is_kept_out_too(tmp_path: Path) -> None:
    with locks.held(tmp_path, "x", wait=False):
        waiting = Holder(tmp_path, "x", "wait")
        refused = Holder(tmp_path, "x")
        assert refused.answer() == "False"
        assert waiting.process.poll() is None
    assert waiting.answer() == "True"
    assert not _ours(tmp_path)
    for holder in (waiting, refused):
        holder.die()
