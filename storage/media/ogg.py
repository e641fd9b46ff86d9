"""Sounds as Ogg Vorbis bytes, small enough to lie beside a page."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

COMPRESSION = 0.7
"""From 0 (best) to 1 (smallest): 75 kB for 20 s of a piano, mono at 22,050 Hz."""


def ogg(y: NDArray[np.float32], sr: int) -> bytes:
    """(n_samples,) samples at `sr` Hz; what is beyond ±1 is clipped."""
    import soundfile

    buffer = io.BytesIO()
    options = {"format": "OGG", "subtype": "VORBIS", "compression_level": COMPRESSION}
    with soundfile.SoundFile(buffer, "w", samplerate=sr, channels=1, **options) as sound:
        for first in range(0, len(y), sr):  # libsndfile's encoder keeps what it is handed at once on the stack.
            sound.write(np.clip(y[first : first + sr], -1.0, 1.0))
    return buffer.getvalue()
