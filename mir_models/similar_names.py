"""Names that are spelt like another one, which a message suggests in place of an unknown name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

CUTOFF = 0.6
"""Least similarity of a suggestion, as `difflib.SequenceMatcher.ratio` has it."""


def similar_names(name: str, names: Iterable[str], *, n: int = 3) -> list[str]:
    """At most `n` of the names that are spelt like `name`, or contain it, whatever their case; best first."""
    by_lower = {each.lower(): each for each in names}
    alike = difflib.get_close_matches(name.lower(), by_lower, n=n, cutoff=CUTOFF)
    within = [each for each in sorted(by_lower) if name and name.lower() in each]
    return [by_lower[each] for each in dict.fromkeys([*alike, *within])][:n]


def suggestion(name: str, names: Iterable[str]) -> str:
    """The beginning of a remedy, ``"did you mean a, b? Else "``; empty where no name is similar."""
    similar = ", ".join(similar_names(name, names))
    return f"did you mean {similar}? Else " if similar else ""
