"""The error of a store that does not answer or refuses: nothing is wrong with the track at hand."""

from __future__ import annotations

from mir_models.errors import MirlitonError


class StoreError(MirlitonError):
    """The store could not be read or written, after all retries; the run ends, and what was written is kept."""
