"""The command line: see :mod:`experiments.peers`."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

import experiments.peers
from experiments import command_line
from experiments.peers import agreement, runs
from experiments.peers.figure import f1_by_tolerance
from experiments.peers.recordings import OPTIONS, Excerpts, excerpts
from experiments.peers.scores import Scores, evaluate, notes_of
from experiments.peers.systems import OURS, PEERS, System, ours
from experiments.peers.table import Row, page
from mir_models.notes.annotations import Notes
from storage.datasets.maps import SPLITS
from storage.media.png import png


def main(words: Sequence[str] | None = None) -> None:
    """Make the missing transcriptions, then write table and figure."""
    arguments = _parser().parse_args(words)
    systems = [each for each in (ours(arguments.command), *PEERS) if each.name in arguments.systems]
    music = excerpts(arguments.folder, arguments.out, seconds=arguments.seconds, split=arguments.split)
    with command_line.interruptible():
        for system in [] if arguments.report_only else systems:
            if system.name in arguments.fresh:
                runs.remove(system, music)
            environments = arguments.out / "environments"
            runs.run(system, music, environments=environments, pip=shlex.split(arguments.pip))
    rows = [(system, scores_of(system, music)) for system in systems]
    about = describe(music, arguments.split)
    command_line.publish(page(rows, about, agreement.table(music.recordings, notes_of_systems(rows, music))), arguments)
    (arguments.out / "tolerances.png").write_bytes(png(f1_by_tolerance(rows)))


def scores_of(system: System, music: Excerpts) -> Scores | str:
    """The scores of a system, or why it has none: scores on some of the recordings could not be compared."""
    transcriptions, n = runs.load(system, music), len(music.recordings)
    if len(transcriptions) == n:
        return evaluate(system, music.recordings, transcriptions)
    so_far = f"{len(transcriptions)} of {n} recordings transcribed" if transcriptions else "not run"
    return runs.why_failed(system, music) or so_far


def notes_of_systems(rows: Sequence[Row], music: Excerpts) -> dict[str, dict[str, Notes]]:
    """The notes of the systems that have scores, by system and track."""
    return {
        system.name: {each.track: notes_of(found[each.track], each) for each in music.recordings}
        for system, found in ((system, runs.load(system, music)) for system, of in rows if not isinstance(of, str))
    }


def describe(music: Excerpts, split: str) -> str:
    """The recordings and the conventions of the scores, as one paragraph."""
    pianos = ", ".join(sorted({each.track.split("/")[0] for each in music.recordings}))
    seconds = sum(each.seconds for each in music.recordings)
    n_notes = sum(len(each.notes) for each in music.recordings)
    return (
        f"MAPS, {split}: {len(music.recordings)} recordings of {pianos}, {seconds / 60:.1f} minutes, "
        f"{n_notes:,} notes. Means over recordings with 95 % bootstrap intervals; note onsets within 50 ms; offsets "
        "within 20 % of the duration or 50 ms, pedal applied; velocities within 0.1 after the best line; frames of "
        "23.2 ms; × real time of one core."
    )


def _parser() -> argparse.ArgumentParser:
    names = [OURS, *(each.name for each in PEERS)]
    made = command_line.table_parser(experiments.peers)
    made.add_argument("folder", type=Path, help="the folder that holds the pianos' folders of MAPS")
    of_split = "its test recordings are transcribed; configuration_2: the recorded pianos; default: %(default)s"
    made.add_argument("--split", choices=SPLITS, default=OPTIONS.split, help=of_split)
    made.add_argument("--seconds", type=float, help="only so much of each recording; default: the whole")
    made.add_argument("--systems", nargs="+", choices=names, default=names, help="default: all")
    made.add_argument("--command", default="", help="in place of 'mirliton transcribe', e.g. with --model NAME")
    made.add_argument("--pip", default="", help="words for pip install, e.g. the index of PyTorch without CUDA")
    made.add_argument("--fresh", nargs="+", choices=names, default=[], help="remove the results of these first")
    return made


if __name__ == "__main__":
    command_line.call(main)
