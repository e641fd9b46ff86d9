"""The command line: see :mod:`experiments.odd_files`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import experiments.odd_files
from experiments import command_line
from experiments.odd_files.case import Case, run
from experiments.odd_files.cases import all_cases
from experiments.odd_files.checkout import Checkout, checkout
from experiments.odd_files.table import Row, cell, page
from mir_models.errors import MirlitonError

ROOT = Path(__file__).resolve().parents[2]


def main(words: Sequence[str] | None = None) -> None:
    """Try the cases, then write the table."""
    arguments = _parser().parse_args(words)
    cases = [each for each in all_cases() if arguments.only in f"{each.kind}: {each.input}"]
    roots = {"before": arguments.before, "after": arguments.code}
    for root in filter(None, roots.values()):
        if not (root / "storage" / "media").is_dir():
            remedy = "give the root of one, such as git worktree add makes"
            raise MirlitonError("a checkout of mirliton", received=root, remedy=remedy)
    if not cases:
        raise MirlitonError("--only with a text of some cases", received=repr(arguments.only), remedy="leave it out")
    with ExitStack() as stack:
        codes = {name: stack.enter_context(checkout(root)) for name, root in roots.items() if root is not None}
        rows = try_all(cases, codes)
    command_line.publish(page(rows, f"{len(rows)} inputs."), arguments)


def try_all(cases: Sequence[Case], codes: dict[str, Checkout]) -> list[Row]:
    """The outcomes of all cases on all checkouts, each printed as it comes."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="odd-files-") as scratch:
        for case in cases:
            outcomes = {name: run(case, code, Path(scratch) / "case") for name, code in codes.items()}
            rows.append((case, outcomes))
            print(
                f"{case.kind}: {case.input}",
                *(f"  {name} {cell(outcomes[name])}" for name in codes),
                sep="\n",
                file=sys.stderr,
            )
    return rows


def _parser() -> argparse.ArgumentParser:
    made = command_line.module_parser(experiments.odd_files)
    made.add_argument("--out", type=Path, required=True, help="folder for the table")
    made.add_argument("--markdown", type=Path, help="file for the table; default: odd_files.md in --out")
    made.add_argument("--code", type=Path, default=ROOT, help="the checkout; default: this one")
    made.add_argument("--before", type=Path, help="an earlier checkout, for a column beside it")
    made.add_argument("--only", default="", help="only cases with this text in their kind or input")
    made.set_defaults(file_name="odd_files.md")
    return made


if __name__ == "__main__":
    command_line.call(main)
