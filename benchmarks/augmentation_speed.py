"""Variants of recordings: ``python -m benchmarks.augmentation_speed RECORDING``.

Seconds of sound per second of CPU time, of one process on one core at 22,050 Hz: of every augmentation with its
defaults, and of the presets with all of their augmentations applied and with each by chance. Neither reading nor
writing is included.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.history import Figure, append
from experiments import command_line
from mir_models.augmentation.variants import PRESETS, Params, vary
from mir_models.augmentation.waveform import AUGMENTATIONS, Audio
from mir_models.resampling import resample
from storage.media import audio

SECONDS = 120
"""Of the recording, from its beginning."""
N_DRAWS = 5
"""Variants of the recording per row, each with strengths of its own."""
GOALS = {"default": "", "real_rooms": "≥ 150"}


def main() -> None:
    """Print the rows, and append the figures of the presets."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.augmentation_speed", description="Speed of variants.")
    parser.add_argument("recording", type=Path, help=f"an audio file; its first {SECONDS} s are changed")
    y, sr = audio.read_mono(parser.parse_args().recording)
    y = y[: SECONDS * sr]
    print("| changed by | × real time, CPU |\n|---|---|")
    for name in AUGMENTATIONS.names():
        print(f"| `{name}` | {speed(y, sr, Params(chain=name, share=1.0)):,.0f} |")
    for name, params in PRESETS.items():
        for words, share in (("all applied", 1.0), (f"each by {params.share:.0%}", params.share)):
            value = speed(y, sr, replace(params, share=share))
            print(f"| preset `{name}`, {words} | {value:,.0f} |")
            append(Figure(f"augmentation_speed/{name}, {words}", value, "× real time", goal=GOALS[name]))


def speed(y: Audio, sr: int, params: Params) -> float:
    """Seconds of sound per second of CPU time; the first variant is not counted."""
    y = resample(y, sr, params.sr)
    vary(y, params.sr, params, np.random.default_rng(N_DRAWS))
    start = time.process_time()
    for seed in range(N_DRAWS):
        vary(y, params.sr, params, np.random.default_rng(seed))
    return N_DRAWS * len(y) / params.sr / (time.process_time() - start)


if __name__ == "__main__":
    command_line.call(main)
