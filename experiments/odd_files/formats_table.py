"""The command line of the formats: ``python -m experiments.odd_files.formats_table --out DIR [--recording FILE]``.

The recording is the piano of :mod:`experiments.odd_files.music`, or a file with its notes beside it (.mid, exact), of
which the first ``--seconds`` are used.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import experiments.odd_files.formats_table
from assets.inference.transcriber import transcriber_of
from experiments import command_line, transcribers
from experiments.odd_files import music
from experiments.odd_files.format_list import FORMATS
from experiments.odd_files.formats import Reading, readings, summary, table
from experiments.peers.recordings import cut
from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from storage.media import audio, midi


def main(words: Sequence[str] | None = None) -> None:
    """Transcribe every format, then write the table."""
    arguments = _parser().parse_args(words)
    ref, y = music.piano() if arguments.recording is None else recorded(arguments.recording, arguments.seconds)
    model = transcribers.load(arguments.model)
    transcriber = transcriber_of(model)

    def transcribe(path: Path) -> tuple[Notes, tuple[str, ...]]:
        warnings: list[str] = []
        return transcriber.transcribe(path, warn=warnings.append).notes, tuple(warnings)

    chosen = tuple(each for each in FORMATS if arguments.only in f"{each.container} {each.codec}")
    rows = []
    with tempfile.TemporaryDirectory(prefix="formats-") as folder:
        for row in readings(chosen, ref, y, Path(folder), transcribe):
            rows.append(row)
            print(f"{row[0].container} {row[0].codec}: {row[1]}", file=sys.stderr)
    wav = next((reading.f1 for _, reading in rows if isinstance(reading, Reading)), 0.0)
    heads = [transcribers.described(model), f"{len(ref)} notes in {len(y) / music.SR:.1f} s."]
    parts = [*heads, summary(rows, wav), table(rows, len(y) / music.SR, wav)]
    command_line.publish("\n\n".join(parts) + "\n", arguments)


def recorded(path: Path, seconds: float) -> tuple[Notes, music.Stereo]:
    """A recording of one's own and the notes beside it, the pedal applied, as `music.piano`."""
    y, sr = audio.read_mono(path)
    performance = midi.read(path.with_suffix(".mid"))
    notes, _ = sustain_pedal.sounding_notes(performance.notes, performance.pedal, sustain_pedal.Params())
    part = resample(y[: round(seconds * sr)], sr, music.SR)
    return cut(notes, end=len(part) / music.SR), np.stack([part, part], axis=1)


def _parser() -> argparse.ArgumentParser:
    made = command_line.module_parser(experiments.odd_files.formats_table)
    made.add_argument("--out", type=Path, required=True, help="folder for the table")
    made.add_argument("--markdown", type=Path, help="file for the table; default: formats.md in --out")
    made.add_argument(
        "--recording", type=Path, help="a recording with exact notes beside it (.mid); default: demo music"
    )
    made.add_argument("--seconds", type=float, default=60.0, help="of --recording; default: %(default)s")
    made.add_argument("--only", default="", help="only formats with this text in their container or codec")
    transcribers.add_model_option(made)
    made.set_defaults(file_name="formats.md")
    return made


if __name__ == "__main__":
    command_line.call(main)
