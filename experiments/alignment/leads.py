"""The table of restruck keys: by how much their notes are early on each instrument."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.alignment.methods import LEAD_VELOCITIES
from experiments.alignment.rows import Row
from experiments.tables import markdown_table

NOTE = (
    "Milliseconds by which notes of keys that were struck and released shortly before are measured to sound earlier "
    "than the others: median (lowest to highest) over the right pairs in which any do, and how many pairs these are."
)


def report(rows: Sequence[Row], methods: Sequence[str]) -> str:
    """One line per method and instrument that has leads; empty without any."""
    columns = ["method", "instrument", "pairs", *(f"velocity {each}" for each in LEAD_VELOCITIES)]
    lines = [
        _line(method, instrument, here)
        for method in methods
        for instrument in sorted({row["instrument"] for row in rows})
        if (here := [row for row in rows if (row["method"], row["instrument"]) == (method, instrument)])
    ]
    found = [line for line in lines if line]
    if not found:
        return ""
    return "\n".join(["### Restruck keys", "", NOTE, "", markdown_table(columns, found)])


def _line(method: str, instrument: str, rows: Sequence[Row]) -> list[str]:
    right = [row for row in rows if row["right"]]
    found = [row["evidence"]["restruck_leads"] for row in right if row["evidence"].get("restruck_leads")]
    if not found:
        return []
    cells = [[leads[str(velocity)] for leads in found] for velocity in LEAD_VELOCITIES]
    return [method, instrument, f"{len(found)} of {len(right)}", *map(_range, cells)]


def _range(values: Sequence[float]) -> str:
    return f"{np.median(values):.0f} ({min(values):.0f} to {max(values):.0f})"
