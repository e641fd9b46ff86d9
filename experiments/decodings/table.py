"""The tables: F1 by decoding, what ends gain, ends too late and too early, velocities, onset thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from experiments.decodings.compared import PLAIN
from experiments.decodings.ends import LONG, SHORT, EndCounts
from experiments.decodings.experiment import NoteF1, Scored
from experiments.decodings.velocities import VelocityCounts
from experiments.tables import markdown_table

Groups = Mapping[str, Sequence[Scored]]
"""Recordings by group."""


def page(every: Sequence[Scored]) -> str:
    """Markdown of all tables."""
    groups: dict[str, list[Scored]] = {}
    for each in every:
        groups.setdefault(each.group, []).append(each)
    parts = [
        "Note F1 by onset / and offset / and velocity, the mean over recordings:",
        decodings(groups),
        "Onset + offset F1 beside that by the frame threshold: difference ± standard error (recordings that gain)",
        gains(groups),
        f"Ends of notes found: share too late, of labels below {SHORT:g} s; share too early, of those from {LONG:g} s "
        "on (how many there are)",
        ends(groups),
        "Velocities of notes found: share within a tenth of the range after the best line; steps too loud",
        velocities(groups),
        "Note onset F1 by onset thresholds of a part of the notes; differences:",
        onset_thresholds(groups),
    ]
    return "\n\n".join(parts) + "\n"


def decodings(groups: Groups) -> str:
    """A row for each decoding, a column per group."""
    return _table("decoding", groups, _first(groups).f1, lambda of, name: _f1([each.f1[name] for each in of]))


def gains(groups: Groups) -> str:
    """A row for each end threshold, a column per group."""
    names = [name for name in _first(groups).ends if name != PLAIN]
    return _table("decoding", groups, names, _gain)


def ends(groups: Groups) -> str:
    """A row for each end threshold, and one for none; a column per group."""
    return _table("decoding", groups, _first(groups).ends, lambda of, name: _ends([each.ends[name] for each in of]))


def velocities(groups: Groups) -> str:
    """A row for each way to read velocities, a column per group."""
    names = _first(groups).velocities
    return _table("velocity", groups, names, lambda of, name: _velocities([each.velocities[name] for each in of]))


def onset_thresholds(groups: Groups) -> str:
    """A row for each threshold of a range of a property, a column per group: the difference to the first row."""
    return _table("onset threshold", groups, _first(groups).onset_f1, _onset_f1)


def _first(groups: Groups) -> Scored:
    return next(iter(groups.values()))[0]


def _table(
    head: str, groups: Groups, names: Mapping[str, object] | Sequence[str], cell: Callable[[Sequence[Scored], str], str]
) -> str:
    heads = [head, *(f"{group} ({len(of)})" for group, of in groups.items())]
    return markdown_table(heads, [[name, *(cell(of, name) for of in groups.values())] for name in names])


def _f1(every: Sequence[NoteF1]) -> str:
    means = np.mean([(each.onset, each.onset_offset, each.velocity) for each in every], axis=0)
    return " / ".join(f"{value:.4f}" for value in means)


def _gain(of: Sequence[Scored], name: str) -> str:
    found = np.array([each.f1[name].onset_offset - each.f1[PLAIN].onset_offset for each in of])
    error = f" ± {np.std(found, ddof=1) / np.sqrt(len(found)):.3f}" if len(found) > 1 else ""
    return f"{found.mean():+.3f}{error} ({(found > 0).sum()} of {len(found)})"


def _ends(every: Sequence[EndCounts]) -> str:
    short, late, long, early = (
        sum(getattr(each, name) for each in every) for name in ("n_short", "n_late", "n_long", "n_early")
    )
    return f"{late / max(1, short):.2f} ({short}); {early / max(1, long):.2f} ({long})"


def _velocities(every: Sequence[VelocityCounts]) -> str:
    n, near, louder = (sum(getattr(each, name) for each in every) for name in ("n", "n_near", "louder"))
    return f"{near / max(1, n):.3f}; {louder / max(1, n):+.1f}"


def _onset_f1(of: Sequence[Scored], name: str) -> str:
    plain, found = (np.mean([each.onset_f1[which] for each in of]) for which in (PLAIN, name))
    return f"{found:.4f}" if name == PLAIN else f"{found - plain:+.4f}"
