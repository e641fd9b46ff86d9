"""A small sampled piano: decaying harmonic tones of every sixth key, soft and loud ones, as arrays and on disk."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import N_KEYS
from mir_models.synthesis.sampled_piano import SampledPiano, Zone
from mir_models.synthesis.tuned_piano import TunedPiano
from mir_models.synthesis.tuning import Tuning
from storage.media.audio import write_wav

SR = 22050
ROOTS = range(24, 109, 6)
"""Each is played for itself, the three keys below and the two above."""
SOFT, LOUD = (0, 63), (64, 127)
"""Velocities of the layers."""
GAIN = -6.0
"""dB of all zones."""
RELEASE = 0.4
"""Seconds of all zones."""
SECONDS = 2.0
AS_SAMPLED = Tuning(np.zeros(N_KEYS), np.zeros(N_KEYS))
"""No key deviates, and its strings are one."""


def tone(key: int, *, partials: int, sr: int = SR) -> NDArray[np.float32]:
    """A tone of `SECONDS`, peak 0.5 at most, that begins with its first sample."""
    t = np.arange(round(SECONDS * sr)) / sr
    f0 = 440 * 2 ** ((key - 69) / 12)
    y = sum(0.5**k * np.cos(2 * np.pi * k * f0 * t) for k in range(1, partials + 1) if k * f0 < sr / 2)
    return np.asarray(y * np.exp(-1.5 * t), dtype=np.float32)


def zones() -> tuple[Zone, ...]:
    """Of soft tones with one partial, and of loud ones with three."""
    return tuple(
        Zone(
            y=tone(root, partials=partials),
            sr=SR,
            root_key=root,
            keys=(root - 3, root + 2),
            velocities=velocities,
            gain=GAIN,
            release=RELEASE,
        )
        for velocities, partials in ((SOFT, 1), (LOUD, 3))
        for root in ROOTS
    )


def tuned(tuning: Tuning = AS_SAMPLED) -> TunedPiano:
    """The piano in a tuning, at the rate of its samples."""
    return TunedPiano(SampledPiano("small", zones()), tuning, SR)


def write(folder: Path) -> Path:
    """Write the piano as a table of samples beside WAV files; returns its folder."""
    folder.mkdir(parents=True)
    rows = []
    for zone in zones():
        name = f"{zone.root_key}-{zone.velocities[0]}.wav"
        write_wav(folder / name, zone.y, zone.sr)
        rows.append((name, zone.root_key, *zone.keys, *zone.velocities, zone.cents, zone.gain, zone.release, ""))
    with open(folder / "samples.csv", "w", newline="") as file:
        columns = "file root_key lo_key hi_key lo_vel hi_vel tune_cents gain_db release_s lowpass_hz"
        csv.writer(file).writerows([columns.split(), *rows])
    return folder
