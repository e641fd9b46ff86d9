"""Dataset loaders: one file reads one corpus layout and states what that corpus guarantees of its labels.

A module without a leading underscore satisfies :class:`Loader`; some satisfy one of the protocols that extend it.

``artist20``: 20 pop and rock artists, six albums of each
``demo``: 21 piano works, rendered on first use
``fma``: Creative Commons recordings with genre, artist and album
``folder``: your own recordings, each with a MIDI file of the same name
``gtzan``: 1,000 excerpts in ten genres
``labelled_folders``: your own recordings in folders named by class
``maestro``: piano performances with exact labels
``maps``: piano pieces, notes and chords with exact labels
``mirdata``: any dataset of the library mirdata that has audio and labels
``piano_midi_de``: the Classical Piano MIDI Page
``renderings``: your own MIDI files, rendered by SoundFonts
``table``: your own recordings, listed in a CSV, TSV, JSON Lines or Parquet file
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from storage.corpora.listing import Listing
from storage.downloads.download import Remote
from storage.media.midi import Performance

__all__ = ["DownloadsByOptions", "LicenceByOptions", "Loader", "NoteReader"]


class Loader(Protocol):
    """What a dataset loader has.

    Attributes
    ----------
    NAME : str
    VERSION : int
        Raised when the same files give other tracks or labels.
    DESCRIPTION, LICENCE, CITATION, HOMEPAGE : str
        Of the corpus, shown to users.
    """

    NAME: str
    VERSION: int
    DESCRIPTION: str
    LICENCE: str
    CITATION: str
    HOMEPAGE: str

    @property
    def KINDS(self) -> tuple[str, ...]:
        """Label kinds that its tracks can have."""

    @property
    def DOWNLOADS(self) -> tuple[Remote, ...]:
        """Files of the corpus that its owners publish; empty where there are none."""

    @property
    def Options(self) -> type[Any]:
        """The class of its options, a frozen dataclass."""

    def tracks(self, root: Path, options: Any, /) -> Listing:
        """The tracks of a corpus on disk, by ``Options`` of the module."""


@runtime_checkable
class LicenceByOptions(Loader, Protocol):
    """A loader of corpora whose licence depends on its options."""

    def licence(self, options: Any, /) -> str:
        """The licence of the corpus that the options select."""


@runtime_checkable
class DownloadsByOptions(Loader, Protocol):
    """A loader whose options select a part of the published files."""

    def downloads(self, options: Any, /) -> tuple[Remote, ...]:
        """The files of the corpus that the options select."""


@runtime_checkable
class NoteReader(Loader, Protocol):
    """A loader of label files that are not MIDI."""

    def read_notes(self, path: Path, options: Any, /) -> Performance:
        """The notes of a label file."""
