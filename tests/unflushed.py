"""Nothing that tests write has to survive a loss of power, so they do not wait for the disk.

A flush waits some milliseconds for the disk, and preparing six short tracks is hundreds of them. Tests that look at
flushes put their own in the place of these; processes that tests start flush as ever.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

CONNECT = sqlite3.dbapi2.connect


@pytest.fixture(scope="session", autouse=True)
def _unflushed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        patch.setattr(os, "sync", lambda: None)
        patch.setattr(sqlite3.dbapi2, "connect", connect)
        yield


def connect(*arguments: Any, **settings: Any) -> sqlite3.Connection:
    """A connection whose transactions are not flushed; a database that cannot be read is found out by who uses it."""
    connection = CONNECT(*arguments, **settings)
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA synchronous=OFF")
    return connection
