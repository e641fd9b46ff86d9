"""Results that several presets of one recording have in common, computed once.

A function that is decorated by `shared` keeps its latest results for as long as `Shared.call` runs, and forgets them
with the recording. The transforms themselves do not change by it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]
Transform = Callable[..., Audio]


class Shared:
    """Results for one recording, by function, array and settings."""

    def __init__(self) -> None:
        self._results: dict[Transform, dict[tuple[Any, ...], tuple[Audio, Audio]]] = {}

    def call(self, function: Callable[[], Audio]) -> Audio:
        """The result of a function, inside which decorated ones find what they computed before."""
        token = _current.set(self)
        try:
            return function()
        finally:
            _current.reset(token)

    def result(self, transform: Transform, keep: int, y: Audio, settings: tuple[Any, ...]) -> Audio:
        """What `transform` makes of `y`; the array is kept with its result, so that its identity stays its own."""
        results, key = self._results.setdefault(transform, {}), (id(y), *settings)
        if key not in results:
            results[key] = (y, transform(y, *settings))
            if len(results) > keep:
                del results[next(iter(results))]
        return results[key][1]


_current: ContextVar[Shared | None] = ContextVar("shared", default=None)


def shared(*, keep: int) -> Callable[[Transform], Transform]:
    """Decorates a function of audio and settings: its last `keep` results stay, and must not be written to."""

    def decorate(transform: Transform) -> Transform:
        @wraps(transform)
        def kept(y: Audio, *settings: Any) -> Audio:
            current = _current.get()
            return transform(y, *settings) if current is None else current.result(transform, keep, y, settings)

        return kept

    return decorate
