"""The command line: see :mod:`experiments.certainty`."""

from __future__ import annotations

import argparse
from pathlib import Path

import experiments.certainty
from experiments import command_line, transcribers
from experiments.certainty import experiment, recordings
from experiments.certainty.figure import certainty_and_f1
from experiments.certainty.recordings import Recording
from experiments.certainty.table import page
from storage.media.png import png


def main() -> None:
    """Transcribe what is missing, then write tables and figure."""
    arguments = _arguments()
    model = transcribers.load(arguments.model)
    found, left_out = _recordings(arguments)
    with command_line.interruptible():
        if not arguments.report_only:
            experiment.run(found, model, arguments.out)
    if results := experiment.results(found, model, arguments.out):
        command_line.publish("\n".join([f"{transcribers.described(model)}\n", page(results), *left_out]), arguments)
        (arguments.out / "certainty.png").write_bytes(png(certainty_and_f1(results)))


def _recordings(arguments: argparse.Namespace) -> tuple[list[Recording], list[str]]:
    """The recordings of the corpora that were named, and a line for each that was not."""
    groups = {
        "--maps": (recordings.maps_pianos, arguments.maps),
        "--real": (recordings.disklavier, arguments.real),
        "--aligned": (recordings.aligned, arguments.aligned),
        "--performances": (recordings.other_instruments, arguments.performances),
        "--performances and --soundfonts": (recordings.sampled, arguments.performances, arguments.soundfonts),
        "--games": (recordings.game_music, *(arguments.games or [None])),
    }
    given = {option: each for option, each in groups.items() if None not in each}
    found = {option: list(corpus(*folders)) for option, (corpus, *folders) in given.items()}
    pianos = [found.get(option, []) for option in ("--real", "--aligned")]
    every = [*recordings.signals(), *(each for group in found.values() for each in group)]
    left_out = [f"* left out, since not given: {option}" for option in groups if option not in given]
    return [*every, *recordings.degraded(*pianos)], left_out


def _arguments() -> argparse.Namespace:
    parser = command_line.table_parser(experiments.certainty)
    parser.add_argument("--maps", type=Path, help="the folder that holds the pianos' folders of MAPS")
    parser.add_argument("--real", type=Path, help="the same of recordings of the Disklavier")
    parser.add_argument("--aligned", type=Path, help="recordings with MIDI files and truth.json")
    parser.add_argument("--performances", type=Path, help="MIDI files of pianists")
    parser.add_argument("--soundfonts", type=Path, help="SoundFonts (.sf2) of pianos that play them")
    parser.add_argument(
        "--games", type=Path, action="append", default=[], help="music with tracks.csv; may be repeated"
    )
    transcribers.add_model_option(parser)
    return parser.parse_args()


if __name__ == "__main__":
    command_line.call(main)
