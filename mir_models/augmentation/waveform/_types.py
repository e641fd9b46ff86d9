"""Types of audio and of augmented audio."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.time_map import TimeMap

Audio = NDArray[np.float32]
"""(n_samples,) float32, mono, full scale at ±1."""
Augmented = tuple[Audio, TimeMap]
"""Audio, and the map from the time of the original to its time."""
