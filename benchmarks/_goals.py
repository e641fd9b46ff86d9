"""Goals as they are written beside figures: ``≥ 3000``, ``≤ 8``, ``≥ 8 × peer``."""

from __future__ import annotations

import re

_GOAL = re.compile(r"\s*(≥|>=|≤|<=)\s*([\d.,]*\d)\s*(×\s*peer)?\s*")


def reached(goal: str, value: float, peer_value: float | None) -> bool | None:
    """Whether a value reaches its goal; None where there is no goal, no such sentence, or no peer to compare with."""
    parsed = _GOAL.fullmatch(goal)
    if not parsed or (parsed[3] and peer_value is None):
        return None
    bound = float(parsed[2].replace(",", "")) * ((peer_value or 0.0) if parsed[3] else 1.0)
    return value >= bound if parsed[1] in ("≥", ">=") else value <= bound
