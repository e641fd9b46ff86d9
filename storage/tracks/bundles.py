"""A bundle: one array of every track of a stage in a single object, to read thousands of them at once."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.objects.objects import Objects


@dataclass(frozen=True)
class Bundle:
    """Arrays by name in the object `key`: equal in type and in all axes but the first."""

    objects: Objects
    key: str

    def read(self) -> dict[str, NDArray[Any]]:
        """The arrays by name; none where there is no bundle."""
        content = self.objects.read(self.key)
        if content is None:
            return {}
        with np.load(io.BytesIO(content)) as kept:
            names, ends, rows = kept["names"].tolist(), kept["ends"], kept["rows"]
        return dict(zip(names, np.split(rows, ends[:-1]), strict=True)) if names else {}

    def write(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Replace the bundle; the same arrays always give the same bytes."""
        names, buffer = sorted(arrays), io.BytesIO()
        ends = np.cumsum([len(arrays[name]) for name in names], dtype=np.int64)
        rows = np.concatenate([arrays[name] for name in names]) if names else np.zeros(0)
        np.savez(buffer, names=np.array(names, dtype=np.str_), ends=ends, rows=rows)
        self.objects.write(self.key, buffer.getvalue())
