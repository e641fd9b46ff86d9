"""Alignment: where in a recording the times of its notes are heard. One file is one method.

An entry has ``VERSION`` (raised when its output changes), a frozen ``Params`` with a ``confidence_threshold`` below
which a track goes to quarantine, ``align(y, notes, params) -> Alignment``, and ``match(heard, notes, params)``, the
same for a recording that was heard before (`listen`).
"""

from __future__ import annotations

from mir_models.alignment._evidence import Evidence
from mir_models.alignment._onsets import Listening, Onsets, listen
from mir_models.alignment._result import Alignment
from mir_models.registry import Registry

VERSION = 2
"""Raised when something changes that several methods share: what is heard, searched, measured or judged."""
ALIGNMENTS = Registry("mir_models.alignment", "alignment method")

__all__ = ["ALIGNMENTS", "Alignment", "Evidence", "Listening", "Onsets", "listen"]
