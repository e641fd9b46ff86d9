"""Trees of objects to be written, and how a test ends their writer."""

from __future__ import annotations

from pathlib import Path

TREE = {"x/c/0/0": b"rows", "x/zarr.json": b"{}", "zarr.json": b"{}"}
OLD = {"x/c/0/0": b"old", "gone": b"old", "zarr.json": b"old"}
NEW = {"x/c/0/0": b"new", "zarr.json": b"new"}


class Killed(BaseException):
    """The process ends here."""


def contents(root: Path) -> dict[str, bytes]:
    """All files below a folder, by their path there."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
