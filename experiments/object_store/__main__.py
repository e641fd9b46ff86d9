"""The command line: see :mod:`experiments.object_store`."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import experiments.object_store
from experiments import command_line
from experiments.object_store import chain, clients, long_recording
from experiments.object_store.fault_proxy import fault_proxy
from experiments.object_store.server import BUCKET, environment, s3_server
from experiments.tables import markdown_table

PLACES = ("folder", "S3", "S3 with faults")
PARTS = ("chain", "clients", "long")
ROUNDS = 3
DISTANCE_S = 0.02


def main() -> None:
    """Measure the parts that are asked for, and write their tables."""
    parser = command_line.module_parser(experiments.object_store)
    parser.add_argument("--out", type=Path, required=True, help="folder for all that is made, and the table")
    parser.add_argument("--markdown", type=Path, help="file for the table; default: object_store.md in --out")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=["chain"])
    parser.add_argument("--works", type=int, default=6, help="works of the demo corpus in the chain, at most 21")
    parser.add_argument("--s3fs-python", type=Path, help="a Python with s3fs, for clients")
    parser.set_defaults(file_name="object_store.md")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    tables = {
        "chain": lambda: chain_table(chain.run_chains(arguments.out.resolve(), PLACES, arguments.works)),
        "clients": lambda: clients_tables(arguments.s3fs_python),
        "long": lambda: long_table(long_recording.prepare(arguments.out.resolve())),
    }
    command_line.publish("\n\n".join(tables[part]() for part in arguments.parts) + "\n", arguments)


def chain_table(chains: list[chain.Chain]) -> str:
    """Seconds, requests and differences of every run."""
    heads = ["store", *chain.COMMANDS, "transcribe", "requests", "failed", "objects", "differing"]
    rows = []
    for each in chains:
        seconds = [f"{each.seconds[name]:.1f} s" for name in [*chain.COMMANDS, "transcribe"]]
        n = sum(count for method, count in each.requests.items() if method != "faults")
        differing = chain.differences(each, chains[0])
        shown = ", ".join(differing[:3]) if differing else "none"
        requests = [f"{n:,}", str(each.requests["faults"])] if each.requests else ["–", "–"]
        rows.append([each.where, *seconds, *requests, f"{len(each.objects):,}", shown])
    return markdown_table(heads, rows)


def clients_tables(s3fs_python: Path | None) -> str:
    """Median milliseconds of every step, by library, near and far."""
    with s3_server() as endpoint, fault_proxy(endpoint) as proxy:
        near = _clients(endpoint, s3fs_python)
        proxy.delay_s = DISTANCE_S
        far = _clients(proxy.endpoint, s3fs_python)
    heads = ["step", *near, *(f"{name}, {1000 * DISTANCE_S:.0f} ms away" for name in far)]
    steps = next(iter(near.values()))
    rows = [[step, *(f"{1000 * found[step]:.0f} ms" for found in [*near.values(), *far.values()])] for step in steps]
    return markdown_table(heads, rows)


def _clients(endpoint: str, s3fs_python: Path | None) -> dict[str, dict[str, float]]:
    pythons = {"obstore": Path(sys.executable)} | ({"s3fs": s3fs_python} if s3fs_python else {})
    rounds = [{name: _seconds(name, python, endpoint) for name, python in pythons.items()} for _ in range(ROUNDS)]
    return {name: _medians(each[name] for each in rounds) for name in pythons}


def _seconds(name: str, python: Path, endpoint: str) -> dict[str, float]:
    command = [str(python), str(Path(clients.__file__)), name, f"s3://{BUCKET}/clients"]
    variables = {**os.environ, **environment(endpoint)}
    done = subprocess.run(command, env=variables, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _medians(rounds: Iterable[dict[str, float]]) -> dict[str, float]:
    every = list(rounds)
    return {step: statistics.median(each[step] for each in every) for step in every[0]}


def long_table(found: long_recording.LongRecording) -> str:
    """Seconds, memory and the largest objects."""
    heads = ["prepared in", "largest process", "objects", *(f"largest of {stage}" for stage in found.largest)]
    sizes = [f"{size / 2**20:.1f} MiB" for size in found.largest.values()]
    row = [f"{found.seconds:.0f} s", f"{found.largest_process / 2**20:.0f} MiB", f"{found.objects:,}", *sizes]
    return markdown_table(heads, [row])


if __name__ == "__main__":
    command_line.call(main)
