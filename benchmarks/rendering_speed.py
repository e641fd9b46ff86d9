"""Rendering of performances: ``python -m benchmarks.rendering_speed PIANO SOUNDFONT [MIDI_FOLDER]``.

The same pieces are rendered by a sampled piano, whose samples were read and resampled to a tuning before, and by a
SoundFont of the same samples: seconds of music per second of CPU time, of one process on one core. Rows: by
midirenderer, notes alone, with strings and noises. Without a folder the works of the demo corpus are played.

A second table is of the loader ``renderings``, which does more: it reads and resamples samples, writes MIDI files,
encodes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.history import Figure, append
from experiments import command_line
from mir_models.demo_music import works
from mir_models.notes.annotations import Notes
from mir_models.synthesis import performance, tuning
from mir_models.synthesis.performance import Params
from mir_models.synthesis.tuned_piano import TunedPiano
from storage.corpora.files import MIDI_SUFFIXES, visible_files
from storage.corpora.registrations import loader_options
from storage.datasets import renderings
from storage.media import midi, rendered_audio, sampled_pianos, soundfonts

Piece = tuple[Notes, np.ndarray, float]
"""Notes, pedal, and seconds of the rendering."""
NOTES_ALONE = Params(resonance=0.0, noise=0.0)
PEER = "midirenderer"


def main() -> None:
    """Print the rows, and append the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rendering_speed", description=__doc__.split("\n\n")[0])
    parser.add_argument("piano", type=Path, help="folder of a sampled piano")
    parser.add_argument("soundfont", type=Path, help="the same piano as .sf2")
    parser.add_argument("midi", nargs="?", type=Path, help="folder of MIDI files")
    parser.add_argument("--pieces", type=int, default=8, help="default: 8")
    arguments = parser.parse_args()
    pieces = list(islice(choose_pieces(arguments.midi), arguments.pieces))
    sampled = sampled_pianos.read(arguments.piano, rendered_audio.SR)
    piano = TunedPiano(sampled, tuning.random_tuning(tuning.Params(), np.random.default_rng(0)), rendered_audio.SR)
    font = arguments.soundfont
    speed(pieces, partial(by_samples, piano, NOTES_ALONE))  # Resamples what is played.
    peer = speed(pieces, partial(by_soundfont, font.read_bytes()))
    print("| rendered by | × real time, CPU |\n|---|---|")
    print(f"| {PEER} | {peer:.0f} |")
    for name, params in (("notes alone", NOTES_ALONE), ("with strings and noises", Params())):
        value = speed(pieces, partial(by_samples, piano, params))
        print(f"| sampled piano, {name} | {value:.0f} |")
        append(Figure(f"rendering_speed/{name}", value, "× real time", PEER, peer, "≥ 2 × peer"))
    print("\n| by the loader | Ogg Vorbis | FLAC |\n|---|---|---|")
    by_piano = {"pianos": str(arguments.piano), "tunings": "1"}
    for name, option in (("SoundFont", {"soundfonts": str(font)}), ("sampled piano", by_piano)):
        row = [f"{loader_speed(pieces, option | {'format': each}):.0f}" for each in ("ogg", "flac")]
        print(f"| {name} | {' | '.join(row)} |")


def choose_pieces(folder: Path | None) -> Iterator[Piece]:
    """Pieces of a folder in the order of their names, or the works of the demo corpus."""
    if folder is None:
        yield from (_piece(work.notes, work.pedal) for work in works())
        return
    for name in visible_files(folder):
        if Path(name).suffix.lower() in MIDI_SUFFIXES:
            read = midi.read(folder / name)
            yield _piece(read.notes, read.pedal)


def _piece(notes: Notes, pedal: np.ndarray) -> Piece:
    return notes, pedal, max(notes.duration, float(pedal.max(initial=0.0))) + rendered_audio.TAIL


def by_samples(piano: TunedPiano, params: Params, notes: Notes, pedal: np.ndarray, seconds: float) -> None:
    """Render a piece by a sampled piano."""
    performance.render(notes, pedal, piano, params, np.random.default_rng(0), seconds=seconds)


def by_soundfont(font: bytes, notes: Notes, pedal: np.ndarray, seconds: float) -> None:
    """Render a piece by a SoundFont."""
    soundfonts.play(rendered_audio.midi_file(notes, pedal, until=seconds), font)


def loader_speed(pieces: list[Piece], option: dict[str, str]) -> float:
    """Seconds of music per second of CPU time of the loader ``renderings`` with some options."""
    with TemporaryDirectory() as name:
        root = Path(name)
        for number, (notes, pedal, _) in enumerate(pieces):
            (root / f"{number}.mid").write_bytes(rendered_audio.midi_file(notes, pedal))
        options = loader_options(renderings, option)
        start = time.process_time()
        renderings.tracks(root, options)
        return sum(seconds for *_, seconds in pieces) / (time.process_time() - start)


def speed(pieces: list[Piece], render: Callable[..., None]) -> float:
    """Seconds of music per second of CPU time."""
    start = time.process_time()
    for piece in pieces:
        render(*piece)
    return sum(seconds for *_, seconds in pieces) / (time.process_time() - start)


if __name__ == "__main__":
    command_line.call(main)
