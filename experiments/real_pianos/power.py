"""The mean power of recordings, by piano."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from experiments.real_pianos.recordings import Recording
from experiments.tables import markdown_table
from mir_models.augmentation.levels import power


def mean_powers(recordings: Iterable[Recording]) -> dict[str, NDArray[np.float64]]:
    """By piano, (n_recordings,) the mean power of each excerpt in dB; 0 dB is that of a square wave at full scale."""
    found: dict[str, list[float]] = {}
    for each in recordings:
        mean = max(power(each.read().y), np.finfo(float).tiny)
        found.setdefault(each.piano, []).append(10 * np.log10(mean))
    return {piano: np.array(levels) for piano, levels in found.items()}


def power_table(powers: dict[str, NDArray[np.float64]]) -> str:
    """A row per piano: how many recordings, the lowest, the median and the highest mean power in dB."""
    rows = [
        [piano, str(len(levels)), *(f"{each(levels):.0f}" for each in (np.min, np.median, np.max))]
        for piano, levels in powers.items()
    ]
    return markdown_table(["piano", "recordings", "lowest", "median", "highest"], rows)
