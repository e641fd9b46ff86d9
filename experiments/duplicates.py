"""Duplicate detection: ``python -m experiments.duplicates FOLDER... [--half report|choice] [--seconds 45]``.

Of every recording below the folders the first seconds are taken and copied: through codecs at about their lowest rate,
cut, changed in level, resampled, and all of it at once. All originals and copies are searched together. A match of
two copies of one recording is true, any other is false; MAPS has the same work, played from the same MIDI file, on
several pianos, which is not the same recording. Parameters were chosen on the half ``choice`` of the recordings (by a
hash of the file's name), figures are stated for the other. Also measured: the time of the analysis, the size of
the landmarks, and a search among 10,000 synthetic tracks of 30 s: their hashes are drawn from those of the recordings,
the gap apart from the peaks, so that they coincide as often as those of different recordings do.
Deterministic but for the times. Makes "Recordings that occur twice" of docs/results.md.

Of the development corpora, `menu` and `menu_enhanced` of game_music are one recording under two titles and artists
(normalised correlation of the waveforms 0.99 over 10 s): ``--same menu=menu_enhanced``.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile

from experiments import command_line
from mir_models.identification.landmarks import Params, extract
from mir_models.identification.matches import Match, Search, find_duplicates
from mir_models.resampling import resample
from storage.media import audio

CODECS = {
    "Ogg Vorbis, quality 0": ("OGG", "VORBIS", 1.0),
    "MP3, 14-26 kbit/s": ("MP3", "MPEG_LAYER_III", 0.99),
    "Opus, 24 kbit/s": ("OGG", "OPUS", 0.93),
    "FLAC": ("FLAC", "PCM_16", 0.5),
}
OPUS_SR = 48000
EXCERPT = 10.0
"""Seconds that are left of the shortest copies."""
Sound = tuple[np.ndarray, int]
"""(n_samples,) float32 and its sampling rate in Hz."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--half", choices=("report", "choice"), default="report", help="half of the recordings")
    parser.add_argument("--seconds", type=float, default=45.0, help="length of each recording, from its start")
    parser.add_argument("--same", action="append", default=[], metavar="A=B", help="two recordings known to be one")
    arguments = parser.parse_args()
    same = {frozenset(pair.split("=")) for pair in arguments.same}
    params, search = Params(), Search()
    paths = [path for folder in arguments.folders for path in sorted(folder.rglob("*.ogg"))]
    paths = [path for path in paths if _half(path.stem) == arguments.half]
    landmarks, truth, size = extract_landmarks(paths, arguments.seconds, params)
    loose = find_duplicates(landmarks, params, Search(min_shared=1, min_share=0.0))
    found = {(match.a, match.b): match for match in find_duplicates(landmarks, params, search)}
    originals = [landmarks[name] for name in landmarks if name.endswith("|original")]
    print("\n".join([*recalls(found, truth), "", *precision(landmarks, found, loose, search, same), *size, ""]))
    print("\n".join(crowd(originals, params, search)))


def extract_landmarks(
    paths: list[Path], seconds: float, params: Params
) -> tuple[dict[str, np.ndarray], dict[str, float], list[str]]:
    """Landmarks of ``recording|kind``, the true offset of each copy in seconds, and the cost of landmarks in a line."""
    landmarks: dict[str, np.ndarray] = {}
    truth, n_bytes, duration, spent = {}, 0, 0.0, 0.0
    for path in paths:
        y, sr = audio.read_mono(path)
        rng = np.random.default_rng(_draw(path.stem))
        for kind, offset, (copy, copy_sr) in copies(y[: int(seconds * sr)], sr, rng):
            name = f"{path.stem}|{kind}"
            copy = resample(np.ascontiguousarray(copy), copy_sr, params.sr)
            began = time.perf_counter()
            landmarks[name], truth[name] = extract(copy, params), offset
            spent += time.perf_counter() - began
            duration, n_bytes = duration + len(copy) / params.sr, n_bytes + landmarks[name].nbytes
    hours = duration / 3600
    speed = f"{spent / hours:.1f} s per hour of audio ({duration / spent:.0f} × real time)"
    cost = f"* analysis {speed}; landmarks {n_bytes / hours / 1e3:.0f} kB per hour"
    return landmarks, truth, [cost]


def copies(y: np.ndarray, sr: int, rng: np.random.Generator) -> Iterator[tuple[str, float, Sound]]:
    """Kind, offset in seconds and sound of the original and of all its copies."""
    end = len(y) / sr
    late, early, start = rng.uniform(0.1, 10), rng.uniform(0.1, 10), rng.uniform(0, max(0.0, end - EXCERPT))
    loud = np.clip(2 * 0.9 * y / np.abs(y).max(), -1, 1)
    excerpt = slice(int(start * sr), int((start + EXCERPT) * sr))
    yield "original", 0.0, (y, sr)
    for kind, codec in CODECS.items():
        yield kind, 0.0, coded((y, sr), *codec)
    yield "start cut by 0.1-10 s", late, (y[int(late * sr) :], sr)
    yield "end cut by 0.1-10 s", 0.0, (y[: int((end - early) * sr)], sr)
    yield "10 s left", start, (y[excerpt], sr)
    yield "-12 dB", 0.0, (y / 4, sr)
    yield "+6 dB, clipped", 0.0, (loud, sr)
    yield "other sampling rate", 0.0, at_other_rate(y, sr)
    worst = coded(at_other_rate(loud[excerpt], sr), *CODECS["MP3, 14-26 kbit/s"])
    yield "10 s left, clipped, other rate, MP3", start, worst


def at_other_rate(y: np.ndarray, sr: int) -> Sound:
    """At 16 kHz; what is at 16 kHz already at 11.025 kHz."""
    other = 16000 if sr != 16000 else 11025
    return resample(np.ascontiguousarray(y), sr, other), other


def coded(sound: Sound, kind: str, subtype: str, level: float) -> Sound:
    """Written and read again."""
    y, sr = sound
    if subtype == "OPUS":
        y, sr = resample(np.ascontiguousarray(y), sr, OPUS_SR), OPUS_SR
    file = io.BytesIO()
    soundfile.write(file, y, sr, format=kind, subtype=subtype, compression_level=level)
    file.seek(0)
    return soundfile.read(file, dtype="float32")


def recalls(found: dict[tuple[str, str], Match], truth: dict[str, float]) -> list[str]:
    """A row per kind of copy."""
    shares: dict[str, list[float]] = defaultdict(list)
    errors: dict[str, list[float]] = defaultdict(list)
    missed = []
    for name, offset in truth.items():
        recording, kind = name.split("|")
        if kind == "original":
            continue
        pair = tuple(sorted((name, f"{recording}|original")))
        match = found.get((pair[0], pair[1]))
        shares[kind].append(match.share if match else 0.0)
        if not match:
            missed.append(name)
        else:
            errors[kind].append(abs((match.offset_s if match.b == name else -match.offset_s) - offset))
    rows = ["| copy | pairs | found | recall | share: lowest | median | offset wrong by > 20 ms |", "|---" * 7 + "|"]
    for kind, values in shares.items():
        n, wrong = sum(value > 0 for value in values), sum(error > 0.02 for error in errors[kind])
        figures = f"{n / len(values):.3f} | {min(values):.2f} | {np.median(values):.2f}"
        rows.append(f"| {kind} | {len(values)} | {n} | {figures} | {wrong} |")
    return [*rows, "", *(f"* missed: {name}" for name in missed)]


def precision(
    landmarks: dict[str, np.ndarray],
    found: dict[tuple[str, str], Match],
    loose: list[Match],
    search: Search,
    same: set[frozenset[str]],
) -> list[str]:
    """False matches among all pairs of different recordings, and among those of one work."""
    names = Counter(_recording(name) for name in landmarks)
    false = [pair for pair in found if _differ(_recording(pair[0]), _recording(pair[1]), same)]
    rows = [f"* precision {1 - len(false) / max(len(found), 1):.4f}: {len(false)} of {len(found)} matches are false"]
    kinds: dict[str, Callable[[str, str], bool]] = {
        "different recordings": lambda a, b: _differ(a, b, same),
        "the same work on another piano": lambda a, b: a != b and _work(a) is not None and _work(a) == _work(b),
    }
    for kind, holds in kinds.items():
        pairs = sum(names[a] * names[b] for a in names for b in names if a < b and holds(a, b))
        wrong = sum(holds(_recording(pair[0]), _recording(pair[1])) for pair in false)
        near = [match for match in loose if holds(_recording(match.a), _recording(match.b))]
        highest = max((match.share for match in near if match.n_shared >= search.min_shared), default=0.0)
        rows.append(f"* {kind}: {wrong} of {pairs} pairs match; highest share {highest:.3f}")
    unlike = Counter(" and ".join(map(_recording, pair)) for pair in false)
    return [*rows, *(f"* false: {n} pairs of {recordings}" for recordings, n in unlike.items())]


def crowd(originals: list[np.ndarray], params: Params, search: Search) -> list[str]:
    """Time of a search among 10,000 synthetic tracks and degraded excerpts of 200 of them."""
    rng, pool = np.random.default_rng(0), np.concatenate([rows[:, 0] for rows in originals])
    rate = params.grid.frame_rate
    tracks, planted = {}, {}
    for index in range(10_000):
        hashes = rng.choice(pool, 600) // params.n_gaps * params.n_gaps + rng.choice(pool, 600) % params.n_gaps
        rows = np.c_[hashes, rng.integers(0, int(30 * rate), 600)]
        tracks[f"{index:05d}"] = np.unique(rows.astype(np.uint32), axis=0)
        if index < 200:
            kept = rows[(rng.random(600) < 0.5) & (rows[:, 1] >= 600) & (rows[:, 1] < 600 + EXCERPT * rate)] - (0, 600)
            planted[f"{rng.integers(10_000):05d} of {index:05d}"] = np.unique(kept.astype(np.uint32), axis=0)
    every = tracks | planted
    began = time.perf_counter()
    found = find_duplicates(every, params, search)
    spent = time.perf_counter() - began
    right = sum({match.a, match.b} == {name, name[-5:]} for match in found for name in planted)
    began = time.perf_counter()
    find_duplicates(every, params, search, among=[next(iter(planted))])
    one = time.perf_counter() - began
    return [
        f"* {len(every)} tracks: {spent:.1f} s; {right} of {len(planted)} planted 10 s excerpts with half of their "
        f"hashes found, {len(found) - right} false; one track against all others: {one:.2f} s"
    ]


def _recording(name: str) -> str:
    return name.split("|")[0]


def _differ(a: str, b: str, same: set[frozenset[str]]) -> bool:
    return a != b and frozenset((a, b)) not in same


def _work(recording: str) -> str | None:
    """The work of a MAPS recording."""
    named = re.fullmatch(r"MAPS_MUS-(.+)_[^_]+", recording)
    return named[1] if named else None


def _half(name: str) -> str:
    return ("choice", "report")[hashlib.sha256(name.encode()).digest()[0] % 2]


def _draw(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


if __name__ == "__main__":
    command_line.call(main)
