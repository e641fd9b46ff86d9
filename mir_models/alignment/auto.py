"""Alignment by the cheapest method whose confidence suffices: a lag, else a lag and a tempo ratio, else any tempo.

Where none suffices, the most confident one. Onset features are extracted once for all of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment import correlation, drift, dtw
from mir_models.alignment._onset_features import OnsetFeatures, extract_onsets
from mir_models.alignment._result import Alignment
from mir_models.notes.annotations import Notes

NAME = "auto"
VERSION = 1
METHODS = (correlation, drift, dtw)
"""The cheapest first."""


Params = dtw.Params
"""Settings of all methods; `sufficient` is the confidence at which no dearer one is tried."""


def align(y: NDArray[np.float32], notes: Notes, params: Params) -> Alignment:
    """The time map of a recording; parameters, result and errors are those of `correlation.align`."""
    return match(extract_onsets(y, params), notes, params)


def match(features: OnsetFeatures, notes: Notes, params: Params) -> Alignment:
    """As `align`, from the onset features of a recording."""
    tried: list[Alignment] = []
    for method in METHODS:
        tried.append(method.match(features, notes, params))
        if tried[-1].preference >= params.sufficient:
            break
    return max(tried, key=lambda alignment: alignment.preference)
