"""Stereo whose channels cancel: note F1 of the mean and of the chosen mix, by the channels' correlation.

Performances (a folder of MIDI files) are rendered in stereo by the General MIDI SoundFont that comes with pretty_midi.
Mid and side are brought to equal energy and mixed anew, the side by factors from 0 to 1, so that the correlation of the
channels goes from 1 to 0; then the right channel is inverted. The included model, or that of ``--model``, transcribes
the mean of the channels and the mix that `mir_models.downmix` chooses.

::

    python -m experiments.downmix PERFORMANCES [--seconds 40] [--first 3] [--model 0.2]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import experiments.downmix
from assets.inference.transcriber import Transcriber, transcriber_of
from experiments import command_line, transcribers
from experiments.odd_files.music import Stereo, onset_f1
from experiments.tables import markdown_table
from mir_models.downmix import choose_mix, to_mono
from mir_models.inference.transcription import transcribe
from mir_models.notes.annotations import Notes
from storage.media import midi, soundfonts

SIDES = (0.0, 0.3, 0.6, 0.8, 1.0)
TAIL = 5.0
"""Seconds that are kept after the last onset."""
COLUMNS = ("performance", "side", "correlation", "mean", "chosen", "mix")


def performances(folder: Path, seconds: float, first: int) -> Iterator[tuple[str, Notes, Stereo, int]]:
    """Name, notes, stereo rendering and sampling rate of the beginnings of MIDI files evenly spread over a folder."""
    soundfont, paths = soundfonts.default_soundfont().read_bytes(), sorted(folder.glob("*.mid"))
    for path in paths[:: max(1, len(paths) // first)][:first]:
        performance = midi.read(path)
        notes = performance.notes.where(performance.notes.onset_times < seconds)
        pedal = performance.pedal[performance.pedal[:, 0] < seconds]
        y, sr = soundfonts.play_stereo(midi.encode(notes, pedal), soundfont)
        yield path.stem, notes, y[: int((seconds + TAIL) * sr)], sr


def with_side(y: Stereo, side: float) -> Stereo:
    """Stereo whose mid and side have equal energy, the side times a factor; peak below 1."""
    mid, difference = (y[:, 0] + y[:, 1]) / 2, (y[:, 0] - y[:, 1]) / 2
    difference *= side * np.sqrt(np.mean(mid**2) / max(float(np.mean(difference**2)), 1e-12))
    mixed = np.column_stack([mid + difference, mid - difference])
    return (mixed / (1.05 * np.abs(mixed).max())).astype(np.float32)


def rows(name: str, notes: Notes, stereo: Stereo, sr: int, by: Transcriber) -> Iterator[list[str]]:
    """A row of `COLUMNS` for each width of the stereo, as it is and with the right channel inverted."""
    for side in SIDES:
        for polarity in (1, -1):
            y = with_side(stereo, side) * np.array([1, polarity], dtype=np.float32)
            scores = [f"{onset_f1(notes, transcribed(mono, sr, by)):.3f}" for mono in (y.mean(axis=1), to_mono(y, sr))]
            correlation = f"{np.corrcoef(y[:, 0], y[:, 1]).item(1):+.2f}"
            yield [name, str(side), correlation, *scores, choose_mix(y, sr).name]


def transcribed(y: NDArray[np.float32], sr: int, by: Transcriber) -> Notes:
    """Notes by a transcriber."""
    settings = {"feature": by.feature, "params": by.params, "decoding": by.decoding}
    return transcribe([y], sr, model=by.model, **settings).notes


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = command_line.module_parser(experiments.downmix)
    parser.add_argument("performances", type=Path, help="folder of MIDI files")
    parser.add_argument("--seconds", type=float, default=40.0, help="of each performance")
    parser.add_argument("--first", type=int, default=3, help="how many performances")
    transcribers.add_model_option(parser)
    options = parser.parse_args(words)
    model = transcribers.load(options.model)
    found = performances(options.performances, options.seconds, options.first)
    table = markdown_table(COLUMNS, (row for each in found for row in rows(*each, by=transcriber_of(model))))
    print(f"{transcribers.described(model)}\n\n{table}")


if __name__ == "__main__":
    command_line.call(main)
