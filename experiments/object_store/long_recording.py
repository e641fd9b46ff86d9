"""A recording of 45 minutes with a variant of it, prepared on S3: its largest objects and its memory."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from experiments.object_store.chain import mirliton
from experiments.object_store.comparison import objects_of
from experiments.object_store.server import BUCKET, environment, s3_server, set_environment
from mir_models.notes.annotations import Notes
from storage.media import midi

MINUTES, SR = 45, 44100
PRESET = "cqt_84"


@dataclass(frozen=True)
class LongRecording:
    """What was measured.

    Attributes
    ----------
    seconds : float
        Of the preparation.
    largest_process : int
        Bytes of memory that the largest process took at most.
    objects : int
        Number of objects.
    largest : dict of str to int
        Bytes of the largest object of each stage.
    """

    seconds: float
    largest_process: int
    objects: int
    largest: dict[str, int]


def prepare(out: Path) -> LongRecording:
    """Compose the recording, prepare it with one variant on S3, and look at what is there."""
    root = out / "long"
    if not (recording := root / "long.flac").exists():
        root.mkdir(parents=True, exist_ok=True)
        _compose(recording)
    with s3_server() as endpoint:
        address = f"s3://{BUCKET}/long"
        variables = {"MIRLITON_HOME": str(out / "long_home"), "MIRLITON_STORE": address, **environment(endpoint)}
        mirliton(["add", "long", "--root", str(root), "--loader", "folder", "--variants", "1"], variables)
        seconds = mirliton(["backfill", "long", "--feature", PRESET], variables)
        set_environment(endpoint)
        sizes = {key: len(content) for key, content in objects_of(address).items()}
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    stages = sorted({key.split("/")[2] for key in sizes if key.count("/") > 2})
    largest = {each: max(size for key, size in sizes.items() if key.split("/")[2] == each) for each in stages}
    return LongRecording(seconds, memory, len(sizes), largest)


def _compose(path: Path) -> None:
    """A note of one to four times a second, in noise, and its MIDI file."""
    rng, t = np.random.default_rng(0), np.arange(SR) / SR
    onsets, pitches = [], []
    with soundfile.SoundFile(path, "w", SR, 1, format="FLAC", subtype="PCM_16") as file:
        for second in range(MINUTES * 60):
            y = rng.normal(0, 0.01, SR)
            for start in rng.choice(np.arange(0, SR, SR // 8), rng.integers(1, 5), replace=False):
                pitches.append(int(rng.integers(45, 85)))
                onsets.append(second + start / SR)
                f0 = 440 * 2 ** ((pitches[-1] - 69) / 12)
                tone = sum(0.5**k * np.sin(2 * np.pi * k * f0 * t) for k in range(1, 5)) * np.exp(-3 * t)
                y[start:] += 0.15 * tone[: SR - start]
            file.write(y.astype(np.float32))
    intervals = np.c_[onsets, np.add(onsets, 0.2)]
    path.with_suffix(".mid").write_bytes(midi.encode(Notes(intervals, np.array(pitches), np.full(len(pitches), 80))))
