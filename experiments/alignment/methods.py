"""Alignment methods as the experiment runs them, and those of the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models import alignment
from mir_models.alignment import ALIGNMENTS, Alignment, OnsetParams, correlation, extract_onsets
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap
from storage.fingerprints import fingerprint

AMPLITUDES = "correlation, amplitudes"
"""The older curve: the sum of all amplitudes against the number of notes that sound."""
LEAD_VELOCITIES = (20, 25, 30, 40, 50, 60, 75)
"""At which the leads of restruck keys are reported."""
LEFT_ALONE = "none"
"""The method that changes nothing: its map is the one it applies, and its confidence is not about that."""


@dataclass(frozen=True)
class MethodResult:
    """Time map and confidence that a method gives.

    Attributes
    ----------
    time_map : TimeMap or None
        From label time to audio time; None where nothing was found.
    confidence : float or None
        The higher, the more reliable the map; None where the method gives none.
    evidence : dict
        Numbers from which the confidence is computed.
    """

    time_map: TimeMap | None
    confidence: float | None
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Method:
    """A way to align.

    Attributes
    ----------
    name : str
    fingerprint : str
        Another one when the method or a parameter of it changes.
    sr : int
        Sampling rate in Hz of the audio for `extract`.
    features : str
        Methods of the same features extract them alike, so that they are extracted once for all.
    extract : callable of (n_samples,) float32 -> Any
        The features of a recording, whatever labels it is compared with.
    match : callable of (Any, Notes) -> MethodResult
        The time map, from the features of a recording and from notes.
    threshold : float or None
        Confidence from which on a track is accepted; None: every one is.
    """

    name: str
    fingerprint: str
    sr: int
    features: str
    extract: Callable[[NDArray[np.float32]], Any]
    match: Callable[[Any, Notes], MethodResult]
    threshold: float | None = None


def names() -> list[str]:
    """Names for `of_registry`: the methods of the registry, and the correlation of sums of amplitudes."""
    return [*ALIGNMENTS.names(), AMPLITUDES]


def of_registry(name: str) -> Method:
    """A method of :data:`mir_models.alignment.ALIGNMENTS` at its defaults, or the seed's curve of amplitudes."""
    module = correlation if name == AMPLITUDES else ALIGNMENTS.get(name)
    params = correlation.Params(curve="amplitudes") if name == AMPLITUDES else module.Params()
    if name == LEFT_ALONE:
        return Method(name, fingerprint(name), params.sr, "nothing", lambda y: None, _leave_alone)
    onset_params = OnsetParams(**{each.name: getattr(params, each.name) for each in fields(OnsetParams)})
    return Method(
        name,
        fingerprint(name, alignment.VERSION, module.VERSION, params),
        params.sr,
        fingerprint(onset_params),
        lambda y: extract_onsets(y, onset_params),
        lambda features, notes: _result_of(module.match(features, notes, params)),
        params.confidence_threshold,
    )


def _leave_alone(features: None, notes: Notes) -> MethodResult:
    return MethodResult(TimeMap.shift(0.0), None)


def _result_of(alignment: Alignment) -> MethodResult:
    evidence = {"method": alignment.method, **asdict(alignment.evidence), "restruck_leads": _leads_of(alignment)}
    return MethodResult(alignment.measured, alignment.confidence, evidence)


def _leads_of(alignment: Alignment) -> dict[str, float] | None:
    """Milliseconds by which notes of restruck keys are early, by velocity."""
    if alignment.restruck_leads is None:
        return None
    return {str(each): 1e3 * float(alignment.restruck_leads(np.array([each]))[0]) for each in LEAD_VELOCITIES}
