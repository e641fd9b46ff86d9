"""The command ``download``: a corpus from its owners, under its licence."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mir_models.errors import MirlitonError
from pipelines.cli.completions import complete_loader
from pipelines.cli.console import console
from pipelines.cli.documents.datasets import DownloadDocument
from pipelines.cli.json_output import emit, is_requested
from pipelines.cli.progress_bars import bars
from pipelines.settings import parse_options
from storage.corpora.registrations import LOADERS, loader_options, published_files
from storage.downloads import download as downloads


def download(
    loader: Annotated[
        str, typer.Argument(help="The corpus: a file of storage/datasets.", autocompletion=complete_loader)
    ],
    root: Annotated[Path, typer.Option(help="Folder for the corpus; made when missing.")],
    option: Annotated[
        list[str] | None, typer.Option(help="An option of the loader, key=value; may be repeated.")
    ] = None,
    accept_licence: Annotated[bool, typer.Option("--accept-licence", help="Accept the licence; for scripts.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that the corpus has with other contents.")
    ] = False,
) -> None:
    """Fetch a corpus that its owners publish; what has arrived is kept, and a second call fetches what is missing."""
    module, root = LOADERS.get(loader), root.expanduser().resolve()
    files = published_files(module, loader_options(module, parse_options(option or [])))
    if not files:
        remedy = f"see {module.HOMEPAGE}; then mirliton add NAME --loader {loader} --root FOLDER"
        raise MirlitonError("a corpus that its owners publish for download", received=loader, remedy=remedy)
    console.print(Text(f"Description: {module.DESCRIPTION}"))
    console.print(Text(f"Licence: {module.LICENCE}"))
    console.print(Text(f"Citation: {module.CITATION}"))
    console.print(Text(f"Homepage: {module.HOMEPAGE}"))
    missing = downloads.missing(files, root)
    if missing:
        size = sum(remote.size for remote in missing) / downloads.GB
        console.print(f"{len(missing)} of {len(files)} files to fetch, {size:.2f} GB.")
        _check_licence_accepted(loader, accept_licence)
        with bars():
            downloads.download(files, root, homepage=module.HOMEPAGE, overwrite=overwrite)
    size_bytes = sum(remote.size for remote in missing)
    emit(DownloadDocument(loader, str(root), len(files), fetched=len(missing), fetched_bytes=size_bytes))
    console.print(Text(f"{root} is complete. Next: mirliton add NAME --loader {loader} --root {root}"))


def _check_licence_accepted(loader: str, accepted: bool) -> None:
    """Raise where the licence is accepted neither by the option nor at the prompt."""
    if not accepted and not _confirmed():
        remedy = "read it at the homepage, then enter y or give --accept-licence"
        raise MirlitonError(f"the licence of {loader} accepted", received="no", remedy=remedy)


def _confirmed() -> bool:
    """Whether the user accepts at the prompt; without a terminal, or where no prompt may be printed, not."""
    if is_requested():
        return False
    try:
        return console.input("Do you accept this licence? [y/N] ", markup=False).strip().lower() in ("y", "yes")
    except EOFError:
        return False
