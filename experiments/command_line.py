"""What the command lines of the experiments share: options of a table of kept results, an interrupt, an error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from mir_models.errors import MirlitonError


def call(main: Callable[[], None], *errors: type[Exception]) -> None:
    """Run a command; an error a user can act on, or one of `errors`, is one sentence and exit code 1."""
    try:
        main()
    except Exception as error:
        if not isinstance(error, (MirlitonError, OSError, *errors)):
            raise
        sys.exit(f"error: {error}")


def module_parser(module: ModuleType) -> argparse.ArgumentParser:
    """A command line ``python -m MODULE`` without options, described by the module's docstring."""
    return argparse.ArgumentParser(
        prog=f"python -m {module.__name__}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def table_parser(module: ModuleType) -> argparse.ArgumentParser:
    """The command line of an experiment whose table, named as its module, is made of kept results."""
    parser = module_parser(module)
    add_table_options(parser, f"{module.__name__.rpartition('.')[2]}.md")
    return parser


def add_table_options(parser: argparse.ArgumentParser, file_name: str) -> None:
    """Add the options of a table that is made of kept results; `file_name` is its default below ``--out``."""
    parser.add_argument("--out", type=Path, required=True, help="folder for all that is made: features, results, table")
    parser.add_argument("--markdown", type=Path, help=f"file for the table; default: {file_name} in --out")
    parser.add_argument("--report-only", action="store_true", help="run nothing: the table of the results that exist")
    parser.set_defaults(file_name=file_name)


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends the trial that is running and keeps those that are finished, of which the table is then made."""
    try:
        yield
    except KeyboardInterrupt:
        print("Interrupted: the same command begins again with what was running.")


def publish(text: str, arguments: argparse.Namespace) -> None:
    """Print a table, and write it where the arguments of `add_table_options` name its file."""
    print(text)
    path = arguments.markdown or arguments.out / arguments.file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
