"""What this process computes with: versions of Python and libraries, and a digest of the source of mirliton.

Processes on several machines make equal bytes where these are equal, on processors of one kind.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mir_models

PACKAGES = (
    "mirliton", "cloudpickle", "dask", "distributed", "librosa", "numba", "numpy", "scipy", "soundfile", "soxr", "zarr",
)  # fmt: skip
"""Distributions by which processes understand each other, or on which what they compute depends."""
SOURCE = "mirliton's source"
"""Stands for the digest of the modules among the versions."""
MISSING = "none"
_FOLDERS = ("assets", "mir_models", "storage")


@cache
def environment() -> Mapping[str, str]:
    """Versions by name: of Python major and minor, of `PACKAGES`, and the digest of the modules that workers run."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: _version(name) for name in PACKAGES}, SOURCE: source_digest()}


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """What another process has in another version than this one, each with both, as text.

    Names that `here` has and `there` lacks are missing there; others are not compared.
    """
    found = {name: there.get(name, MISSING) for name in here}
    return [f"{name} {found[name]} instead of {here[name]}" for name in here if found[name] != here[name]]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return MISSING


@cache
def source_digest() -> str:
    """Twelve digits of the SHA-256 of all modules below `_FOLDERS`, by name: an unreleased version has no number."""
    root, digest = Path(mir_models.__file__).parents[1], hashlib.sha256()
    for path in sorted(each for folder in _FOLDERS for each in (root / folder).rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
