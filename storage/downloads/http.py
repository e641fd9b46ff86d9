"""A file over HTTP that goes on where an earlier attempt ended (RFC 9110, sections 13.1.5 and 14).

What has arrived lies in a part; beside it lies the server's word for this version of the file, so that the rest of one
version is never put behind the beginning of another. Only a checksum can tell whether the whole is right.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError
from storage.progress import tell

CHUNK = 2**16
"""Bytes read at once; a connection that drops loses less than these."""
TIMEOUT = (15.0, 60.0)
"""Seconds to wait for a connection, and for each read."""
TRIES = 7
"""Attempts in a row that bring no byte further; between them 1, 2, 4, …, 32 s pass."""
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""States of a server in which it may answer the same request later."""
MB = 10**6


def fetch(url: str, part: Path, *, size: int, homepage: str, sleep: Callable[[float], object] = time.sleep) -> None:
    """Bring the part up to the whole file.

    Parameters
    ----------
    url : str
        Of the file, ``http`` or ``https``.
    part : Path
        What has arrived; with a neighbour ``<part>.version`` that names the server's version of the file.
    size : int
        Bytes of the file as published; what the server says of itself counts first.
    homepage : str
        Where the remedy of an error sends the user.
    sleep : callable of float
        Waits between attempts, in seconds.

    Raises
    ------
    MirlitonError
        When the server refuses the file, or `TRIES` attempts in a row brought no byte further.
    """
    furthest, tries = length(part), 0
    if furthest == size:
        return
    while reason := _attempt(url, part, size, homepage):
        tries = 0 if length(part) > furthest else tries + 1
        furthest, pause = max(furthest, length(part)), 2 ** max(tries - 1, 0)
        if tries == TRIES:
            remedy = f"run the command again later, it goes on from there; or see {homepage}"
            received = f"{length(part)} bytes, then {TRIES} times in a row: {reason}"
            raise MirlitonError(f"all {size} bytes of {url}", received=received, remedy=remedy)
        tell(_stage(part), length(part) // MB, -(-size // MB), f"MB; {reason}; again in {pause} s")
        sleep(float(pause))


def length(part: Path) -> int:
    """Bytes that have arrived."""
    return part.stat().st_size if part.is_file() else 0


def version_file(part: Path) -> Path:
    """Where the server's word for the version of a part is kept."""
    return part.with_name(f"{part.name}.version")


def _attempt(url: str, part: Path, size: int, homepage: str) -> str | None:
    """One request for what is missing: None when the file is whole, else why it is not."""
    import requests
    from urllib3.exceptions import HTTPError

    try:
        with requests.get(url, headers=_headers(part), stream=True, timeout=TIMEOUT) as response:
            return _take(response, part, size, homepage)
    except (requests.ConnectionError, requests.Timeout, HTTPError) as error:
        return f"{type(error).__name__}: {error}"
    except requests.RequestException as error:
        raise MirlitonError(f"a file at {url}", received=error, remedy=f"see {homepage}") from error


def _headers(part: Path) -> dict[str, str]:
    """Ask for the rest, and for the whole should the version have changed; compressed answers have no ranges."""
    headers, version = {"Accept-Encoding": "identity"}, _kept_version(part)
    if have := length(part):
        headers |= {"Range": f"bytes={have}-"} | ({"If-Range": version} if version else {})
    return headers


def _take(response: Any, part: Path, size: int, homepage: str) -> str | None:
    """Put the body of an answer where it belongs."""
    if response.status_code in TRANSIENT:
        return _status(response)
    if response.status_code not in (200, 206, 416):
        remedy = f"see {homepage} for where the corpus lies now and whether it needs a registration"
        asked = (response.history or [response])[0].url  # Where a redirect leads may be signed, and is not for a log.
        raise MirlitonError(f"a file at {asked}", received=_status(response), remedy=remedy)
    have, version = length(part), _version(response)
    start, total = _span(response)
    if response.status_code == 416 and total == have:
        return None
    if start not in (0, have) or (start and version and _kept_version(part) not in ("", version)):
        part.unlink(missing_ok=True)
        return "an answer that does not go on where the part ends"
    with part.open("ab" if start else "wb") as file:
        if version or not start:
            version_file(part).write_text(version, encoding="latin-1")
        done = _pour(response, file, start, total or size, _stage(part))
    return None if done >= (total or size) else f"an end after {done} of {total or size} bytes"


def _pour(response: Any, file: Any, start: int, total: int, stage: str) -> int:
    """Append the body as it was sent, and tell of every MB; returns the bytes of the file so far."""
    done = start
    for chunk in response.raw.stream(CHUNK, decode_content=False):
        file.write(chunk)
        done += len(chunk)
        if done % MB < len(chunk):
            tell(stage, done // MB, -(-total // MB), "MB")
    return done


def _span(response: Any) -> tuple[int, int | None]:
    """First byte of the body in the file (-1: not told) and bytes of the whole file (None: not told)."""
    told = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(?:(\d+)|\*)", response.headers.get("Content-Range", "").strip())
    if told:
        return int(told[1] or -1), int(told[2]) if told[2] else None
    whole = response.headers.get("Content-Length", "") if response.status_code == 200 else ""
    return 0 if response.status_code == 200 else -1, int(whole) if whole.isdecimal() else None


def _version(response: Any) -> str:
    """The answer's strong validator, or "": a weak tag never matches ``If-Range`` (RFC 9110, section 13.1.5)."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _kept_version(part: Path) -> str:
    kept = version_file(part)
    return kept.read_text(encoding="latin-1") if kept.is_file() else ""


def _status(response: Any) -> str:
    return f"HTTP {response.status_code} {response.reason}"


def _stage(part: Path) -> str:
    return f"fetching {part.stem}"
