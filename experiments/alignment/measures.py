"""Statistics of onset errors, agreement of confidence with error, and confidence limits of shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

WITHIN = (10, 25, 50, 100)
"""Milliseconds."""
WRONG = 50.0
"""Milliseconds of median error beyond which a track is wrong."""
QUANTILES = np.linspace(0, 1, 101)


def error_statistics(est: ArrayLike, ref: ArrayLike) -> dict[str, Any]:
    """Statistics of ``|est - ref|`` in milliseconds, over the notes for which both are finite.

    Parameters
    ----------
    est, ref : (n,) float64
        Times in seconds.

    Returns
    -------
    dict
        ``n``, and unless that is 0 ``mean``, ``median``, ``p95``, ``max``, ``signed`` (median of ``est - ref``),
        ``within_10`` … (shares of notes with an error of at most 10 ms), and ``quantiles`` (0, 1, …, 100 %).
    """
    signed = 1e3 * (np.asarray(est, dtype=np.float64) - np.asarray(ref, dtype=np.float64))
    signed = signed[np.isfinite(signed)]
    if not len(signed):
        return {"n": 0}
    errors = np.abs(signed)
    return {
        "n": len(errors),
        "mean": float(errors.mean()),
        "median": float(np.median(errors)),
        "p95": float(np.percentile(errors, 95)),
        "max": float(errors.max()),
        "signed": float(np.median(signed)),
        **{f"within_{limit}": float(np.mean(errors <= limit)) for limit in WITHIN},
        "quantiles": np.quantile(errors, QUANTILES).round(2).tolist(),
    }


def agreement(confidence: ArrayLike, errors: ArrayLike) -> float:
    """Kendall's τ-b of confidence with the negated error: 1 where more confidence always means less error.

    An error of infinity is larger than all others; those of infinity are tied.
    """
    from scipy.stats import kendalltau

    errors = np.asarray(errors, dtype=np.float64)
    return float(kendalltau(np.asarray(confidence), -_ranks(errors)).statistic)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.unique(values, return_inverse=True)[1]


def upper_limit(k: int, n: int, *, level: float = 0.95) -> float:
    """The one-sided Clopper–Pearson limit: the largest share that `k` or fewer of `n` do not refute at `level`."""
    from scipy.stats import beta

    return 1.0 if k >= n else float(beta.ppf(level, k + 1, n - k))
