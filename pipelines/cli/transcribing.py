"""The command ``transcribe``: recordings in, MIDI files out."""

from pathlib import Path
from typing import Annotated

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.bars import bars, console


def transcribe(
    recordings: Annotated[
        list[Path], typer.Argument(help="Files that libsndfile reads, of any length.", metavar="AUDIO…")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the MIDI files.")],
    model: Annotated[str, typer.Option(help="The trained network to use.")] = "bilstm",
) -> None:
    """Write what a trained network hears in recordings as MIDI files."""
    from assets.listening import open_transcriber

    taken = _names(recordings)
    transcriber = open_transcriber("piano_transcription", model)
    out.mkdir(parents=True, exist_ok=True)
    failed = []
    for recording, name in zip(recordings, taken, strict=True):
        try:
            with bars():
                n_notes = transcriber.write(recording, out / name)
        except MirlitonError as error:
            failed.append(recording)
            console.print(f"{recording}: {error}", style="red", markup=False, soft_wrap=True)
        else:
            console.print(f"{out / name}: {n_notes} notes", markup=False, soft_wrap=True)
    if failed:
        received = f"{len(failed)} of {len(recordings)} that could not be read"
        raise MirlitonError("recordings", received=received, remedy="see above; the others are written")


def _names(recordings: list[Path]) -> list[str]:
    """Names of the MIDI files; refuses two recordings that would write the same one."""
    names = [f"{recording.stem}.mid" for recording in recordings]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        remedy = "transcribe them into two folders"
        raise MirlitonError(
            "recordings of different names", received=f"{twice[0]} would be written twice", remedy=remedy
        )
    return names


COMMANDS = (transcribe,)
