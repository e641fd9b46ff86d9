"""Alignments of renderings whose lead-in is known: ``python -m experiments.lead_ins MIRLITON_HOME DATASET``.

The loader ``renderings`` begins a recording after an unknown silence where its option ``lead_in`` asks for one, which
labels are to find: zeros, so the easiest silence there is. Printed are the errors of the lags that were accepted, how
many of those refused were right, and how many were refused without a lag.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments import command_line
from experiments.tables import markdown_table
from storage.datasets import renderings

RIGHT = 0.05
"""Seconds up to which a lag is right."""
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
    """The table of a dataset: accepted alignments, refused ones, and tracks that no lag was measured of."""
    from assets.resources import StoreResource

    store = StoreResource()
    options, dataset = store.registration(name).parsed_options, store.dataset(name)
    accepted = {record.track: record.lag for record in dataset.labels.records()}
    measurements = {row.track: row.measurements for row in dataset.quarantine.rows("labels")}
    refused = {track: found.lag for track, found in measurements.items() if found and found.measured_lag is not None}
    kinds = {"accepted": accepted, "refused": refused}
    found = [_row(kind, errors(lags, options)) for kind, lags in kinds.items() if lags]
    return [*found, ["refused without a lag", f"{len(measurements) - len(refused)}", "", "", "", ""]]


def errors(lags: dict[str, float], options: renderings.Options) -> NDArray[np.float64]:
    """(n_tracks,) found minus true lag in seconds."""
    return np.array([lag - renderings.lead_in(track, options) for track, lag in lags.items()])


def _row(kind: str, found: NDArray[np.float64]) -> list[str]:
    sizes = 1000 * np.abs(found)
    cells = [f"{1000 * np.median(found):+.2f}", f"{np.percentile(sizes, 95):.2f}", f"{sizes.max():,.2f}"]
    return [kind, f"{len(found)}", *cells, f"{int((np.abs(found) <= RIGHT).sum())}"]


if __name__ == "__main__":
    command_line.call(main)
