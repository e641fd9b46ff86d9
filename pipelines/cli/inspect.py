"""The command ``inspect``: one track as a figure, a page, and its labels sonified over the recording."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.completions import complete_dataset, complete_preset, complete_track
from pipelines.cli.console import console
from pipelines.cli.documents.preparation import InspectDocument
from pipelines.cli.json_output import emit
from pipelines.cli.progress_bars import bars
from pipelines.cli.recordings import OVERWRITE, expand
from storage import home


def inspect(
    dataset: Annotated[str, typer.Argument(help="A registered dataset.", autocompletion=complete_dataset)],
    track: Annotated[
        str,
        typer.Argument(
            help="The id of one of its tracks; it may be in quarantine for its labels.", autocompletion=complete_track
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder for the files; by default one of MIRLITON_HOME.")
    ] = None,
    start: Annotated[
        float | None, typer.Option(min=0.0, help="Where the excerpt begins, in seconds; by default around the middle.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="Length of the excerpt; by default 10, and the full track as sound.")
    ] = None,
    preset: Annotated[
        str, typer.Option(help="The constant-Q preset that is plotted.", autocompletion=complete_preset)
    ] = "cqt",
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
) -> None:
    """Plot and sonify one track: its spectrum, its labels before and after alignment, its lag."""
    from assets.preparation.inspection import inspect as inspect_track

    folder = expand(out) if out else home.home() / "inspections" / dataset
    overwrite = overwrite or out is None  # Nothing but mirliton's own is in its home.
    with bars():
        files = inspect_track(dataset, track, folder, start=start, seconds=seconds, preset=preset, overwrite=overwrite)
    emit(InspectDocument(list(map(str, files.paths))))
    for path in files.paths:
        console.print(str(path), markup=False, soft_wrap=True)
