"""The demo corpus: the project's own short piano works, rendered on first use as a folder of a user's own would look.

The MIDI files are the performances, from time 0. The recordings begin after a lead-in of unknown length, as recordings
do, so that the labels have to be aligned; `lead_in` gives the true lag, which only tests use.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mir_models.demo_music import works
from mir_models.demo_music.performer import Performance
from mir_models.errors import MirlitonError
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.media import rendered_audio, soundfonts
from storage.objects.atomic import write_atomic

NAME = "demo"
VERSION = 1
DESCRIPTION = "21 piano works of 40 to 60 s, played by a seeded performer and rendered here on first use (about 10 MB)"
LICENCE = "the project's own encodings and compositions under Apache-2.0, after music in the public domain"
CITATION = "mirliton, its demo corpus"
HOMEPAGE = "none: the corpus comes with mirliton and is rendered on your machine"
KINDS = ("notes",)
DOWNLOADS = ()
PROMISES = Promises(KINDS, official_splits=True)

RENDERING = 1
"""Version of everything below that shapes the sound; with another one the corpus is rendered again."""
PEAK = 10 ** (-3 / 20)
"""Largest absolute sample of the music: -3 dBFS."""
NOISE = 10 ** (-70 / 20)
"""Standard deviation of the noise floor under the full recording: -70 dBFS."""
LEAD_IN = (0.2, 3.0)
"""Shortest and longest lead-in in seconds."""
TAIL = 1.5
"""Seconds recorded after the last key and the pedal are up."""


@dataclass(frozen=True)
class Options:
    """The demo corpus has no options."""


def tracks(root: Path, options: Options) -> Listing:
    """All works, sorted by id; missing files below `root` are rendered first."""
    generate(root)
    files = [
        TrackFiles(work.name, root / f"{work.name}.ogg", work.name, {"notes": root / f"{work.name}.mid"}, work.split)
        for work in works()
    ]
    return Listing(files, PROMISES)


def generate(root: Path, *, on_done: Callable[[int, int], None] | None = None) -> None:
    """Write ``<name>.mid`` and ``<name>.ogg`` of every work below `root`; current files are kept.

    A recording has the digest of its performance as its comment and is written last and atomically: a killed generation
    is continued by the next, and a changed composition is rendered again.

    Parameters
    ----------
    root : Path
        The folder of the corpus; made when missing.
    on_done : callable of (int, int), optional
        Called after each work with the works done so far and all works.

    Raises
    ------
    MirlitonError
        When the renderer is not installed or the folder cannot be written.
    """
    performances = works()
    try:
        root.mkdir(parents=True, exist_ok=True)
        for done, work in enumerate(performances, start=1):
            _generate_work(root, work)
            if on_done is not None:
                on_done(done, len(performances))
    except OSError as error:
        remedy = "choose one that can be written"
        raise MirlitonError("a folder for the demo corpus", received=error, remedy=remedy) from error


def lead_in(name: str) -> float:
    """Seconds from the start of the recording to the first key press: the lag of the labels of work `name`."""
    return float(_rng(name, 0).uniform(*LEAD_IN))


def _generate_work(root: Path, work: Performance) -> None:
    audio, labels = root / f"{work.name}.ogg", root / f"{work.name}.mid"
    midi = rendered_audio.midi_file(work.notes, work.pedal)
    digest = hashlib.sha256(b"%d:" % RENDERING + midi).hexdigest()
    if rendered_audio.comment_of(audio) == digest and labels.is_file() and labels.read_bytes() == midi:
        return
    ogg = rendered_audio.encode_reproducible_ogg(*_record(work), name=work.name, title=work.title, comment=digest)
    write_atomic(labels, midi, durable=True)
    write_atomic(audio, ogg, durable=True)


def _record(work: Performance) -> tuple[NDArray[np.float32], int]:
    """The rendering in mono behind its lead-in, over a noise floor, and its sampling rate."""
    end = max(work.notes.duration, float(work.pedal.max(initial=0.0))) + TAIL
    performance = rendered_audio.midi_file(work.notes, work.pedal, until=end)
    music, sr = soundfonts.play(performance, soundfonts.default_soundfont().read_bytes())
    y = _rng(work.name, 1).normal(0.0, NOISE, round(lead_in(work.name) * sr) + len(music))
    y[-len(music) :] += music * (PEAK / np.abs(music).max())
    return y.astype(np.float32), sr


def _rng(name: str, stream: int) -> np.random.Generator:
    """The random stream of a work: 0 for its lead-in, 1 for its noise."""
    return np.random.default_rng([RENDERING, stream, zlib.crc32(name.encode())])
