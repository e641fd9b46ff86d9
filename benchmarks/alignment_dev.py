"""Alignment by correlation against known lags: ``python -m benchmarks.alignment_dev FOLDER [--markdown FILE]``.

FOLDER holds pairs ``<track>.ogg`` and ``<track>.mid`` and a ``truth.json`` with, for each track, ``lag_s`` and
``midi_time_stretch``: audio time = MIDI file time / stretch + lag. The error of a track is the median over its notes of
the distance between the audio time found and the true one. Every recording is also compared with the notes of all other
tracks, of which none should be accepted.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mir_models.alignment import Alignment, correlation
from mir_models.alignment._onsets import Onsets
from mir_models.annotations import Notes
from mir_models.resampling import resample
from storage import audio, midi

COLUMNS = (
    *("track", "stretch", "true lag (s)", "found lag (s)", "error (ms)"),
    *("peak ratio", "drift (ms)", "confidence", "accepted"),
)


@dataclass(frozen=True)
class Pair:
    """One recording, its notes and the truth about them."""

    track: str
    heard: Onsets
    notes: Notes
    lag: float
    stretch: float

    def errors(self, found: Alignment) -> np.ndarray:
        """Distance in seconds of every note from its true audio time."""
        truth = self.notes.onset_times / self.stretch + self.lag
        return np.abs(self.notes.onset_times + found.lag - truth)


def main() -> None:
    """Print the tables; with ``--markdown`` also write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--markdown", type=Path, help="file for the tables")
    arguments = parser.parse_args()
    params = correlation.Params()
    pairs, speed = load(arguments.folder, params)
    found = {pair.track: correlation.match(pair.heard, pair.notes, params) for pair in pairs}
    report = "\n".join([*table(pairs, found, params), "", *summary(pairs, found, params), f"* {speed:.0f} × real time"])
    print(report)
    if arguments.markdown:
        arguments.markdown.write_text(report + "\n", encoding="utf-8")


def load(folder: Path, params: correlation.Params) -> tuple[list[Pair], float]:
    """All pairs of a folder, sorted by track, and the speed of the analysis as a multiple of real time."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    pairs, duration, seconds = [], 0.0, 0.0
    for track in sorted(truth):
        y = resample(*audio.read_mono(folder / f"{track}.ogg"), params.sr)
        notes = midi.read(folder / f"{track}.mid").notes
        started = time.perf_counter()
        heard = correlation.listen(y, params)
        correlation.match(heard, notes, params)
        if pairs:
            duration, seconds = duration + heard.duration, seconds + time.perf_counter() - started
        pairs.append(Pair(track, heard, notes, truth[track]["lag_s"], truth[track]["midi_time_stretch"]))
    return pairs, duration / max(seconds, 1e-9)


def table(pairs: list[Pair], found: dict[str, Alignment], params: correlation.Params) -> list[str]:
    """A row per track, as Markdown."""
    rows = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for pair in sorted(pairs, key=lambda pair: (pair.stretch != 1, pair.track)):
        a = found[pair.track]
        rows.append(
            f"| {pair.track} | {pair.stretch:g} | {pair.lag:.3f} | {a.lag:.4f} | {1e3 * np.median(pair.errors(a)):.2f} "
            f"| {a.peak_ratio:.2f} | {1e3 * a.drift:.1f} | {a.confidence:.2f} | {_accepted(a, params)} |"
        )
    return rows


def summary(pairs: list[Pair], found: dict[str, Alignment], params: correlation.Params) -> list[str]:
    """Errors of what is accepted, and what should not have been."""
    offset_only = [pair for pair in pairs if pair.stretch == 1]
    stretched = [pair for pair in pairs if pair.stretch != 1]
    accepted = [pair for pair in offset_only if _accepted(found[pair.track], params) == "yes"]
    errors = 1e3 * np.array([np.median(pair.errors(found[pair.track])) for pair in accepted])
    wrong = [correlation.match(p.heard, q.notes, params) for p in pairs for q in pairs if p.track != q.track]
    lowest = min(found[pair.track].confidence for pair in offset_only)
    return [
        f"* offset only: {len(accepted)} of {len(offset_only)} accepted, error mean {np.mean(errors):.2f} ms, "
        f"largest {errors.max(initial=0.0):.2f} ms, lowest confidence {lowest:.2f}",
        f"* another tempo: {_count([found[p.track] for p in stretched], params)} of {len(stretched)} accepted",
        f"* another piece: {_count(wrong, params)} of {len(wrong)} accepted, "
        f"highest confidence {max(a.confidence for a in wrong):.2f}",
        f"* threshold of the confidence: {params.confidence_threshold}",
    ]


def _accepted(alignment: Alignment, params: correlation.Params) -> str:
    return "yes" if alignment.confidence >= params.confidence_threshold else "no"


def _count(alignments: list[Alignment], params: correlation.Params) -> int:
    return sum(_accepted(alignment, params) == "yes" for alignment in alignments)


if __name__ == "__main__":
    main()
