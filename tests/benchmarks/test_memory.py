"""Memory of processes: what is counted of memory that is used, of mapped files, and of children."""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path

import pytest

from benchmarks import memory
from benchmarks.memory import Memory, Sample

MIB = 2**20
needs_smaps = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells them apart")


@needs_smaps
def test_a_mapped_file_is_not_anonymous(tmp_path: Path) -> None:
    path = tmp_path / "mapped"
    path.write_bytes(os.urandom(32 * MIB))
    before = memory.memory_of(os.getpid())
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert len({mapped[at] for at in range(0, len(mapped), 4096)}) > 1
        after = memory.memory_of(os.getpid())
    assert after.proportional - before.proportional > 28 * MIB
    assert after.anonymous - before.anonymous < 8 * MIB


@needs_smaps
def test_memory_of_a_command_includes_its_children() -> None:
    allocate = f"x = b'1' * {64 * MIB}; import time; time.sleep(1.0)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {allocate!r}], check=True)"
    found = memory.measure([sys.executable, "-c", parent], os.environ, interval=0.05)
    assert found.code == 0
    assert 64 * MIB < found.peak.anonymous < 128 * MIB
    assert found.peak.anonymous <= found.peak.proportional <= found.peak.resident
    assert found.seconds >= 1.0


def test_an_exit_code_is_kept() -> None:
    assert memory.measure([sys.executable, "-c", "raise SystemExit(4)"], os.environ).code == 4


def test_the_largest_of_each_kind() -> None:
    samples = [Sample(0.0, Memory(3, 2, 1)), Sample(1.0, Memory(1, 1, 1)), Sample(2.0, Memory(2, 2, 2))]
    assert memory.largest(samples) == Memory(3, 2, 2)
    assert memory.largest([]) == Memory()
    assert Memory(3, 2, 1) + Memory(1, 1, 1) == Memory(4, 3, 2)


def test_a_process_that_is_gone_has_none() -> None:
    assert memory.memory_of(2**22 + 1) == Memory()
    assert memory.memory_of_tree(2**22 + 1) == Memory()
