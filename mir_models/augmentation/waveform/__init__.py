"""Augmentation of waveforms: the same notes on another piano, in another room, through another microphone.

An entry has ``VERSION`` (raised when its output changes), a frozen ``Params`` with the range from which the strength is
drawn, and ``augment(y, sr, params, rng) -> (y, time_map)``, where the time map leads from the time of the recording to
that of the result: labels go through it as through the map of an alignment. No entry changes which keys sound. Full
scale is ±1 in the result as well.
"""

from __future__ import annotations

from mir_models.registry import Registry

AUGMENTATIONS = Registry("mir_models.augmentation.waveform", "augmentation of waveforms")
