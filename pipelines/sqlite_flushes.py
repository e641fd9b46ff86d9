"""SQLite flushes its databases to the disk as often as they need for being whole, not after every event of Dagster.

A run records some two hundred events, each by several transactions on connections of their own. With SQLite's own
settings each of them is flushed, and each closing connection empties the log of its database: seconds of a run that
has nothing to do. In its write-ahead mode, which Dagster chooses, a database stays whole without that: a loss of power
costs the last events [1]_.

.. [1] https://www.sqlite.org/pragma.html#pragma_synchronous
"""

import sqlite3
from typing import Any

_open: dict[str, sqlite3.Connection] = {}
"""A connection to each database, by its file: while it is open, no other that closes is the last."""


def flush_rarely() -> None:
    """Let the SQLite databases that this process opens from now on be flushed at checkpoints only."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    if not event.contains(Engine, "connect", _set_up):
        event.listen(Engine, "connect", _set_up)


def close_all() -> None:
    """Close the databases that were kept open, which brings their logs into them."""
    while _open:
        _open.popitem()[1].close()


def _set_up(connection: Any, _: object) -> None:
    """Set up a new connection of SQLAlchemy's."""
    if not isinstance(connection, sqlite3.Connection):
        return
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        return
    connection.execute("PRAGMA synchronous=NORMAL")
    file = connection.execute("PRAGMA database_list").fetchone()[2]
    if file and file not in _open:
        _open[file] = sqlite3.connect(file, check_same_thread=False)
        _open[file].execute("SELECT count(*) FROM sqlite_master").fetchone()  # Which opens the log.
