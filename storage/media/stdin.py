"""A recording that comes through a pipe: kept on disk while it is heard, for decoders go back and forth in a file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

NAME = "stdin"
"""What the recording is called."""


@contextmanager
def spooled(stream: BinaryIO) -> Iterator[Path]:
    """The whole of a stream as a file, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        with open(path, "wb") as file:
            shutil.copyfileobj(stream, file)
        yield path
