"""The command line: see :mod:`experiments.real_pianos`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import experiments.real_pianos
from experiments import command_line, transcribers
from experiments.real_pianos import experiment, recordings
from experiments.real_pianos.conditions import CONDITIONS
from experiments.real_pianos.figure import causes_and_conditions
from experiments.real_pianos.power import mean_powers, power_table
from experiments.real_pianos.recordings import Recording
from experiments.real_pianos.table import page
from storage.media.png import png


def main(words: Sequence[str] | None = None) -> None:
    """Transcribe what is missing, then write tables and figure."""
    arguments = _parser().parse_args(words)
    model = transcribers.load(arguments.model)
    chosen = _recordings(arguments)
    with command_line.interruptible():
        if not arguments.report_only:
            experiment.run(chosen, arguments.conditions, model, arguments.out)
    if found := experiment.results(chosen, arguments.conditions, model, arguments.out):
        text = f"{transcribers.described(model)}\n\n{page(found)}{_powers(arguments)}"
        command_line.publish(text, arguments)
        (arguments.out / "real-pianos.png").write_bytes(png(causes_and_conditions(found)))


def _recordings(arguments: argparse.Namespace) -> list[Recording]:
    recordings.check_names(arguments.soundfont)
    found = list(recordings.real_pianos(arguments.folder))
    for soundfont in arguments.soundfont:
        found += recordings.same_notes(arguments.folder, soundfont)
    for soundfont in arguments.soundfont[:1]:
        found += recordings.controls(arguments.folder, soundfont)
    if arguments.aligned:
        found += recordings.aligned(arguments.aligned)
    if arguments.maps:
        found += recordings.unseen_virtual_piano(arguments.maps)
    return found


def _powers(arguments: argparse.Namespace) -> str:
    """The table of the mean power of all that was recorded or is at hand as recordings."""
    recorded = [*recordings.real_pianos(arguments.folder)]
    recorded += recordings.aligned(arguments.aligned) if arguments.aligned else []
    for of_maps in (recordings.unseen_virtual_piano, recordings.training_pianos):
        recorded += of_maps(arguments.maps) if arguments.maps else []
    return f"\nMean power of the recordings, dB:\n\n{power_table(mean_powers(recorded))}\n"


def _parser() -> argparse.ArgumentParser:
    parser = command_line.table_parser(experiments.real_pianos)
    parser.add_argument("folder", type=Path, help="the folder that holds the real pianos' folders of MAPS")
    parser.add_argument(
        "--soundfont", type=Path, action="append", default=[], help="renders the same notes; may be repeated"
    )
    parser.add_argument("--aligned", type=Path, help="recordings with MIDI files and truth.json")
    parser.add_argument("--maps", type=Path, help="the folder of MAPS' virtual pianos: the one of leave_piano is used")
    parser.add_argument(
        "--conditions",
        nargs="+",
        choices=list(CONDITIONS),
        default=list(CONDITIONS),
        metavar="NAME",
        help=f"default: all of {', '.join(CONDITIONS)}",
    )
    transcribers.add_model_option(parser)
    return parser


if __name__ == "__main__":
    command_line.call(main)
