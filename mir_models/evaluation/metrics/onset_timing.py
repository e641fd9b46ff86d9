"""How exact onsets are: the note onset score over the tolerance, and the errors of the onsets that were found.

A score within 50 ms does not tell a transcription that is 5 ms off from one that is 45 ms off. The tolerance is
therefore swept from 10 to 100 ms, each by a matching of its own (:func:`mir_models.evaluation.metrics.note_level.matches`), and
the errors are those of the notes matched within 100 ms. Errors say nothing of notes that are missing or too many.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics.note_level import matches, tp_fp_fn
from mir_models.notes.annotations import Notes

TOLERANCES = tuple(n / 100 for n in range(1, 11))
"""Seconds: 0.01, 0.02, … 0.1."""
N_QUANTILES = 201
"""Quantiles that `summary` keeps: every half percent, which draws a distribution without the thousands of errors."""


def sweep(ref: Notes, est: Notes) -> NDArray[np.int64]:
    """(10, 3) tp, fp, fn of notes by pitch and onset, one row for each of `TOLERANCES`."""
    return np.stack([tp_fp_fn(len(matches(ref, est, onset_tolerance=each)), ref, est) for each in TOLERANCES])


def onset_errors(ref: Notes, est: Notes) -> NDArray[np.float64]:
    """(n,) estimated less true onset in seconds of the notes that match within 100 ms; positive: heard late."""
    rows, columns = matches(ref, est, onset_tolerance=TOLERANCES[-1]).T
    return est.onset_times[columns] - ref.onset_times[rows]


def summary(errors: NDArray[np.float64]) -> dict[str, Any]:
    """What a report says of the errors of onsets, (n,) in seconds.

    Returns
    -------
    dict
        ``within`` : the tolerance in seconds. ``n`` : the number of errors. In **milliseconds**, or None where there
        is no error: ``median`` (signed), ``median_abs`` and ``p90_abs`` (median and 90th percentile without the sign),
        and ``quantiles``, 201 signed errors from the smallest (0 %) to the largest (100 %) in equal steps, to 0.01 ms.
    """
    known: dict[str, Any] = {"within": TOLERANCES[-1], "n": len(errors)}
    if not len(errors):
        return known | {"median": None, "median_abs": None, "p90_abs": None, "quantiles": None}
    ms = 1e3 * errors
    steps = np.quantile(ms, np.linspace(0, 1, N_QUANTILES))
    return known | {
        "median": float(np.median(ms)),
        "median_abs": float(np.median(np.abs(ms))),
        "p90_abs": float(np.quantile(np.abs(ms), 0.9)),
        "quantiles": [round(float(step), 2) for step in steps],
    }
