"""The music of the demo corpus: short works, composed or encoded by the project, and their synthetic performance.

Old works are in the public domain; the encodings are the project's own, made freely after them and shortened.

* `score`: a score in beats, and a text notation of it
* `performer`: from a score to key presses, velocities and the sustain pedal
* `bach`, `classics`, `romantics`, `studies`: the pieces, by group
"""

from __future__ import annotations

from functools import lru_cache

from mir_models.demo_music import bach, classics, romantics, studies
from mir_models.demo_music.performer import Performance, perform

__all__ = ["bach", "classics", "performer", "romantics", "score", "studies", "works"]

SEED = 846


def works() -> list[Performance]:
    """All works of the corpus as they are played, sorted by name; always the same."""
    return list(_works())


@lru_cache(maxsize=1)
def _works() -> tuple[Performance, ...]:
    pieces = [piece for group in (bach, classics, romantics, studies) for piece in group.pieces()]
    return tuple(perform(piece, seed=SEED) for piece in sorted(pieces, key=lambda piece: piece.name))
