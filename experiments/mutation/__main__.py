"""The command line: see :mod:`experiments.mutation`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import experiments.mutation
from experiments.mutation.plan import TESTS
from experiments.mutation.results import Kept, Result, table
from experiments.mutation.runner import Runner
from experiments.mutation.tree import copied
from experiments.mutation.trial import Trial, Unfit


def main(words: list[str] | None = None) -> None:
    """Run, then print the table and write it to `--out`."""
    arguments = _arguments(words)
    chosen = {module: tuple(arguments.tests or TESTS[module]) for module in arguments.module}
    out = arguments.out and arguments.out.absolute()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    kept = Kept(out and out.with_suffix(".json"))
    results, notes = dict[str, list[Result]](), []
    with copied() as tree:
        runner = Runner(tree)
        for module, tests in chosen.items():
            try:
                results[module] = Trial(module, tests, runner, kept).run(arguments.n, arguments.seed, _print)
            except Unfit as reason:
                notes.append(f"Not measured: `{module}`: {str(reason).splitlines()[0]}.")
                print(f"{module}: {reason}", file=sys.stderr, flush=True)
    page = table(results, notes)
    print(page)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page, encoding="utf-8")
    sys.exit(bool(notes))


def _print(result: Result) -> None:
    words = (f"{result.module}:{result.line}", result.operator, result.outcome, f"{result.seconds:.1f} s")
    print(*words, result.failed, file=sys.stderr, flush=True)


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m {experiments.mutation.__name__}",
        description=experiments.mutation.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--module", nargs="+", choices=TESTS, default=list(TESTS), metavar="PATH", help="default: all")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="these instead of the modules' own")
    parser.add_argument("--n", type=int, default=30, help="mutants per module; default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of the samples; default: %(default)s")
    parser.add_argument("--out", type=Path, help="file for the table; a JSON beside it lets an interrupted run go on")
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
