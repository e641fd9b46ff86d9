"""Alignment: by how much a recording lags behind its notes. One file is one method.

An entry has ``VERSION`` (raised when `align` changes its output), a frozen ``Params`` with a ``confidence_threshold``
below which a track goes to quarantine, and ``align(y, notes, params) -> Alignment``.
"""

from __future__ import annotations

from mir_models.alignment._result import Alignment
from mir_models.registry import Registry

ALIGNMENTS = Registry("mir_models.alignment", "alignment method")

__all__ = ["ALIGNMENTS", "Alignment"]
