"""Recordings from standard input: spooled to a temporary file, since decoders seek."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

NAME = "stdin"
"""File name of the recording."""


@contextmanager
def spool(stream: BinaryIO) -> Iterator[Path]:
    """Copy a stream to a temporary file, which exists as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        with open(path, "wb") as file:
            shutil.copyfileobj(stream, file)
        yield path
