"""The constant-Q transform beside librosa's and beside its bare FFTs: ``python -m benchmarks.constant_q``.

One thread; every way computes the same audio in turn, and the median of the rounds counts. "FFTs" is what a transform
by spectra needs at the least: the audio halved octave by octave, and the FFT of every frame of every octave.
"Together" are all presets of one recording by `mir_models.features.extract_presets`, beside the sum of each alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
import soxr
from threadpoolctl import threadpool_limits

from benchmarks.history import Figure, append
from experiments import command_line
from mir_models import constant_q
from mir_models.features import cqt, extract_presets

SR = 22050
FFTS, LIBROSA = "FFTs", "librosa"


def main() -> None:
    """Print a row for every preset, and one for all of them together."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.constant_q", description=__doc__)
    parser.add_argument("--seconds", type=int, default=120, help="length of the audio; default: 120")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    arguments = parser.parse_args()
    y = audio(arguments.seconds)
    print("| preset | × real time | librosa | FFTs | of librosa | of the FFTs | largest difference to librosa |")
    print("|---|---|---|---|---|---|---|")
    with threadpool_limits(1):
        for name, params in cqt.PRESETS.items():
            report(name, params, y, arguments.rounds)
        report_together(y, arguments.rounds)


def audio(seconds: int) -> np.ndarray:
    """Noise and tones, (n_samples,) float32 at `SR`."""
    rng, times = np.random.default_rng(0), np.arange(seconds * SR) / SR
    tones = sum(np.sin(2 * np.pi * f * times) for f in (55.0, 440.0, 1234.5)) / 4
    return (tones + rng.normal(0, 0.05, len(times))).astype(np.float32)


def report(name: str, params: cqt.Params, y: np.ndarray, rounds: int) -> None:
    """Print the row of a preset, and append its figures."""
    import librosa

    settings = settings_of(params)
    ways: dict[str, Callable[[], Any]] = {
        "own": lambda: constant_q.magnitudes(y, **settings),
        LIBROSA: lambda: np.abs(librosa.cqt(y, **settings)),
        FFTS: lambda: ffts(y, params),
    }
    own, reference = ways["own"](), ways[LIBROSA]().T
    difference = float(np.abs(own - reference).max() / reference.max())
    speeds = {way: len(y) / SR / taken for way, taken in seconds_by_way(ways, rounds).items()}
    values = [speeds["own"], speeds[LIBROSA], speeds[FFTS]]
    ratios = [speeds["own"] / speeds[way] for way in (LIBROSA, FFTS)]
    print("| {} | {:.0f} | {:.0f} | {:.0f} | {:.2f} | {:.2f} | {:.1e} |".format(name, *values, *ratios, difference))
    for peer in (LIBROSA, FFTS):
        figure = Figure(
            f"constant_q/{name} beside {peer}",
            speeds["own"],
            "× real time",
            peer=peer,
            peer_value=speeds[peer],
            goal="≥ 1 × peer",
            details={"seconds": len(y) / SR, "largest difference to librosa": difference},
        )
        append(figure)


def report_together(y: np.ndarray, rounds: int) -> None:
    """Print what all presets of one recording cost together, beside the sum of each alone."""
    ways: dict[str, Callable[[], Any]] = {
        "together": lambda: dict(extract_presets(y, SR, cqt.PRESETS)),
        "alone": lambda: [cqt.extract(y, params) for params in cqt.PRESETS.values()],
    }
    taken = seconds_by_way(ways, rounds)
    together, alone = (len(y) / SR / taken[way] for way in ways)
    print(f"\nAll presets together: {together:.0f} × real time; one by one: {alone:.0f} × ({together / alone:.2f} ×).")
    append(Figure("constant_q/all presets together", together, "× real time", "one by one", alone, "≥ 1 × peer"))


def settings_of(params: cqt.Params) -> dict[str, Any]:
    """The arguments that the transform and librosa's have in common."""
    return {name: getattr(params, name) for name in ("sr", "hop_length", "fmin", "n_bins", "bins_per_octave")}


def ffts(y: np.ndarray, params: cqt.Params) -> None:
    """Halve the audio octave by octave, and compute the FFT of every frame of each."""
    q = constant_q.quality(params.bins_per_octave)
    lowest = params.fmin * 2 ** ((params.n_bins - params.bins_per_octave) / params.bins_per_octave)
    n_fft, hop = 2 ** int(np.ceil(np.log2(q * params.sr / lowest))), params.hop_length
    for _ in range(-(-params.n_bins // params.bins_per_octave)):
        frames = np.lib.stride_tricks.sliding_window_view(np.pad(y, n_fft // 2), n_fft)[::hop]
        for first in range(0, len(frames), 4096):
            np.fft.rfft(frames[first : first + 4096])
        y, hop = soxr.resample(y, 2, 1, quality="HQ"), hop // 2


def seconds_by_way(ways: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Median CPU seconds of each way, which take turns."""
    taken: dict[str, Sequence[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, compute in ways.items():
            began = time.thread_time()
            compute()
            taken[way] = [*taken[way], time.thread_time() - began]
    return {way: median(each) for way, each in taken.items()}


if __name__ == "__main__":
    command_line.call(main)
