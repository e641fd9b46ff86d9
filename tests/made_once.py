"""What is made once in a test session: by the first process that asks, while the others wait for it."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from storage.objects.atomic import write_atomic
from storage.objects.locks import lock

Result = TypeVar("Result")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Result]) -> tuple[Path, Result]:
    """The folder that `make` filled, and what it returned, which has to be picklable.

    The processes of a session share the folder, so that nobody may change what it holds: `copied` is for those who do.
    """
    folder = _shared(factory) / name
    kept = folder.with_suffix(".pickle")
    with lock(folder.with_suffix(".lock"), wait=True):
        if not kept.exists():
            shutil.rmtree(folder, ignore_errors=True)  # What is left of a process that did not get to its end.
            folder.mkdir()
            write_atomic(kept, pickle.dumps(make(folder)))  # A process may be killed while it writes.
    return folder, pickle.loads(kept.read_bytes())


def copied(factory: pytest.TempPathFactory, folder: Path) -> Path:
    """A copy of a folder, of this process alone."""
    own = factory.mktemp(folder.name)
    return shutil.copytree(folder, own, dirs_exist_ok=True)


def _shared(factory: pytest.TempPathFactory) -> Path:
    """The folder of the session; that of a process of xdist is in it."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
