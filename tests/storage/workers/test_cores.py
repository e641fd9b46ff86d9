"""The cores of this machine."""

from __future__ import annotations

import os

from storage.workers.cores import available_cores


def test_there_are_as_many_cores_as_this_process_may_use() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
