"""What ends a run in a test."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from storage.objects import objects


class Killed(BaseException):
    """What a test raises in the place of a kill."""


def kill_at(step: int, patch: pytest.MonkeyPatch) -> None:
    """Let the process end before its `step`-th call that changes the disk."""
    calls = iter(range(step))

    def counted(call: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
        if next(calls, None) is None:
            raise Killed
        return call(*args, **keywords)

    for name in ("fsync", "rename", "replace", "mkdir", "unlink", "rmdir"):
        patch.setattr(objects.os, name, partial(counted, getattr(os, name)))
