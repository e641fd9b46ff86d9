"""Alignments of renderings whose lead-in is known: ``python -m experiments.lead_ins MIRLITON_HOME DATASET``.

The loader ``renderings`` begins a recording after an unknown silence where its option ``lead_in`` asks for one, which
labels are to find. Printed are the errors of the lags that were accepted, and how many of those refused were right.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments import command_line
from experiments.tables import markdown_table
from storage.datasets import renderings

RIGHT = 0.05
"""Seconds up to which a lag is right."""
_FOUND = re.compile(r"lag (-?[\d.]+) s")
HEADS = ("labels", "tracks", "median error, ms", "95 % within, ms", "largest, ms", "within 50 ms")


def main(words: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m experiments.lead_ins", description=__doc__)
    parser.add_argument("home", type=Path, metavar="MIRLITON_HOME")
    parser.add_argument("dataset")
    arguments = parser.parse_args(words)
    os.environ["MIRLITON_HOME"] = str(arguments.home)
    print(markdown_table(HEADS, rows(arguments.dataset)))


def rows(name: str) -> list[list[str]]:
    """The table of a dataset: accepted alignments, and refused ones whose lag is known."""
    from assets.resources import StoreResource

    store = StoreResource()
    options, dataset = _options(store.registration(name).options), store.dataset(name)
    accepted = {record.track: record.lag for record in dataset.labels.records()}
    reasons = {row.track: row.reason for row in dataset.quarantine.rows() if row.stage == "labels"}
    refused = {track: float(found[1]) for track, reason in reasons.items() if (found := _FOUND.search(reason))}
    kinds = {"accepted": accepted, "refused": refused}
    return [_row(kind, errors(lags, options)) for kind, lags in kinds.items() if lags]


def errors(lags: dict[str, float], options: renderings.Options) -> NDArray[np.float64]:
    """(n_tracks,) found minus true lag in seconds."""
    return np.array([lag - renderings.lead_in(track, options) for track, lag in lags.items()])


def _row(kind: str, found: NDArray[np.float64]) -> list[str]:
    sizes = 1000 * np.abs(found)
    cells = [f"{1000 * np.median(found):+.2f}", f"{np.percentile(sizes, 95):.2f}", f"{sizes.max():,.2f}"]
    return [kind, f"{len(found)}", *cells, f"{int((np.abs(found) <= RIGHT).sum())}"]


def _options(texts: Mapping[str, Any]) -> renderings.Options:
    """Options of the loader from the texts of a registration."""
    defaults = renderings.Options()
    kinds = {each.name: type(getattr(defaults, each.name)) for each in fields(renderings.Options)}
    return renderings.Options(**{name: kinds[name](text) for name, text in texts.items()})


if __name__ == "__main__":
    command_line.call(main)
