"""Uploads of recordings: a request's body is written to a file as it arrives, and refused where it is too large."""

from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request

from mir_models.errors import MirlitonError

LONGEST_NAME = 100
"""Characters of a file name that are kept, its extension among them."""


@dataclass(frozen=True)
class Limits:
    """What a recording may have at most.

    Attributes
    ----------
    bytes : int
    seconds : float
    """

    bytes: int
    seconds: float


class TooLargeError(MirlitonError):
    """An upload has more bytes than the limit."""


def file_name(text: str) -> str:
    """A name that is safe for a file in a folder of its own: the last part of a path, without control characters.

    The extension is kept, which tells MP3 files from others.
    """
    last = text.replace("\\", "/").rpartition("/")[2]
    plain = "".join(letter for letter in last if letter.isprintable()).strip().lstrip(".")
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > 5:
        stem, suffix = plain, ""
    kept = stem.encode()[:LONGEST_NAME].decode(errors="ignore")
    return f"{kept or 'recording'}{'.' * bool(suffix)}{suffix}"


async def receive(request: Request, path: Path, most_bytes: int) -> None:
    """Write the body of a request to a file.

    Raises
    ------
    TooLargeError
        When the body is larger, or is declared to be.
    MirlitonError
        When it is empty.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most_bytes:
        raise _too_large(int(declared), most_bytes)
    n_bytes = 0
    with open(path, "wb") as file:
        async for chunk in request.stream():
            n_bytes += len(chunk)
            if n_bytes > most_bytes:
                raise _too_large(n_bytes, most_bytes)
            file.write(chunk)
    if not n_bytes:
        raise MirlitonError("a recording", received="no bytes", remedy="send the file as the body of the request")


def _too_large(n_bytes: int, most_bytes: int) -> TooLargeError:
    expected, received = f"a file of at most {most_bytes / 1e6:,.3g} MB", f"{n_bytes / 1e6:,.1f} MB or more"
    return TooLargeError(expected, received=received, remedy="give a compressed file, or use mirliton transcribe")
