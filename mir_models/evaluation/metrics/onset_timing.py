"""Onset timing: note onset F1 over the tolerance, and the time errors of matched onsets.

A score within 50 ms is the same for a transcription that is 5 ms off and for one that is 45 ms off. The tolerance is
therefore swept from 10 to 100 ms, each with a matching of its own (`note_level.matches`), and
the errors are those of the notes matched within 100 ms. Missing and additional notes have no error.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics.note_level import matches, tp_fp_fn
from mir_models.notes.annotations import Notes

TOLERANCES = tuple(n / 100 for n in range(1, 11))
"""Seconds: 0.01, 0.02, … 0.1."""
N_QUANTILES = 201
"""Quantiles that `summary` keeps: every half percent, which draws a distribution without the thousands of errors."""


class OnsetErrors(TypedDict):
    """Summary of onset errors, ready for JSON; in **milliseconds**, None where there is no error.

    Attributes
    ----------
    within : float
        Tolerance of the matching in seconds.
    n : int
        Number of matched notes.
    median : float or None
        Signed.
    median_abs, p90_abs : float or None
        Median and 90th percentile without the sign.
    quantiles : list of float or None
        201 signed errors from the smallest (0 %) to the largest (100 %) in equal steps, to 0.01 ms.
    """

    within: float
    n: int
    median: float | None
    median_abs: float | None
    p90_abs: float | None
    quantiles: list[float] | None


def sweep(ref: Notes, est: Notes) -> NDArray[np.int64]:
    """(10, 3) tp, fp, fn of notes by pitch and onset, one row for each of `TOLERANCES`."""
    return np.stack([tp_fp_fn(len(matches(ref, est, onset_tolerance=each)), ref, est) for each in TOLERANCES])


def onset_errors(ref: Notes, est: Notes) -> NDArray[np.float64]:
    """(n,) estimated minus reference onset in seconds of the notes that match within 100 ms; positive: too late."""
    rows, columns = matches(ref, est, onset_tolerance=TOLERANCES[-1]).T
    return est.onset_times[columns] - ref.onset_times[rows]


def summary(errors: NDArray[np.float64]) -> OnsetErrors:
    """Summary of onset errors (n,) in seconds, see `onset_errors`."""
    within, n = TOLERANCES[-1], len(errors)
    if not n:
        return OnsetErrors(within=within, n=n, median=None, median_abs=None, p90_abs=None, quantiles=None)
    ms = 1e3 * errors
    steps = np.quantile(ms, np.linspace(0, 1, N_QUANTILES))
    return OnsetErrors(
        within=within,
        n=n,
        median=float(np.median(ms)),
        median_abs=float(np.median(np.abs(ms))),
        p90_abs=float(np.quantile(np.abs(ms), 0.9)),
        quantiles=[round(float(step), 2) for step in steps],
    )
