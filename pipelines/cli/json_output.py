"""``--json``: standard output has one document of the command, and nothing else.

A command calls `emit` with its document, of one of the types in :mod:`pipelines.cli.documents`; what it prints for
people is left out then, and what libraries print goes to standard error, where errors are and, in a terminal,
progress. A command that ends in an error before its document is known leaves standard output empty.
"""

import functools
import inspect
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout, suppress
from typing import Annotated, Any

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.console import console

JSON = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output, and nothing else.")]
OPTION = inspect.Parameter("json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=JSON)
_documents: list[object] = []
"""What was emitted since `document_alone` began."""


def emit(document: object) -> None:
    """Let a document be the output of the command, where ``--json`` asks for one; only the last one counts."""
    if is_requested():
        _documents[:] = [document]


def is_requested() -> bool:
    """Whether standard output is to hold a document alone."""
    return console.quiet


def with_json(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the option ``--json``."""
    signature = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def with_option(*arguments: Any, **options: Any) -> None:
        with document_alone() if options.pop(OPTION.name, False) else nullcontext():
            command(*arguments, **options)

    with_option.__signature__ = signature.replace(  # type: ignore[attr-defined]  # what typer reads
        parameters=[*signature.parameters.values(), OPTION]
    )
    with_option.__annotations__ = {**command.__annotations__, "json": JSON}
    return with_option


@contextmanager
def document_alone() -> Iterator[None]:
    """Keep everything but the document that is emitted inside a block off standard output.

    The document is written at the end, also where an error ends the block: so a check that fails comes with its
    figures.
    """
    _documents.clear()
    with suppress(AttributeError, OSError):  # A stream without a descriptor, as of a test.
        sys.stdout.flush()
    try:
        with _stdout_on_stderr(), redirect_stdout(sys.stderr):
            console.quiet = True
            yield
    finally:
        console.quiet = False
        if _documents:
            sys.stdout.write(encoded(_documents.pop()))
            sys.stdout.flush()


@contextmanager
def _stdout_on_stderr() -> Iterator[None]:
    """Let the descriptor of standard output be that of standard error: shared libraries and workers write to it."""
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def encoded(document: object) -> str:
    """A document as indented JSON in ASCII, whatever the file names in it; a number that is not finite is null."""
    import msgspec

    values = msgspec.to_builtins(document, enc_hook=_builtin)
    return json.dumps(_finite(values), indent=1, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    """JSON values with None for NaN and infinities, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _builtin(value: Any) -> Any:
    """A NumPy scalar as a number, a path as text."""
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"A document holds JSON values. Received: {type(value).__name__}")


def check_stdout_is_free(what: str) -> None:
    """Raise where standard output is to hold something beside the document.

    Raises
    ------
    MirlitonError
    """
    if is_requested():
        remedy = f"give a folder for {what} with -o, or leave --json out"
        raise MirlitonError("one thing on standard output", received=f"{what}, and --json", remedy=remedy)
