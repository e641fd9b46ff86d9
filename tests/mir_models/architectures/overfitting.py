"""What the tests of architectures share: the networks of a kind, and steps until a goal is reached."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any


def is_reached(step: Callable[[], Any], is_done: Callable[[], bool], *, n_steps: int) -> bool:
    """Whether a goal is reached within `n_steps` steps; it is checked after every fifth."""
    for done in range(1, n_steps + 1):
        step()
        if done % 5 == 0 and is_done():
            return True
    return False


def without_dropout(params: Any) -> Any:
    """Settings of a network with every dropout 0."""
    off = {each.name: 0.0 for each in dataclasses.fields(params) if "dropout" in each.name}
    return dataclasses.replace(params, **off)
