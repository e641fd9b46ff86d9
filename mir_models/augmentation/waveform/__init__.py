"""Augmentation of waveforms: the same music on another piano, in another room, through another microphone.

An entry has ``VERSION`` (raised when its output changes), a frozen ``Params`` with the range from which the strength is
drawn, and ``augment(y, sr, params, rng) -> (y, time_map)``, where the time map leads from the time of the recording to
that of the result: labels go through it as through the map of an alignment. Full scale is ±1 in the result as well.
``FALSE`` names the label kinds that do not survive it: ``"notes"`` where other keys sound than before.
"""

from __future__ import annotations

from collections.abc import Sequence

from mir_models.errors import MirlitonError
from mir_models.registry import Registry

AUGMENTATIONS = Registry("mir_models.augmentation.waveform", "augmentation of waveforms")


def refuse_false(chain: Sequence[str], label: str) -> None:
    """Refuse a chain of augmentations after which a label of a kind would be false.

    Raises
    ------
    MirlitonError
        With their names.
    """
    false = [name for name in chain if label in AUGMENTATIONS.get(name).FALSE]
    if false:
        left = ",".join(name for name in chain if name not in false)
        remedy = f"register the dataset with variants whose augmentation.chain is {left or 'another one'}, or with none"
        raise MirlitonError(f"variants that keep {label}", received=", ".join(false), remedy=remedy)
