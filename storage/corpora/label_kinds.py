"""Label kinds: names that a track can have beside its notes; a task of classes has one of them as its ``LABELS``."""

from __future__ import annotations

CLASSES = ("genre", "artist", "album", "composer", "instrument")
"""Label kinds that are one name per track; the other kind is ``"notes"``, a file of their own."""
