"""The document on the machine."""

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
