"""What larger corpora would take, from what was measured: ``python -m benchmarks.larger_corpora``.

Long recordings are scaled by hours from the latest ``corpus_8gb`` of the history, clips of 30 s by their number from
the latest ``preparation/table``, and what all tracks share by the number of tracks from the largest ``many_tracks``.
Core-hours are wall time times cores. All of it is taken to grow in proportion, and more cores to be used as well as
these were. Prices are assumptions, given by options.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import history
from benchmarks.history import Entry
from experiments import command_line
from mir_models.errors import MirlitonError

GB = 10**9


@dataclass(frozen=True)
class Corpus:
    """A corpus by number of tracks and hours; of clips of 30 s where `clips`."""

    name: str
    n_tracks: int
    hours: float
    clips: bool


CORPORA = (
    Corpus("MAESTRO", 1_276, 199.0, clips=False),
    Corpus("FMA-large, clips of 30 s", 106_574, 888.0, clips=True),
    Corpus("10⁶ clips of 30 s", 10**6, 8_333.0, clips=True),
    Corpus("10⁶ recordings of 4 min", 10**6, 66_667.0, clips=False),
)


@dataclass(frozen=True)
class Prices:
    """Dollars for an hour of one core, a GB stored for a month, and a million objects written."""

    core_hour: float = 0.04
    gb_month: float = 0.023
    million_writes: float = 5.0


@dataclass(frozen=True)
class Cost:
    """What a preparation takes for one unit, an hour of music or a clip: core-seconds, bytes and files."""

    core_seconds: float
    n_bytes: float
    n_files: float

    def __mul__(self, n: float) -> Cost:
        return Cost(self.core_seconds * n, self.n_bytes * n, self.n_files * n)


@dataclass(frozen=True)
class PerTrack:
    """What all tracks of a dataset share, by track: seconds to list and to read the table, bytes of memory of
    table and landmarks (of 30 s), seconds to compare one more recording with all."""

    listing: float
    reading: float
    table_memory: float
    landmarks_memory: float
    comparing: float


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.larger_corpora", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--history", type=Path, help="file of the history; default: that of benchmarks.history")
    for name, default in vars(Prices()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=default, help=f"$; default: {default}")
    arguments = parser.parse_args()
    found = history.latest(history.entries(arguments.history))
    prices = Prices(arguments.core_hour, arguments.gb_month, arguments.million_writes)
    print(
        cost_table(CORPORA, by_hour(found), by_clip(found), epoch_by_hour(found), prices),
        table_of_shared(CORPORA, per_track(found)),
        sep="\n\n",
    )


def by_hour(found: Sequence[Entry]) -> Cost:
    """Cost of an hour of music, from the 8 GB corpus."""
    details = _details(found, "corpus_8gb/backfill")
    return _cost(details) * (1 / details["hours"])


def by_clip(found: Sequence[Entry]) -> Cost:
    """Cost of a clip, from the preparation of a table of clips."""
    details = _details(found, "preparation/table")
    return _cost(details) * (1 / details["n_tracks"])


def epoch_by_hour(found: Sequence[Entry]) -> float:
    """Seconds of an epoch of the seed network by hour of music, from the 8 GB corpus."""
    details = _details(found, "corpus_8gb/epoch")
    return details["seconds"] / details["hours"]


def per_track(found: Sequence[Entry]) -> PerTrack:
    """What is shared, from the largest number of tracks."""
    rows = [each.figure.details for each in found if each.figure.name.startswith("many_tracks/")]
    if not rows:
        raise _missing("many_tracks")
    row = max(rows, key=lambda row: row["n"])
    megabytes = 2**20 / row["n"]
    return PerTrack(
        row["listing"] / row["n"],
        row["reading"] / row["n"],
        row["table_memory"] * megabytes,
        row["landmarks_memory"] * megabytes,
        row["one_more"] / row["n"],
    )


def cost_table(corpora: Sequence[Corpus], hour: Cost, clip: Cost, epoch: float, prices: Prices) -> str:
    """Core-hours, wall time, an epoch of the seed network, GB, files and dollars of every corpus."""
    head = (
        "| corpus | tracks | hours | core-hours | on 2 cores | on 64 cores | epoch, 2 cores | GB | files, 10⁶ "
        f"| $ computing | $ a month | $ writing |\n{'|---' * 12}|"
    )
    return "\n".join([head, *(_cost_row(each, hour, clip, epoch, prices) for each in corpora)])


def _cost_row(corpus: Corpus, hour: Cost, clip: Cost, epoch: float, prices: Prices) -> str:
    cost = clip * corpus.n_tracks if corpus.clips else hour * corpus.hours
    core_hours, gigabytes, millions = cost.core_seconds / 3600, cost.n_bytes / GB, cost.n_files / 1e6
    training = "" if corpus.clips else f"{epoch * corpus.hours / 3600:,.1f} h"
    money = (prices.core_hour * core_hours, prices.gb_month * gigabytes, prices.million_writes * millions)
    return (
        f"| {corpus.name} | {corpus.n_tracks:,} | {corpus.hours:,.0f} | {core_hours:,.1f} | {core_hours / 2:,.1f} h "
        f"| {core_hours / 64:,.1f} h | {training} | {gigabytes:,.0f} | {millions:,.1f} "
        f"| {' | '.join(f'{each:,.2f}' for each in money)} |"
    )


def table_of_shared(corpora: Sequence[Corpus], track: PerTrack) -> str:
    """Seconds and memory of what all tracks of a dataset share; landmarks grow with the hours."""
    head = (
        "| corpus | list a stage, s | read a table of records, s | its memory, GB | landmarks in memory, GB "
        f"| compare one more track, s |\n{'|---' * 6}|"
    )
    rows = []
    for each in corpora:
        clips = each.hours * 120
        rows.append(
            f"| {each.name} | {track.listing * each.n_tracks:,.1f} | {track.reading * each.n_tracks:,.1f} "
            f"| {track.table_memory * each.n_tracks / GB:,.1f} | {track.landmarks_memory * clips / GB:,.1f} "
            f"| {track.comparing * clips:,.1f} |"
        )
    return "\n".join([head, *rows])


def _cost(details: dict[str, float]) -> Cost:
    return Cost(details["seconds"] * details["cores"], details["n_bytes"], details["n_files"])


def _details(found: Sequence[Entry], name: str) -> dict[str, float]:
    figures = [each.figure for each in found if each.figure.name == name]
    if not figures:
        raise _missing(name)
    return {**figures[-1].details, "seconds": figures[-1].value}


def _missing(name: str) -> MirlitonError:
    remedy = f"measure it first: python -m benchmarks.{name.partition('/')[0]}"
    return MirlitonError(f"the figure {name} in the history", received="none", remedy=remedy)


if __name__ == "__main__":
    command_line.call(main)
