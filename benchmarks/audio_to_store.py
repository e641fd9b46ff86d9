"""Recordings to stored features, on all cores, beside a plain loop: ``python -m benchmarks.audio_to_store``.

For each format (OGG, MP3 and FLAC, stereo at 44.1 kHz, made here), in seconds of audio per second:

* store: the stage ``features/cqt`` with warm workers, as a backfill makes it; and of three presets in one pass
* loop: ``librosa.load`` at 16 kHz, ``librosa.cqt``, decibels and ``np.save``, file by file on one core
* parts: our decoding, resampling, transform and writing by themselves on one core, summed

The goal is 0.9 × the cores × the speed of the parts. ``--tracks N`` and ``--seconds S`` set the size, 12 of 60 s by
default; ``--formats ogg,flac`` chooses.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from assets.preparation import features, raw_audio
from benchmarks.history import Figure, append
from experiments import command_line
from mir_models.features import cqt, feature_of
from mir_models.resampling import resample
from storage.corpora.registrations import Registration
from storage.media.audio import read_mono
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.stage_update import attempt_stages, update_stage
from storage.workers.dask_workers import Workers

SR = 44100
PRESETS = ("cqt", "cqt_36", "cqt_84")
PARTS = ("decode", "resample", "transform", "write")
N_WARM = 4
"""Tracks that warm the workers up: more than there are workers on most machines."""


@dataclass(frozen=True)
class Speeds:
    """Seconds of audio per second: of the store with one and with three presets, the loop, and the parts."""

    store: float
    presets: float
    loop: float
    parts: dict[str, float]

    @property
    def sum_of_parts(self) -> float:
        """Speed of the parts one after the other."""
        return 1 / sum(1 / each for each in self.parts.values())


def main() -> None:
    """Print the table, row by row, and append its figures to the history."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--formats", default="ogg,mp3,flac")
    given = parser.parse_args()
    n_cores = len(os.sched_getaffinity(0))
    print(f"Seconds of audio per second; {n_cores} cores; {given.tracks} tracks of {given.seconds:.0f} s.\n")
    columns = ("format", "store, all cores", "three presets in one pass", "loop, one core", "parts summed, one core",
               f"of which {', '.join(PARTS)}", "store / (cores × parts)")  # fmt: skip
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|", flush=True)
    for suffix in given.formats.split(","):
        with tempfile.TemporaryDirectory() as folder:
            found = measure(Path(folder), suffix, given.tracks, given.seconds)
        share = found.store / (n_cores * found.sum_of_parts)
        parts = ", ".join(f"{found.parts[part]:.0f}" for part in PARTS)
        speeds = (found.store, found.presets, found.loop, found.sum_of_parts)
        print(
            f"| {suffix.upper()} | {' | '.join(f'{each:.0f}' for each in speeds)} | {parts} | {share:.2f} |", flush=True
        )
        details = {"presets_in_one_pass": found.presets, "parts": found.parts, "cores": n_cores, "tracks": given.tracks}
        peer = "0.9 × cores × sum of the parts"
        goal = 0.9 * n_cores * found.sum_of_parts
        append(Figure(f"audio_to_store/{suffix}", found.store, "× real time", peer, goal, "≥ 1 × peer", details))
        loop = Figure(f"audio_to_store/{suffix} beside a loop", found.store, "× real time", "librosa", found.loop)
        append(loop)


def measure(folder: Path, suffix: str, n_tracks: int, seconds: float) -> Speeds:
    """The speeds for recordings of one format, which are written below `folder` first."""
    files = [
        write_recording(folder / "corpus" / "tones" / f"{each:03d}.{suffix}", seconds, each) for each in range(n_tracks)
    ]
    total = n_tracks * seconds
    dataset = prepared(folder, "measured")
    workers = Workers()
    try:
        stage("warm up", prepared(folder, "warm", N_WARM), PRESETS, workers)
        one = timed(lambda: stage("one preset", dataset, ("cqt",), workers))
        dataset.objects.delete("datasets/measured/features")
        three = timed(lambda: stage("three presets", dataset, PRESETS, workers))
    finally:
        workers.close()
    with threadpool_limits(1):  # What runs on one core has one thread.
        loop, parts = loop_speed(files, seconds, folder), part_speeds(files, seconds, folder)
    return Speeds(total / one, total / three, loop, parts)


def write_recording(path: Path, seconds: float, seed: int) -> Path:
    """Four decaying tones a second in two channels."""
    import soundfile

    rng, n = np.random.default_rng(seed), round(seconds * SR)
    y, decay = np.zeros((n + 2 * SR, 2), dtype=np.float32), np.exp(-3 * np.arange(2 * SR) / SR)
    for onset in rng.integers(0, n, round(4 * seconds)):
        frequency = 440 * 2 ** ((rng.integers(30, 100) - 69) / 12)
        tone = np.sin(2 * np.pi * frequency * np.arange(2 * SR) / SR) * decay
        y[onset : onset + 2 * SR] += tone[:, None] * rng.uniform(0.05, 0.1, 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    y = np.clip(y[:n] + rng.normal(0, 1e-4, (n, 2)), -1, 1)
    with soundfile.SoundFile(path, "w", SR, 2, format=path.suffix[1:].upper()) as file:
        for first in range(0, n, SR):  # libsndfile's Vorbis encoder has the whole of a write on its stack.
            file.write(y[first : first + SR])
    return path


def prepared(folder: Path, name: str, n_tracks: int | None = None) -> DatasetStore:
    """A dataset with the table of the first tracks of the corpus, and no features yet."""
    registration = Registration(name, "labelled_folders", str(folder / "corpus"))
    listing = registration.listing()
    dataset, here = open_dataset(str(folder / "store"), name), Workers(n_workers=0)
    planned = raw_audio.jobs(registration, listing, dataset)[:n_tracks]
    update_stage(dataset, "raw_audio", planned, raw_audio.inspect, workers=here, max_quarantined=0.0)
    return dataset


def stage(what: str, dataset: DatasetStore, presets: Sequence[str], workers: Workers) -> None:
    """Make the features of some presets, all that are missing."""
    tracks = dataset.audio_tracks()
    planned = {
        features.stage_of(each): features.jobs(tracks, each, feature_of(each).PRESETS[each], dataset.address)
        for each in presets
    }
    made = attempt_stages(dataset, planned, features.extract_all, workers=workers)
    assert all(len(each.made) == len(tracks) for each in made.values()), f"every track is made: {what}"


def loop_speed(files: Sequence[Path], seconds: float, folder: Path) -> float:
    """Speed of the plain loop."""
    import librosa

    params = cqt.PRESETS["cqt"]

    def convert(path: Path) -> None:
        y, sr = librosa.load(path, sr=params.sr)
        found = librosa.cqt(y, sr=sr, hop_length=params.hop_length, fmin=params.fmin, n_bins=params.n_bins)
        np.save(folder / path.stem, librosa.amplitude_to_db(np.abs(found), ref=1.0).T.astype(np.float32))

    convert(files[0])  # What librosa compiles and loads on its first call.
    some = files[: max(2, len(files) // 2)]
    return len(some) * seconds / sum(timed(lambda path=path: convert(path)) for path in some)  # type: ignore[misc]


def part_speeds(files: Sequence[Path], seconds: float, folder: Path) -> dict[str, float]:
    """Speed of each part of our own work by itself, on one core."""
    params, dataset = cqt.PRESETS["cqt"], open_dataset(str(folder / "parts"), "measured")
    store, tracks = dataset.features("cqt"), prepared(folder, "measured").audio_tracks()
    store.prepare()
    taken = dict.fromkeys(PARTS, 0.0)

    def part(name: str, work: Callable[[], object]) -> None:
        taken[name] += timed(work)

    for path, track in zip(files, tracks, strict=True):
        item = features.FeaturesItem(track, dataset.address, "cqt", params)
        y, sr = read_mono(path)
        resampled = resample(y, sr, params.sr)
        stored = features.stored_features(item, cqt.extract(resampled, params))
        part("decode", lambda path=path: read_mono(path))  # type: ignore[misc]
        part("resample", lambda y=y, sr=sr: resample(y, sr, params.sr))  # type: ignore[misc]
        part("transform", lambda resampled=resampled: cqt.extract(resampled, params))  # type: ignore[misc]
        part("write", lambda track=track, stored=stored: store.write(track.track, "0", stored))  # type: ignore[misc]
    return {name: len(files) * seconds / each for name, each in taken.items()}


def timed(work: Callable[[], object]) -> float:
    """Seconds of a call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    command_line.call(main)
