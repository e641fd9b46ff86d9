"""MAPS: piano recordings with exact labels, in the corpus' own layout.

``<piano>/MUS/MAPS_MUS-<work>_<piano>.{wav,ogg,flac,mp3}`` with a ``.mid`` beside it. A work occurs on several pianos.
The split ``leave_piano`` tests on one piano, leaves the works heard there out of everything else, and validates on a
share of the works that remain, chosen by a seeded hash of the work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mir_models.errors import MirlitonError
from storage.corpus import Listing, Promises, TrackFiles
from storage.splits import by_hash

DESCRIPTION = "MAPS: piano pieces on virtual pianos and a Disklavier, labels exact"
LICENCE = "CC BY-NC-SA 2.0 FR"
CITATION = (
    "V. Emiya, R. Badeau and B. David, Multipitch estimation of piano sounds using a new probabilistic "
    "spectral smoothness principle, IEEE TASLP 18(6), 2010"
)
HOMEPAGE = "https://adasp.telecom-paris.fr/resources/2010-07-08-maps-database/"
KINDS = ("notes",)
DOWNLOADS = ()
PROMISES = Promises(KINDS, labels_exact=True, pedal="applied", official_splits=True)
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")

_NAME = re.compile(r"MAPS_MUS-(?P<work>.+)_(?P<piano>[^_]+)")


@dataclass(frozen=True)
class Options:
    """How the corpus is split.

    Attributes
    ----------
    test_piano : str
        The piano that is tested on.
    validation_share : float
        Share of the remaining works that validate.
    seed : int
        Of the choice of validation works.
    """

    test_piano: str = "SptkBGAm"
    validation_share: float = 0.12
    seed: int = 0


def tracks(root: Path, options: Options) -> Listing:
    """The recordings below `root` under the split ``leave_piano``.

    Returns
    -------
    Listing
        Ids are ``<piano>/<work>``; recordings on other pianos of works heard on the test piano are in ``dropped``.
    """
    found = _recordings(root)
    tested = {work for piano, work in found if piano == options.test_piano}
    if not tested:
        pianos = ", ".join(sorted({piano for piano, _ in found})) or "none"
        remedy = f"choose --option test_piano=… among the pianos found ({pianos}), or check --root"
        raise MirlitonError(f"recordings of the piano {options.test_piano!r} in {root}", received="none", remedy=remedy)
    kept = {key: path for key, path in found.items() if key[0] == options.test_piano or key[1] not in tested}
    dropped = {
        f"{piano}/{work}": f"its work is tested on {options.test_piano}" for piano, work in sorted(found.keys() - kept)
    }
    return Listing([_track(key, path, options) for key, path in sorted(kept.items())], PROMISES, dropped)


def _recordings(root: Path) -> dict[tuple[str, str], Path]:
    """Path of every recording by (piano, work)."""
    if not root.is_dir():
        remedy = "give --root the folder that holds the pianos' folders (AkPnBcht, …)"
        raise MirlitonError("the folder of the MAPS corpus", received=str(root), remedy=remedy)
    audio = (path for path in sorted(root.glob("*/MUS/MAPS_MUS-*")) if path.suffix.lower() in SUFFIXES)
    named = ((path, _NAME.fullmatch(path.stem)) for path in audio)
    return {(name["piano"], name["work"]): path for path, name in named if name}


def _track(key: tuple[str, str], path: Path, options: Options) -> TrackFiles:
    piano, work = key
    rest = {"validation": options.validation_share}
    split = "test" if piano == options.test_piano else by_hash(work, rest, seed=options.seed)
    midi = path.with_suffix(".mid")
    return TrackFiles(f"{piano}/{work}", path, work, {"notes": midi} if midi.exists() else {}, split)
