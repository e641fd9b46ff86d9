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
from storage.objects import locks
with locks.hold(Path(sys.argv[1]), sys.argv[2], wait=sys.argv[3] == "wait") as ours:
    print(ours, flush=True)
    sys.stdin.read()
"""


class Holder:
    """Another process that acquires a lock, and holds it until it ends."""

    def __init__(self, home: Path, name: str, how: str = "") -> None:
        command = [sys.executable, "-c", HOLD, str(home), name, how]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def output(self) -> str:
        """``"True"`` or ``"False"``: whether it holds the lock; waits until that is decided."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        """End the process in order, so that the block is left."""
        self.process.communicate()

    def kill(self) -> None:
        """Kill the process."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Holder]:
    """A process that holds the lock "x"."""
    holder = Holder(tmp_path, "x")
    assert holder.output() == "True"
    yield holder
    holder.kill()


def _ours(home: Path, name: str = "x") -> bool:
    with locks.hold(home, name, wait=False) as ours:
        return ours


def test_a_lock_is_a_file_below_the_home(tmp_path: Path) -> None:
    with locks.hold(tmp_path / "deep" / "home", "prepare-tiny", wait=False) as ours:
        assert ours
        assert [path.name for path in (tmp_path / "deep/home/locks").iterdir()] == ["prepare-tiny.lock"]


def test_whether_to_wait_is_always_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="positional"):
        locks.hold(tmp_path, "x", True)  # type: ignore[misc]


def test_a_lock_has_one_holder_and_other_locks_are_free(tmp_path: Path) -> None:
    with locks.hold(tmp_path, "x", wait=False) as ours:
        assert ours
        assert not _ours(tmp_path)
        assert not _ours(tmp_path), "asking in vain takes nothing from the holder"
        assert _ours(tmp_path, "y")
        assert _ours(tmp_path / "another home")
    assert _ours(tmp_path)


def test_a_lock_ends_with_its_block_however_that_ends(tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError), locks.hold(tmp_path, "x", wait=False):
        raise BlockingIOError
    assert _ours(tmp_path)


def test_another_process_is_kept_out_until_the_holder_lets_go(tmp_path: Path, other: Holder) -> None:
    assert not _ours(tmp_path)
    other.end()
    assert _ours(tmp_path)


def test_a_process_that_is_killed_leaves_no_lock(tmp_path: Path, other: Holder) -> None:
    assert not _ours(tmp_path)
    other.kill()
    assert _ours(tmp_path)


def test_who_waits_gets_the_lock_when_it_is_free_and_not_before(tmp_path: Path) -> None:
    events: list[str] = []

    def wait() -> None:
        with locks.hold(tmp_path, "x", wait=True) as ours:
            events.append(f"waited, {ours}")

    with locks.hold(tmp_path, "x", wait=True) as ours:
        events.append(f"first, {ours}")
        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.1)
        events.append("first lets go")
    thread.join(10)
    assert events == ["first, True", "first lets go", "waited, True"]


def test_a_waiting_process_is_kept_out_too(tmp_path: Path) -> None:
    with locks.hold(tmp_path, "x", wait=False):
        waiting = Holder(tmp_path, "x", "wait")
        refused = Holder(tmp_path, "x")
        assert refused.output() == "False"
        assert waiting.process.poll() is None
    assert waiting.output() == "True"
    assert not _ours(tmp_path)
    for holder in (waiting, refused):
        holder.kill()


def test_whether_a_lock_is_held_is_known_without_taking_it(tmp_path: Path, other: Holder) -> None:
    path = locks.lock_file(tmp_path, "x")
    assert path == tmp_path / "locks" / "x.lock"
    assert locks.is_held(path) is True
    other.kill()
    assert locks.is_held(path) is False
    assert _ours(tmp_path)
    with pytest.raises(FileNotFoundError):
        locks.is_held(tmp_path / "locks" / "y.lock")
    assert not (tmp_path / "locks" / "y.lock").exists()


def test_any_file_can_be_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "a" / "lock"
    with locks.lock(path, wait=False) as first, locks.lock(path, wait=False) as second:
        assert (first, second) == (True, False)
    with locks.lock(path, wait=False) as ours:
        assert ours
