"""What the benchmark asks of a method, and the methods of the registry as such."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models import alignment
from mir_models.alignment import ALIGNMENTS, Alignment, Listening, correlation, listen
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap
from storage.fingerprints import fingerprint

AMPLITUDES = "correlation, amplitudes"
"""The older curve: the sum of all amplitudes against the number of notes that sound."""
LEFT_ALONE = "none"
"""The method that changes nothing: its map is the one it applies, and its confidence is not about that."""


@dataclass(frozen=True)
class Found:
    """What a method found.

    Attributes
    ----------
    time_map : TimeMap or None
        From label time to audio time; None where nothing was found.
    confidence : float or None
        The higher, the more the method trusts it; None where it does not say.
    evidence : dict
        Numbers that the confidence is made of.
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
        Sampling rate in Hz of what it listens to.
    listening : str
        Methods of the same word listen alike, so that one of them listens for all.
    listen : callable of (n_samples,) float32 -> Any
        All that is needed of a recording, whatever labels it is compared with.
    match : callable of (Any, Notes) -> Found
        The time map, of what `listen` heard and of notes.
    threshold : float or None
        Confidence from which on a track is accepted; None: every one is.
    """

    name: str
    fingerprint: str
    sr: int
    listening: str
    listen: Callable[[NDArray[np.float32]], Any]
    match: Callable[[Any, Notes], Found]
    threshold: float | None = None


def names() -> list[str]:
    """What `of_registry` knows: the methods of the registry, and the correlation of sums of amplitudes."""
    return [*ALIGNMENTS.names(), AMPLITUDES]


def of_registry(name: str) -> Method:
    """A method of :data:`mir_models.alignment.ALIGNMENTS` at its defaults, or the seed's curve of amplitudes."""
    module = correlation if name == AMPLITUDES else ALIGNMENTS.get(name)
    params = correlation.Params(curve="amplitudes") if name == AMPLITUDES else module.Params()
    if name == LEFT_ALONE:
        return Method(name, fingerprint(name), params.sr, "nothing", lambda y: None, _leave_alone)
    hearing = Listening(**{each.name: getattr(params, each.name) for each in fields(Listening)})
    return Method(
        name,
        fingerprint(name, alignment.VERSION, module.VERSION, params),
        params.sr,
        fingerprint(hearing),
        lambda y: listen(y, hearing),
        lambda heard, notes: _found(module.match(heard, notes, params)),
        params.confidence_threshold,
    )


def _leave_alone(heard: None, notes: Notes) -> Found:
    return Found(TimeMap.shift(0.0), None)


def _found(alignment: Alignment) -> Found:
    evidence = {"method": alignment.method, **asdict(alignment.evidence)}
    return Found(alignment.measured, alignment.confidence, evidence)
