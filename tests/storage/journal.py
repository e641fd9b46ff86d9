"""Objects that note in which order they are changed, and that can die before any of the changes."""

from __future__ import annotations

from typing import Any

from storage.objects.objects import Objects


class Journal:
    """The objects of `inner`; `changes` are the writes and deletions so far.

    Parameters
    ----------
    inner : Objects
    lives : int or None
        Changes that succeed before the writer is killed; None: all.
    """

    def __init__(self, inner: Objects, *, lives: int | None = None) -> None:
        self.inner, self.address, self.lives = inner, inner.address, lives
        self.changes: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def write(self, key: str, content: bytes) -> None:
        """See `Objects.write`."""
        self._note("write", key)
        self.inner.write(key, content)

    def write_tree(self, prefix: str, contents: dict[str, bytes]) -> None:
        """See `Objects.write_tree`."""
        self._note("tree", prefix)
        self.inner.write_tree(prefix, contents)

    def delete(self, prefix: str) -> None:
        """See `Objects.delete`."""
        self._note("delete", prefix)
        self.inner.delete(prefix)

    def _note(self, change: str, key: str) -> None:
        if self.lives is not None and len(self.changes) >= self.lives:
            raise KeyboardInterrupt
        self.changes.append((change, key))
