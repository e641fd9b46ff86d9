"""Alignment of notes to a recording: the time map from label time to audio time. One file is one method.

An entry has ``VERSION`` (raised when its output changes), a frozen ``Params`` with a ``confidence_threshold`` below
which a track goes to quarantine, ``align(y, notes, params) -> Alignment``, and ``match(features, notes,
params)``, the same from onset features of the recording that were extracted before (`extract_onsets`).

* `none`: labels that are exact; the lag is measured only
* `correlation`: one lag, by cross-correlation of onsets
* `drift`: a lag and a tempo ratio, by a robust line
* `dtw`: any tempo, by dynamic time warping
* `auto`: the cheapest of the three whose confidence suffices

Shared by the methods: `_onset_features` (onset strength per key, spectral flux), `_cross_correlation` (search for a
lag), `_warping_path` (search for a path of lags), `_anchors` (local deviations from a map), `_fits` (robust fits of
them), `_restrikes` (by how much notes of restruck keys sound early) and `_restruck_match` (matching with that),
`_agreement` (of a stretch with its notes), `_evidence` and `_confidence` (whether a map can be trusted), `_evaluate`,
`_result`, `_params`.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._confidence import explain_confidence
from mir_models.alignment._evidence import Evidence
from mir_models.alignment._onset_features import OnsetFeatures, OnsetParams, extract_onsets
from mir_models.alignment._params import MethodParams
from mir_models.alignment._restrikes import RestrikeLeads, RestrikeParams, as_sounding, is_restruck
from mir_models.alignment._result import Alignment
from mir_models.notes.annotations import Notes
from mir_models.registry import Registry

VERSION = 4
"""Raised when something changes that several methods share: onset features, searches, measurements or confidence.

4: the agreement of a part is a correlation by its own means, and transpositions are compared by it.
3: notes of restruck keys may sound early, and do not bend the map.
"""


class AlignmentMethod(Protocol):
    """What a module of this package has.

    Attributes
    ----------
    NAME : str
    VERSION : int
        Raised when the output of `align` changes.
    """

    NAME: str
    VERSION: int

    @property
    def Params(self) -> type[MethodParams]:
        """The class of its settings, a frozen dataclass."""

    def align(self, y: NDArray[np.float32], notes: Notes, params: Any, /) -> Alignment:
        """The time map from the notes to a recording `y`, (n_samples,) at ``params.sr``."""

    def match(self, features: OnsetFeatures, notes: Notes, params: Any, /) -> Alignment:
        """As `align`, from the onset features of a recording."""


ALIGNMENTS: Registry[AlignmentMethod] = Registry("mir_models.alignment", "alignment method")

__all__ = [
    "ALIGNMENTS",
    "Alignment",
    "AlignmentMethod",
    "Evidence",
    "MethodParams",
    "OnsetFeatures",
    "OnsetParams",
    "RestrikeLeads",
    "RestrikeParams",
    "as_sounding",
    "explain_confidence",
    "extract_onsets",
    "is_restruck",
]
