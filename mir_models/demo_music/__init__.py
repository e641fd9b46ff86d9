"""The demo corpus as music: short works, composed or encoded by the project, and a performer that plays them.

Old works are in the public domain; the encodings are the project's own, made freely after them and shortened.
One module per group of pieces; `score` is the notation, `performer` the hands.
"""

from __future__ import annotations

from functools import lru_cache

from mir_models.demo_music import bach, classics, romantics, studies
from mir_models.demo_music.performer import Performance, Piece, perform

__all__ = ["Performance", "Piece", "works"]

SEED = 846


def works() -> list[Performance]:
    """All works of the corpus as they are played, sorted by name; always the same."""
    return list(_works())


@lru_cache(maxsize=1)
def _works() -> tuple[Performance, ...]:
    pieces = [piece for group in (bach, classics, romantics, studies) for piece in group.pieces()]
    return tuple(perform(piece, seed=SEED) for piece in sorted(pieces, key=lambda piece: piece.name))
