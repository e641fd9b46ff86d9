"""The command line: see :mod:`experiments.cluster`."""

from __future__ import annotations

from pathlib import Path

import experiments.cluster
from experiments import command_line
from experiments.cluster.runs import RUNS, Run, differences, run_all
from experiments.tables import markdown_table
from storage.datasets.demo import generate


def main() -> None:
    """Make the runs that are asked for, and write their table."""
    parser = command_line.module_parser(experiments.cluster)
    parser.add_argument("--out", type=Path, required=True, help="folder for all that is made, and the table")
    parser.add_argument("--markdown", type=Path, help="file for the table; default: cluster.md in --out")
    parser.add_argument("--runs", nargs="+", choices=list(RUNS), default=list(RUNS), metavar="RUN")
    parser.set_defaults(file_name="cluster.md")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    generate(out / "corpus")
    command_line.publish(table(list(run_all(out, out / "corpus", arguments.runs))) + "\n", arguments)


def table(runs: list[Run]) -> str:
    """Seconds, objects, and those that differ from the first run's."""
    rows = []
    for run in runs:
        differing = differences(run, runs[0])
        size = sum(map(len, run.objects.values())) / 2**20
        shown = f"{len(differing)}, such as {differing[0]}" if differing else "none"
        rows.append([run.name, f"{run.seconds:.0f} s", f"{len(run.objects):,}", f"{size:.1f} MiB", shown])
    return markdown_table(["run", "seconds", "objects", "size", "differing objects"], rows)


if __name__ == "__main__":
    command_line.call(main)
