"""The two figures of the report: the distribution of errors, and confidence against error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.alignment.conditions import UNDISTURBED, WRONG_PIECE
from experiments.alignment.measures import QUANTILES, WRONG
from experiments.alignment.methods import LEFT_ALONE
from experiments.alignment.rows import Row
from experiments.alignment.tables import track_error

SMALLEST, LARGEST = 0.1, 1e4
"""Milliseconds on the axes; what lies beyond is drawn at the edge."""

COLUMNS = 4
"""Panels in a row."""


def draw(rows: Sequence[Row], methods: Sequence[str], out: Path) -> list[Path]:
    """Write ``errors.png`` and ``confidence.png`` below `out`; returns their paths."""
    import matplotlib

    matplotlib.use("Agg")
    made = {"errors.png": errors(rows, methods), "confidence.png": confidence(rows, methods)}
    for name, figure in made.items():
        figure.savefig(out / name, dpi=150)
    return [out / name for name in made]


def errors(rows: Sequence[Row], methods: Sequence[str]) -> Any:
    """Share of notes with at most an error, over disturbed right pairs without jitter, every pair counting the same."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes = figure.subplots()
    grid = np.geomspace(SMALLEST, LARGEST, 400)
    for number, method in enumerate(methods):
        found = [row for row in rows if row["method"] == method and _counts(row)]
        if found:
            share = np.mean([np.interp(grid, row["errors"]["quantiles"], QUANTILES, left=0.0) for row in found], axis=0)
            axes.plot(grid, share, label=method, color=f"C{number}", linestyle=_style(method))
    for limit in (10, WRONG):
        axes.axvline(limit, color="0.8", linewidth=0.8, zorder=0)
    axes.set(xscale="log", xlim=(SMALLEST, LARGEST), ylim=(0, 1.01))
    axes.set(xlabel="absolute error of a note in ms", ylabel="share of notes")
    axes.set_title("Disturbed right pairs without jitter, accepted or not", loc="left")
    figure.legend(loc="outside right upper", frameon=False)
    return figure


def _counts(row: Row) -> bool:
    undone = row["condition"] == UNDISTURBED or row["condition"].startswith("jitter")
    return row["right"] and not undone and row["errors"]["n"] > 0


def _style(method: str) -> str:
    from experiments.alignment.methods import names

    return "-" if method in names() else "--"


def confidence(rows: Sequence[Row], methods: Sequence[str]) -> Any:
    """One panel per method with a confidence: every pair, bad ones at the right edge as crosses."""
    from matplotlib.figure import Figure

    named = [each for each in methods if each != LEFT_ALONE and any(_has_confidence(row, each) for row in rows)]
    n_columns, n_rows = min(max(len(named), 1), COLUMNS), -(-max(len(named), 1) // COLUMNS)
    figure = Figure(figsize=(2.6 * n_columns + 0.4, 2.7 * n_rows + 0.6), layout="constrained")
    panels = figure.subplots(n_rows, n_columns, squeeze=False).flat
    for axes, method in zip(panels, named, strict=False):
        here = [row for row in rows if _has_confidence(row, method)]
        _panel(axes, here)
        axes.set_title(method, loc="left")
        axes.set_ylabel("confidence")
    for empty in panels[len(named) :]:
        empty.set_axis_off()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    return figure


def _has_confidence(row: Row, method: str) -> bool:
    return row["method"] == method and row["confidence"] is not None


def _panel(axes: Any, rows: Sequence[Row]) -> None:
    for name, marker, color, kept in (
        ("right pair", ".", "C0", lambda row: row["right"]),
        (WRONG_PIECE, "x", "C3", lambda row: row["condition"] == WRONG_PIECE),
        ("other bad pair", "+", "C1", lambda row: not row["right"] and row["condition"] != WRONG_PIECE),
    ):
        drawn = [row for row in rows if kept(row)]
        shown = np.clip([min(track_error(row), LARGEST) for row in drawn], SMALLEST, LARGEST)
        spread = np.geomspace(1.3, 3.0, len(drawn)) if name != "right pair" else 1.0
        axes.scatter(
            shown * spread, [row["confidence"] for row in drawn], 14, color, marker, linewidths=0.7, label=name
        )
    threshold = rows[0]["threshold"]
    if threshold is not None:
        axes.axhline(threshold, color="0.5", linewidth=0.8, linestyle=":", label="threshold")
        axes.set_ylim(-0.03, 1.03)
    axes.axvline(WRONG, color="0.8", linewidth=0.8, zorder=0)
    axes.axvspan(1.15 * LARGEST, 3.4 * LARGEST, color="0.94", zorder=0)
    axes.set(xscale="log", xlim=(SMALLEST, 3.4 * LARGEST), xlabel="mean error of a track (ms)")
    axes.set_xticks([0.1, 1, 10, 100, 1e3, 2 * LARGEST], ["0.1", "1", "10", "100", "1000", "bad"])
    axes.minorticks_off()
