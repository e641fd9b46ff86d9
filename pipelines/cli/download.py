"""The command ``download``: a corpus from its owners, under its licence."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mir_models.errors import MirlitonError
from pipelines.cli.datasets import _pair
from pipelines.cli.progress_bars import bars, console
from storage.corpora.registrations import LOADERS, loader_options
from storage.downloads import download as downloads


def download(
    loader: Annotated[str, typer.Argument(help="The corpus: a file of storage/datasets.")],
    root: Annotated[Path, typer.Option(help="Folder for the corpus; made when missing.")],
    option: Annotated[
        list[str] | None, typer.Option(help="An option of the loader, key=value; may be repeated.")
    ] = None,
    accept_licence: Annotated[bool, typer.Option("--accept-licence", help="Accept the licence; for scripts.")] = False,
) -> None:
    """Fetch a corpus that its owners publish; what has arrived is kept, and a second call fetches what is missing."""
    module, root = LOADERS.get(loader), root.expanduser().resolve()
    files = downloads.remotes(module, loader_options(module, dict(_pair(each) for each in option or [])))
    if not files:
        remedy = f"see {module.HOMEPAGE}; then mirliton add NAME --loader {loader} --root FOLDER"
        raise MirlitonError("a corpus that its owners publish for download", received=loader, remedy=remedy)
    for word in ("DESCRIPTION", "LICENCE", "CITATION", "HOMEPAGE"):
        console.print(Text(f"{word.capitalize()}: {getattr(module, word)}"))
    if missing := downloads.missing(files, root):
        size = sum(remote.size for remote in missing) / downloads.GB
        console.print(f"{len(missing)} of {len(files)} files to fetch, {size:.2f} GB.")
        _agree(loader, accept_licence)
        with bars():
            downloads.download(files, root, homepage=module.HOMEPAGE)
    console.print(Text(f"{root} is complete. Next: mirliton add NAME --loader {loader} --root {root}"))


def _agree(loader: str, accepted: bool) -> None:
    if not accepted and not _answer():
        remedy = "read it at the homepage, then answer y or give --accept-licence"
        raise MirlitonError(f"the licence of {loader} accepted", received="no", remedy=remedy)


def _answer() -> bool:
    try:
        return console.input("Do you accept this licence? [y/N] ", markup=False).strip().lower() in ("y", "yes")
    except EOFError:
        return False


COMMANDS = (download,)
