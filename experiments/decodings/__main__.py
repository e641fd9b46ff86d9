"""The command line: see :mod:`experiments.decodings`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import experiments.decodings
from experiments import command_line, transcribers
from experiments.decodings import experiment, recordings
from experiments.decodings.table import page

CORPORA = {
    "maps": recordings.of_maps,
    "real": recordings.of_real_pianos,
    "aligned": recordings.of_aligned,
}
"""What reads a folder, by the option that names it."""


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables and write them."""
    parser = command_line.module_parser(experiments.decodings)
    transcribers.add_model_option(parser)
    for name in CORPORA:
        parser.add_argument(f"--{name}", type=Path, help="folder of recordings")
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables")
    parser.add_argument("--markdown", type=Path, help="file for the tables; default: decodings.md in --out")
    parser.set_defaults(file_name="decodings.md")
    options = parser.parse_args(words)
    found = [each for name, read in CORPORA.items() if (folder := getattr(options, name)) for each in read(folder)]
    if not found:
        parser.error("name a folder of recordings that holds some")
    model = transcribers.load(options.model)
    command_line.publish(f"{transcribers.described(model)}\n\n{page(experiment.run(found, model))}", options)


if __name__ == "__main__":
    command_line.call(main)
