"""The documents on the machine and its home."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that ``doctor`` looked at."""

    ok: bool
    finding: str


@dataclass(frozen=True)
class DoctorDocument:
    """Whether this machine can run the chain, and each finding."""

    ok: bool
    findings: Sequence[Finding]


@dataclass(frozen=True)
class InitDocument:
    """A home that belongs to a team's instance, with the file of its settings."""

    home: str
    settings: str
    store: str
    shared: Sequence[str]
    """Datasets that this home had registered by itself"""
