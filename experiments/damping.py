"""How quickly damped notes fall: ``python -m experiments.damping NAME=FOLDER [NAME=FOLDER ...]``.

A FOLDER has recordings with MIDI files of the same names beside them, pedal included. The level of a note's fundamental
in a constant-Q transform is followed after its end; a line through `FIT` gives decibels per second. Notes count whose
fundamental nothing else covers: no other note sounds then, or ended shortly before, that is a semitone away or has an
overtone there. In the bass the windows of the transform are longer than the fall, so its rates compare with one another
alone. Makes "How quickly damped notes fall" of docs/results.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments import command_line
from experiments.tables import markdown_table
from mir_models.errors import MirlitonError
from mir_models.features import cqt
from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from storage.media import audio, midi

PARAMS = cqt.PRESETS["cqt_36"]
COVERING = (-2, -1, 0, 1, 2, 12, 19, 24, 28, 31)
"""Semitones from another note up to one whose fundamental it covers: neighbours, and those at its overtones."""
BEFORE, AFTER = 2, 10
"""Frames before and after the end of a note that are looked at."""
FIT = slice(BEFORE + 2, BEFORE + 9)
"""Frames of a fall through which a line is drawn: 46 to 186 ms after the end."""
QUIET = 0.35
"""Seconds before the end of a note in which none may have ended that covers it."""
SHORTEST = 0.12
"""Seconds that a note lasts at least."""
ABOVE_FLOOR = 30.0
"""dB between a note at its end and the quietest frames of its bins."""
REGISTERS = {"below C3": (21, 48), "C3 to B4": (48, 72), "from C5": (72, 109)}
"""MIDI numbers."""
FEWEST = 15
"""Notes without which a register has no figure."""


def main(words: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m experiments.damping", description=__doc__)
    parser.add_argument("sources", nargs="+", metavar="NAME=FOLDER")
    parser.add_argument(
        "--recordings", type=int, default=25, help="of each source, evenly chosen; default: %(default)s"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="of each recording; default: %(default)s")
    arguments = parser.parse_args(words)
    lines = [_line(source, arguments) for source in arguments.sources]
    print(markdown_table(["recordings", *(f"{name}: dB/s (notes)" for name in REGISTERS)], lines))


def _line(source: str, arguments: argparse.Namespace) -> list[str]:
    name, _, folder = source.rpartition("=")
    found = [rates(*pair, arguments.seconds) for pair in _chosen(Path(folder), arguments.recordings)]
    keys, falls = (np.concatenate(each) for each in zip(*found, strict=True))
    return [name, *(_cell(falls[(keys >= first) & (keys < end)]) for first, end in REGISTERS.values())]


def _cell(falls: NDArray[np.float64]) -> str:
    if len(falls) < FEWEST:
        return ""
    low, middle, high = np.percentile(falls, [25, 50, 75])
    return f"{middle:.0f} ({low:.0f} to {high:.0f}; {len(falls)})"


def _chosen(folder: Path, n: int) -> list[tuple[Path, Path]]:
    """Recordings with their MIDI files."""
    pairs = [
        (path, path.with_suffix(".mid"))
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".flac", ".ogg", ".wav")
    ]
    pairs = [pair for pair in pairs if pair[1].exists()]
    if not pairs:
        remedy = "name a folder of recordings (.flac, .ogg, .wav) and MIDI files of the same names"
        raise MirlitonError(f"recordings with MIDI files in {folder}", received="none", remedy=remedy)
    return [pairs[k] for k in np.unique(np.linspace(0, len(pairs) - 1, n).astype(int))]


def rates(recording: Path, score: Path, seconds: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pitches of the notes that count, and by how many dB/s each falls, (n,) each."""
    y, sr = audio.read_mono(recording, audio.Part(0.0, seconds))
    levels = cqt.extract(resample(y, sr, PARAMS.sr), PARAMS)
    played = midi.read(score)
    notes, _ = sustain_pedal.sounding_notes(played.notes, played.pedal, sustain_pedal.Params())
    falls = [(notes.pitches[k], fall) for k in uncovered(notes) if (fall := _fall(levels, notes, k)) is not None]
    keys, values = zip(*falls, strict=True) if falls else ((), ())
    return np.array(keys, dtype=np.int64), np.array(values, dtype=np.float64)


def uncovered(notes: Notes) -> Iterator[int]:
    """Numbers of the notes whose fundamental nothing covers around their ends."""
    ends = notes.offset_times
    for k, (end, pitch) in enumerate(zip(ends, notes.pitches, strict=True)):
        sounds = (notes.onset_times < end + AFTER / PARAMS.grid.frame_rate) & (ends > end - QUIET)
        sounds[k] = False
        if end - notes.onset_times[k] >= SHORTEST and not np.isin(pitch - notes.pitches[sounds], COVERING).any():
            yield k


def _fall(levels: NDArray[np.float32], notes: Notes, k: int) -> float | None:
    """dB/s by which a note falls; None where it is not well above the floor, or the recording ends before."""
    frame = round(float(notes.offset_times[k]) * PARAMS.grid.frame_rate)
    centre = round(PARAMS.bins_per_octave * np.log2(440 * 2 ** ((notes.pitches[k] - 69) / 12) / PARAMS.fmin))
    bins = levels[:, centre - 1 : centre + 2].max(axis=1)
    fall = bins[frame - BEFORE : frame + AFTER]
    if frame < BEFORE or len(fall) < BEFORE + AFTER or fall[:BEFORE].mean() < np.quantile(bins, 0.02) + ABOVE_FLOOR:
        return None
    slope = np.polyfit(np.arange(FIT.start, FIT.stop), fall[FIT], 1)[0]
    return float(-slope * PARAMS.grid.frame_rate)


if __name__ == "__main__":
    command_line.call(main)
