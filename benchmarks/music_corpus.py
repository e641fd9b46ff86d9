"""A corpus of piano music of a given length: MIDI files played by SoundFonts, with exact labels.

The recordings are those of the loader ``renderings``, made in several processes before it lists them. Without a folder
of MIDI files the works of the demo corpus are played, each time transposed and with other velocities.
"""

from __future__ import annotations

import hashlib
import math
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from experiments import command_line
from mir_models.demo_music import works
from mir_models.errors import MirlitonError, TrackError
from storage.corpora.files import MIDI_SUFFIXES, visible_files
from storage.datasets import renderings
from storage.media import midi, rendered_audio

TRANSPOSITION, VELOCITY_CURVE = 5, 0.5
"""Of pieces that are played more often than there are SoundFonts, so that no two recordings are alike."""
TOLERANCE = 0.05
"""Share of the length that may be missing before all pieces are played once more."""


@dataclass(frozen=True)
class MusicCorpus:
    """What the loader ``renderings`` is given.

    Attributes
    ----------
    root : Path
        Folder of the corpus, with its pieces in ``midi``.
    soundfonts : tuple of str
        Paths of ``.sf2`` files; none: the one of the package pretty_midi.
    variants : int
        How often each piece is played, by one SoundFont after the other.
    """

    root: Path
    soundfonts: tuple[str, ...] = ()
    variants: int = 1

    @property
    def options(self) -> renderings.Options:
        """Options of the loader."""
        found = renderings.Options(midi="midi", soundfonts=",".join(self.soundfonts), variants=self.variants)
        if self.variants <= max(1, len(self.soundfonts)):
            return found
        return replace(found, transposition=TRANSPOSITION, velocity_curve=VELOCITY_CURVE)

    @property
    def words(self) -> list[str]:
        """The options as the command ``mirliton add`` takes them."""
        given, defaults = asdict(self.options), asdict(renderings.Options())
        changed = {name: value for name, value in given.items() if value != defaults[name]}
        return [word for name, value in changed.items() for word in ("--option", f"{name}={value}")]


def choose_pieces(root: Path, source: Path | None, hours: float, soundfonts: tuple[str, ...]) -> MusicCorpus:
    """Put pieces into ``<root>/midi`` that last about `hours` together, or are played as often as that takes.

    Parameters
    ----------
    root : Path
    source : Path or None
        Folder of MIDI files; None: the works of the demo corpus.
    hours : float
    soundfonts : tuple of str

    Raises
    ------
    MirlitonError
        When the folder has no MIDI file that can be read.
    """
    shutil.rmtree(root / "midi", ignore_errors=True)
    length = 0.0
    for name, content in _pieces(source):
        if length >= 3600 * hours:
            break
        path = root / "midi" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        length += _seconds(path)
    if not length:
        raise MirlitonError("MIDI files that can be read", received=f"none below {source}", remedy="correct the folder")
    return MusicCorpus(root, soundfonts, max(1, math.ceil(3600 * hours / length - TOLERANCE)))


def render_command(corpus: MusicCorpus, n_processes: int) -> list[str]:
    """The command that makes the missing recordings in a process of its own, see `render`."""
    words = [str(corpus.root), str(corpus.variants), str(n_processes), *corpus.soundfonts]
    return [sys.executable, "-m", "benchmarks.music_corpus", *words]


def render(corpus: MusicCorpus, n_processes: int) -> None:
    """Make the recordings that are missing in some processes."""
    renderings.tracks(corpus.root, replace(corpus.options, processes=n_processes))


def _pieces(source: Path | None) -> Iterator[tuple[str, bytes]]:
    """Name and content of MIDI files, in the order of the names' digests: a longer corpus contains a shorter one."""
    if source is None:
        for work in works():
            yield f"{work.name}.mid", midi.encode(work.notes, work.pedal)
        return
    names = [name for name in visible_files(source) if Path(name).suffix.lower() in MIDI_SUFFIXES]
    for name in sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest()):
        yield name, (source / name).read_bytes()


def _seconds(path: Path) -> float:
    """Length of the recording of a MIDI file; one that cannot be read is deleted and has none."""
    try:
        return midi.read(path).notes.duration + rendered_audio.TAIL
    except TrackError:
        path.unlink()
        return 0.0


def main() -> None:
    """Render what `render_command` names."""
    root, variants, n_processes, *soundfonts = sys.argv[1:]
    render(MusicCorpus(Path(root), tuple(soundfonts), int(variants)), int(n_processes))


if __name__ == "__main__":
    command_line.call(main)
