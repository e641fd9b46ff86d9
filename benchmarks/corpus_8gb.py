"""A corpus of 8 GB through the graph, and an epoch of the seed network: ``python -m benchmarks.corpus_8gb FOLDER``.

Piano music is rendered below FOLDER: ``--midi``, a folder of MIDI files (by default the works of the demo corpus), by
``--soundfonts``. ``mirliton backfill`` prepares it up to features and shards of several presets, and ``mirliton train``
fits ``lstm_fast`` for an epoch. The first table has, of every stage, seconds, bytes and the largest memory of all
processes together, counted in three ways (see `benchmarks.memory`); the second, of each kind of stage of the backfill,
seconds and memory by hours of music.

The disk that is needed is checked first, and all that was made is deleted at the end, unless ``--keep``. An interrupted
run goes on by the same command: recordings, tracks and stages that are finished are not made again.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from benchmarks import _corpus_stages, history
from benchmarks._corpus_stages import Point, Stage
from benchmarks.history import Figure
from benchmarks.memory import Measured, Memory, largest, measure
from benchmarks.music_corpus import MusicCorpus, choose_pieces, render_command
from benchmarks.preparation import MIRLITON, Size, dataset_size
from experiments import command_line
from mir_models.errors import MirlitonError
from storage.objects.atomic import write_atomic

DATASET = "corpus_8gb"
PRESETS = ("cqt", "cqt_36", "cqt_84")
HOURS = 21.0
GOAL_BYTES = 8 * 10**9
"""Of features and shards."""
GOAL_MEMORY = 3.0
"""GB, of all processes together."""
BYTES_PER_HOUR = 7 * 10**8
"""Disk that an hour of music needs: recordings, features and shards of `PRESETS` as measured, and a quarter more."""
GB = 10**9


@dataclass(frozen=True)
class Attempt:
    """A command that was run, by the name of what it makes."""

    name: str
    measured: Measured


class Attempts:
    """Commands that were run, kept in a file after each, so that those that ended well are not run again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        content = self.path.read_bytes() if self.path.is_file() else b"[]"
        self.found = msgspec.json.decode(content, type=list[Attempt])

    def of(self, name: str) -> list[Measured]:
        """All attempts at `name`, in order of time."""
        return [each.measured for each in self.found if each.name == name]

    def run(self, name: str, command: Sequence[str], environment: dict[str, str]) -> None:
        """Run a command, unless it ended well before.

        Raises
        ------
        MirlitonError
            When it ends with an exit code.
        """
        if any(each.code == 0 for each in self.of(name)):
            return
        print(f"\n{name}: {' '.join(command)}", flush=True)
        measured = measure(command, environment)
        self.found.append(Attempt(name, measured))
        write_atomic(self.path, msgspec.json.encode(self.found))
        if measured.code:
            received, remedy = f"exit code {measured.code} of {name}", "read its output above, then run this again"
            raise MirlitonError("a command that ends well", received=received, remedy=remedy)

    def row(self, name: str, n_bytes: int) -> Stage:
        """What a command took in all its attempts."""
        found = self.of(name)
        peak = largest(sample for each in found for sample in each.samples)
        return Stage(name, sum(each.seconds for each in found), n_bytes, peak)


def main() -> None:
    """Make the corpus, prepare it, train, and print the tables."""
    arguments = _arguments()
    folder = arguments.folder.absolute()
    check_disk(folder, arguments.hours)
    home = folder / "home"
    corpus = choose_pieces(folder / "corpus", arguments.midi, arguments.hours, arguments.soundfonts)
    attempts = run_all(folder, home, corpus, arguments)
    os.environ.update(MIRLITON_HOME=str(home), DAGSTER_HOME=str(home / "dagster"))
    made = _corpus_stages.stages(home, DATASET, attempts.of("backfill"))
    commands = [
        attempts.row("recordings", size(folder / "corpus")),
        attempts.row("backfill", size(home / "store" / "datasets")),
        attempts.row("epoch", size(home / "store" / "models")),
    ]
    curves = _corpus_stages.curves(home, DATASET, attempts.of("backfill"))
    print(f"\n{stage_table([commands[0], *made, *commands[1:]])}\n\n{curve_table(curves)}\n")
    keep_figures(commands, made, curves, dataset_size(home, DATASET))
    if not arguments.keep:
        give_back(folder)


def run_all(folder: Path, home: Path, corpus: MusicCorpus, arguments: argparse.Namespace) -> Attempts:
    """Run what did not end well yet: recordings, registration, backfill, epoch."""
    environment = {**os.environ, "MIRLITON_HOME": str(home)}
    attempts = Attempts(home / f"attempts-{arguments.hours:g}.json")
    attempts.run("recordings", render_command(corpus, arguments.processes), environment)
    loader = ["--loader", "renderings", "--root", str(corpus.root), "--split", "work", *corpus.words]
    attempts.run("registration", [*MIRLITON, "add", DATASET, *loader], environment)
    presets = [word for preset in arguments.presets for word in ("--feature", preset)]
    attempts.run("backfill", [*MIRLITON, "backfill", DATASET, *presets], environment)
    network = ["piano_transcription", "--model", "lstm_fast", "--dataset", DATASET]
    attempts.run("epoch", [*MIRLITON, "train", *network, "--set", "training.epochs=1"], environment)
    return attempts


def check_disk(folder: Path, hours: float) -> None:
    """Raise where the disk of `folder` has less room than the corpus still needs.

    Raises
    ------
    MirlitonError
    """
    folder.mkdir(parents=True, exist_ok=True)
    needed, free = hours * BYTES_PER_HOUR - size(folder), shutil.disk_usage(folder).free
    if free < needed:
        received = f"{free / GB:.1f} GB free at {folder}"
        remedy = "give a folder on another disk, or fewer --hours"
        raise MirlitonError(f"{needed / GB:.1f} GB for {hours:g} h of music", received=received, remedy=remedy)


def stage_table(stages: Sequence[Stage]) -> str:
    """Seconds, bytes and peaks of memory by stage."""
    head = "| stage | s | GB | peak GB, resident | proportional | anonymous |\n|---|---|---|---|---|---|"
    rows = [f"| {each.name} | {each.seconds:.0f} | {each.n_bytes / GB:.2f} | {_memory(each.peak)} |" for each in stages]
    return "\n".join([head, *rows])


def curve_table(curves: Mapping[str, Sequence[Point]]) -> str:
    """Seconds and peaks of memory by hours of music, of each kind of stage."""
    head = "| stage | hours | s | peak GB, resident | proportional | anonymous |\n|---|---|---|---|---|---|"
    points = [(name, point) for name, found in curves.items() for point in found]
    rows = [f"| {name} | {each.hours:.1f} | {each.seconds:.0f} | {_memory(each.peak)} |" for name, each in points]
    return "\n".join([head, *rows])


def keep_figures(
    commands: Sequence[Stage], made: Sequence[Stage], curves: Mapping[str, Sequence[Point]], stored: Size
) -> None:
    """Append to the history; what is smaller than the goal is no figure of it."""
    n_bytes = sum(each.n_bytes for each in made if each.name.startswith(("features/", "shards/")))
    print(f"features and shards: {n_bytes / GB:.2f} GB")
    if n_bytes < GOAL_BYTES:
        print(f"Nothing is appended to the history: that is less than {GOAL_BYTES / GB:g} GB; give more --hours.")
        return
    details = {"stages": msgspec.to_builtins([*commands, *made]), "curves": msgspec.to_builtins(curves)}
    counts = {**asdict(stored), "cores": os.cpu_count()}
    history.append(Figure(f"{DATASET}/features and shards", n_bytes / GB, "GB", goal="≥ 8", details=details))
    for each in commands:
        history.append(Figure(f"{DATASET}/{each.name}", each.seconds, "s", details=counts))
        goal = "" if each.name == "recordings" else f"≤ {GOAL_MEMORY:g}"
        memory = {kind: value / GB for kind, value in msgspec.to_builtins(each.peak).items()}
        proportional = each.peak.proportional / GB
        history.append(Figure(f"{DATASET}/{each.name}, memory", proportional, "GB", goal=goal, details=memory))


def give_back(folder: Path) -> None:
    """Delete all that was made in the folder."""
    n_bytes = size(folder)
    for name in ("home", "corpus"):
        shutil.rmtree(folder / name, ignore_errors=True)
    print(f"given back: {(n_bytes - size(folder)) / GB:.1f} GB")


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _memory(peak: Memory) -> str:
    return " | ".join(f"{value / GB:.2f}" for value in (peak.resident, peak.proportional, peak.anonymous))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.corpus_8gb",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="where all is made; what is there of an earlier run is used")
    parser.add_argument("--midi", type=Path, help="folder of MIDI files; default: the works of the demo corpus")
    parser.add_argument("--soundfonts", default="", help=".sf2 files, with commas; default: that of pretty_midi")
    parser.add_argument("--hours", type=float, default=HOURS, help=f"of music; default: {HOURS:g}")
    parser.add_argument("--presets", default=",".join(PRESETS), help=f"with commas; default: {','.join(PRESETS)}")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="that render; default: one per core")
    parser.add_argument("--keep", action="store_true", help="delete nothing at the end")
    arguments = parser.parse_args()
    arguments.soundfonts = tuple(str(Path(each).absolute()) for each in arguments.soundfonts.split(",") if each)
    arguments.presets = [each for each in arguments.presets.split(",") if each]
    return arguments


if __name__ == "__main__":
    command_line.call(main)
