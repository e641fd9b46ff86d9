"""Fingerprints: hashes of ingredients and of files, by which stored results are addressed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

LENGTH = 16
"""Hexadecimal digits of a fingerprint: 64 bits."""


def fingerprint(*ingredients: Any) -> str:
    """Hash ingredients to 16 hexadecimal digits; dataclasses count by their fields.

    Parameters
    ----------
    *ingredients
        JSON values, dataclasses, or mappings and sequences of them. A dataclass counts by the name of its class, or by
        its ``IDENTITY`` where that was renamed, and never by its module.
    """
    return hashlib.sha256(_ENCODER.encode(ingredients).encode()).hexdigest()[:LENGTH]


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=2**16)  # A run names every track of a dataset dozens of times.
def slug(track: str) -> str:
    """A file name for a track id: its ASCII letters and digits, and a hash that keeps similar ids apart."""
    ascii_only = unicodedata.normalize("NFKD", track).encode("ascii", "ignore").decode()
    kept = "".join(character if character.isalnum() or character in "-_." else "_" for character in ascii_only)
    return f"{kept[-60:].strip('.')}~{hashlib.sha256(track.encode()).hexdigest()[:10]}"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {"is": getattr(value, "IDENTITY", type(value).__qualname__), **dataclasses.asdict(value)}
    raise TypeError(f"A fingerprint is made of JSON values and dataclasses. Received: {type(value).__name__}")


# One for all: a run with nothing to do computes tens of thousands of fingerprints.
_ENCODER = json.JSONEncoder(sort_keys=True, default=_plain, ensure_ascii=False, separators=(",", ":"))
