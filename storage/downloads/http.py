"""HTTP downloads that resume by ranges, only within one version of the file (RFC 9110, sections 13.1.5 and 14).

The bytes received are in a part; a second file has the validator of its version (``ETag`` or ``Last-Modified``), so
that the rest of one version is never appended to the beginning of another. The checksum is compared by the caller.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError
from storage.progress import report

CHUNK = 2**16
"""Bytes read at once; a dropped connection loses fewer."""
TIMEOUT = (15.0, 60.0)
"""Seconds to wait for a connection, and for each read."""
TRIES = 7
"""Attempts in a row without a new byte; the pauses between them are 1, 2, 4, …, 32 s."""
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Status codes after which the same request may succeed later."""
MB = 10**6


def fetch(url: str, part: Path, *, size: int, homepage: str, sleep: Callable[[float], object] = time.sleep) -> None:
    """Download a file, from the bytes on that its part has.

    Parameters
    ----------
    url : str
        Of the file, ``http`` or ``https``.
    part : Path
        The bytes received; ``<part>.version`` has the server's validator of the file.
    size : int
        Bytes of the file as published; the server's ``Content-Length`` takes precedence.
    homepage : str
        Address that the remedy of an error names.
    sleep : callable of float
        Waits between attempts, in seconds.

    Raises
    ------
    MirlitonError
        When the server does not serve the file, or `TRIES` attempts in a row brought no new byte.
    """
    furthest, tries = n_bytes_received(part), 0
    if furthest == size:
        return
    while reason := _attempt(url, part, size, homepage):
        tries = 0 if n_bytes_received(part) > furthest else tries + 1
        furthest, pause = max(furthest, n_bytes_received(part)), 2 ** max(tries - 1, 0)
        if tries == TRIES:
            remedy = f"run the command again later, it goes on from there; or see {homepage}"
            received = f"{n_bytes_received(part)} bytes, then {TRIES} times in a row: {reason}"
            raise MirlitonError(f"all {size} bytes of {url}", received=received, remedy=remedy)
        report(_stage(part), n_bytes_received(part) // MB, -(-size // MB), f"MB; {reason}; again in {pause} s")
        sleep(float(pause))


def n_bytes_received(part: Path) -> int:
    """Bytes of a part; 0 where there is none."""
    return part.stat().st_size if part.is_file() else 0


def version_file(part: Path) -> Path:
    """The file with the validator of a part."""
    return part.with_name(f"{part.name}.version")


def _attempt(url: str, part: Path, size: int, homepage: str) -> str | None:
    """One request for the missing bytes: None when the file is complete, else why it is not."""
    import requests
    from urllib3.exceptions import HTTPError

    try:
        with requests.get(url, headers=_headers(part), stream=True, timeout=TIMEOUT) as response:
            return _save_body(response, part, size, homepage)
    except (requests.ConnectionError, requests.Timeout, HTTPError) as error:
        return f"{type(error).__name__}: {error}"
    except requests.RequestException as error:
        raise MirlitonError(f"a file at {url}", received=error, remedy=f"see {homepage}") from error


def _headers(part: Path) -> dict[str, str]:
    """Request the missing range, or all where the version changed; no compression, which would have no ranges."""
    headers, version = {"Accept-Encoding": "identity"}, _kept_version(part)
    if received := n_bytes_received(part):
        headers |= {"Range": f"bytes={received}-"} | ({"If-Range": version} if version else {})
    return headers


def _save_body(response: Any, part: Path, size: int, homepage: str) -> str | None:
    """Write the body of a response to the part: None when the file is complete, else why it is not."""
    if response.status_code in TRANSIENT:
        return _status(response)
    if response.status_code not in (200, 206, 416):
        remedy = f"see {homepage} for where the corpus is now and whether it needs a registration"
        requested = (response.history or [response])[0].url  # A redirect may lead to a signed URL: not for a log.
        raise MirlitonError(f"a file at {requested}", received=_status(response), remedy=remedy)
    received, version = n_bytes_received(part), _version(response)
    start, total = _content_range(response)
    if response.status_code == 416 and total == received:
        return None
    if start not in (0, received) or (start and version and _kept_version(part) not in ("", version)):
        part.unlink(missing_ok=True)
        return "a response that does not continue where the part ends"
    with part.open("ab" if start else "wb") as file:
        if version or not start:
            version_file(part).write_text(version, encoding="latin-1")
        done = _append_body(response, file, start, total or size, _stage(part))
    return None if done >= (total or size) else f"an end after {done} of {total or size} bytes"


def _append_body(response: Any, file: Any, start: int, total: int, stage: str) -> int:
    """Append the body as sent, and report every MB; returns the bytes of the file so far."""
    done = start
    for chunk in response.raw.stream(CHUNK, decode_content=False):
        file.write(chunk)
        done += len(chunk)
        if done % MB < len(chunk):
            report(stage, done // MB, -(-total // MB), "MB")
    return done


def _content_range(response: Any) -> tuple[int, int | None]:
    """Position of the body in the file (-1: not stated) and bytes of the full file (None: not stated)."""
    header = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(?:(\d+)|\*)", response.headers.get("Content-Range", "").strip())
    if header:
        return int(header[1] or -1), int(header[2]) if header[2] else None
    size = response.headers.get("Content-Length", "") if response.status_code == 200 else ""
    return 0 if response.status_code == 200 else -1, int(size) if size.isdecimal() else None


def _version(response: Any) -> str:
    """The response's strong validator, or "": a weak tag never matches ``If-Range`` (RFC 9110, section 13.1.5)."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _kept_version(part: Path) -> str:
    kept = version_file(part)
    return kept.read_text(encoding="latin-1") if kept.is_file() else ""


def _status(response: Any) -> str:
    return f"HTTP {response.status_code} {response.reason}"


def _stage(part: Path) -> str:
    return f"fetching {part.stem}"
