"""Note onset F1 as it would be if errors of a kind or a cause did not exist, all others as they are."""

from __future__ import annotations

from collections.abc import Iterable

from experiments.real_pianos.causes import Errors

Cause = tuple[str, str]
"""A kind of errors and a cause of it."""


def f1_without(found: Errors, causes: Iterable[Cause] = ()) -> float:
    """F1 of a recording in which the errors of some causes are mended; of none of them its F1.

    A note at the wrong time or missed becomes a pair, and one that was added is not there.
    """
    chosen = set(causes)
    mended = {kind: sum(n for cause, n in by.items() if (kind, cause) in chosen) for kind, by in found.counts.items()}
    n_pairs = found.n_pairs + mended["time"] + mended["missed"]
    n_notes = found.n_notes + mended["missed"] - mended["added"]
    return 2 * n_pairs / n_notes if n_notes else 0.0
