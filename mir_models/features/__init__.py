"""Features: what a network hears. One file is one feature; its ``PRESETS`` are the settings that are stored.

An entry has ``VERSION`` (raised when `extract` changes its output), a frozen ``Params``,
``PRESETS: dict[str, Params]`` and ``extract(y, params) -> (n_frames, n_bins) float32``.
``Params`` knows its `grid` (:class:`mir_models.notes.frames.FrameGrid`), its `context` in seconds and the value of `silence`;
where bins are levels, also `per_db`, their units per decibel, and where they are spaced by pitch, `bins_per_semitone`.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from mir_models.errors import MirlitonError
from mir_models.registry import Registry

FEATURES = Registry("mir_models.features", "feature")


def presets() -> dict[str, ModuleType]:
    """The feature behind every preset, by the preset's name."""
    return {preset: feature for feature in FEATURES.entries().values() for preset in feature.PRESETS}


def settings(name: str, params: dict[str, Any]) -> Any:
    """The ``Params`` of the feature behind a preset, from the values that a record holds."""
    return type(preset(name).PRESETS[name])(**params)


def preset(name: str) -> ModuleType:
    """The feature that declares the preset called `name`."""
    known = presets()
    if name not in known:
        remedy = f"choose one of {', '.join(sorted(known))}"
        raise MirlitonError("the name of a feature preset", received=repr(name), remedy=remedy)
    return known[name]
