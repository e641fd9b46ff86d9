"""What the command lines of the benchmarks share: options of a table of kept results, an interrupt, an error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from mir_models.errors import MirlitonError


def call(main: Callable[[], None], *also: type[Exception]) -> None:
    """Run a command; an error a user can act on, or one of `also`, is one sentence and exit code 1."""
    try:
        main()
    except (MirlitonError, OSError, *also) as error:
        sys.exit(f"error: {error}")


def described(benchmark: ModuleType) -> argparse.ArgumentParser:
    """A command line without options, described by what the benchmark says of itself."""
    return argparse.ArgumentParser(
        prog=f"python -m {benchmark.__name__}",
        description=benchmark.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def of_table(benchmark: ModuleType) -> argparse.ArgumentParser:
    """The command line of a table that is made of kept results."""
    parser = described(benchmark)
    parser.add_argument("--out", type=Path, required=True, help="folder for all that is made: features, results, table")
    table = f"{_name(benchmark)} in --out"
    parser.add_argument("--markdown", type=Path, help=f"file for the table; default: {table}")
    parser.add_argument("--report-only", action="store_true", help="run nothing: the table of what is there")
    return parser


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends what is running and leaves what is finished, of which the table is then made."""
    try:
        yield
    except KeyboardInterrupt:
        print("Interrupted: the same command begins again with what was running.")


def publish(written: str, benchmark: ModuleType, arguments: argparse.Namespace) -> None:
    """Print the table, and write it where the arguments of `of_table` say."""
    print(written)
    path = arguments.markdown or arguments.out / _name(benchmark)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(written, encoding="utf-8")


def _name(benchmark: ModuleType) -> str:
    """The file of the table."""
    return f"{benchmark.__name__.rpartition('.')[2]}.md"
