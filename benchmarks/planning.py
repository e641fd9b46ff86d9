"""Estimates of ``mirliton plan`` against a backfill: ``python -m benchmarks.planning LOADER ROOT [option=value…]``.

Registers the corpus in a new home, runs ``mirliton plan`` and directly after it ``mirliton backfill``, and prints both
with their factors as a table: seconds and bytes of every asset, with the workers' start in the seconds of the assets
in which it happens, seconds in all, and the largest sum of the processes' resident memory. Words such as
``--split=album`` are handed to ``mirliton add``. ``tiny=N`` instead of LOADER and ROOT writes and takes N recordings
of 2 s.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.growth import PER_FOLDER, write_track
from benchmarks.preparation import MIRLITON, run_and_measure
from experiments import command_line

PLAN = "from benchmarks.planning import print_plan; print_plan()"
"""Run in a process of its own, so that its time includes the start."""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as temporary:
        loader, root, *options = corpus(sys.argv[1:], Path(temporary) / "corpus")
        home = Path(temporary) / "home"
        os.environ.update(MIRLITON_HOME=str(home), DAGSTER_HOME=str(home / "dagster"))
        given = [
            word for each in options for word in (each.split("=", 1) if each.startswith("--") else ("--option", each))
        ]
        add = [*MIRLITON, "add", "measured", "--loader", loader, "--root", root, *given]
        subprocess.run(add, check=True, stdout=subprocess.DEVNULL)
        planned, took = run_plan()
        seconds, peak = run_and_measure([*MIRLITON, "backfill", "measured"], dict(os.environ))
        print(f"\n{loader}: {planned['sampled']} of {planned['listed']} tracks sampled; the plan took {took:.0f} s.\n")
        print("| | planned | measured | planned / measured |\n|---|---|---|---|")
        for row in rows(planned, steps(), home / "store" / "datasets" / "measured", seconds, peak):
            print("| {} | {:.1f} | {:.1f} | {:.2f} |".format(*row))


def corpus(arguments: list[str], folder: Path) -> list[str]:
    """Loader, root and options of the arguments; ``tiny=N`` writes N recordings first."""
    if not arguments[0].startswith("tiny="):
        return arguments
    for each in range(int(arguments[0].removeprefix("tiny="))):
        write_track(folder / f"{each // PER_FOLDER:03d}" / f"{each:05d}", each)
    return ["folder", str(folder), "labels_exact=true"]


def print_plan() -> None:
    """Print the plan of the registered dataset as a line of JSON."""
    from pipelines.cli.backfill import default_presets
    from pipelines.estimate.plan import plan
    from storage.corpora.catalogue import open_catalogue

    found = plan(open_catalogue().get("measured"), default_presets("measured"))
    print(json.dumps({**dataclasses.asdict(found), "seconds": found.seconds}))


def run_plan() -> tuple[dict[str, Any], float]:
    """The plan, computed in a process of its own, and the wall seconds of that."""
    began = time.monotonic()
    output = subprocess.run([sys.executable, "-c", PLAN], check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1]), time.monotonic() - began


def steps() -> dict[str, float]:
    """Wall seconds of every asset in the one run of the home."""
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        found = instance.get_run_step_stats(run.run_id)
    return {each.step_key.replace("__", "/"): (each.end_time or 0.0) - (each.start_time or 0.0) for each in found}


def rows(
    planned: dict[str, Any], measured: dict[str, float], store: Path, seconds: float, peak: int
) -> list[tuple[str, float, float, float]]:
    """Quantity, planned and measured value, and their ratio."""
    found = [
        (f"{each['asset']}, s", each["seconds"] + each["start"], measured[each["asset"]]) for each in planned["assets"]
    ]
    found.append(("in all, s", planned["seconds"], seconds))
    sizes = {each["asset"]: stored(store, each["asset"]) for each in planned["assets"]}
    found += [
        (f"{each['asset']}, MiB", each["size"]["bytes"] / 2**20, sizes[each["asset"]]) for each in planned["assets"]
    ]
    found.append(("in all, MiB", sum(each["size"]["bytes"] for each in planned["assets"]) / 2**20, sum(sizes.values())))
    found.append(("peak memory, MiB", max(each["peak"] for each in planned["assets"]) / 2**20, float(peak)))
    return [(*each, each[1] / each[2]) for each in found]


def stored(store: Path, asset: str) -> float:
    """MiB of an asset, with its table of records."""
    paths = [store / f"{asset}.records.json", *(store / asset).rglob("*")]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 2**20


if __name__ == "__main__":
    command_line.call(main)
