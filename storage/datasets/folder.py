"""A folder of recordings, each with a MIDI file of the same name beside it or in a parallel tree.

::

    root/**/x.flac                   root/audio/**/x.flac   --option audio=audio
    root/**/x.mid                    root/midi/**/x.mid     --option midi=midi

With ``split_folders`` the first folders are the official split: ``train/``, ``validation/`` (``valid``, ``val``,
``dev``) and ``test/``, in parallel trees below both. Parallel trees are never guessed: where recordings and MIDI files
would only match as such, an error names the options to give.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from mir_models.errors import ParameterError, TrackError
from storage.corpora.files import (
    SPLIT_WORDS,
    check_pedal,
    parse_split,
    single_name,
    visible_files,
)
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.corpora.recordings import midi_by_id, recordings_below, without_recording

NAME = "folder"
VERSION = 1
DESCRIPTION = "your own recordings: audio files, each with a .mid of the same name, beside it or in a tree of its own"
LICENCE = "yours: the files stay where they are, and nothing is copied out of the folder but what is computed from it"
CITATION = "none: cite the sources of your own recordings and scores"
HOMEPAGE = "none: the folder is on your own disk"
KINDS = ("notes",)
DOWNLOADS = ()


@dataclass(frozen=True)
class Options:
    """Where the files are, and properties of their labels.

    Attributes
    ----------
    audio : str
        Folder of the recordings, below the root or absolute; empty: the root.
    midi : str
        Folder of the MIDI files, below the root or absolute; empty: beside the recordings.
    labels_exact : bool
        The MIDI files are already aligned to the recordings.
    pedal : {"separate", "applied"}
        Whether the notes' offsets already contain the sustain pedal.
    split_folders : bool
        The first folders are the official split.
    licence : str
        Of the recordings and the MIDI files: goes to the model card.
    """

    audio: str = ""
    midi: str = ""
    labels_exact: bool = False
    pedal: str = "separate"
    split_folders: bool = False
    licence: str = ""

    def __post_init__(self) -> None:
        check_pedal(self.pedal)


def licence(options: Options) -> str:
    """The licence given as an option, else `LICENCE`."""
    return options.licence or LICENCE


def tracks(root: Path, options: Options) -> Listing:
    r"""Every audio file below the folder of recordings, sorted by id; hidden files and folders are skipped.

    The id is the path below that folder without its extension, with ``/``, in Unicode NFC. Every track is a work of its
    own. Audio without MIDI is listed without labels; MIDI without audio is named in ``notices``. Where two files of a
    kind would have the same id, neither is guessed: the id is refused, with the reason. So is a name that is no UTF-8,
    whose id is spelt with ``\x``, and with ``split_folders`` a recording outside of them.

    Raises
    ------
    MirlitonError
        When a folder is none or has no audio below it, when nothing matches but parallel trees would, or when
        `split_folders` finds no such folder.
    """
    trees = Trees.of(root, options)
    if not options.audio and not options.midi:
        _check_parallel_trees(root, trees)
    if options.split_folders:
        _check_split_folders(trees)
    listed, refused = [], {}
    for id in sorted(trees.audio):
        try:
            listed.append(trees.track(id, _split(id) if options.split_folders else None))
        except TrackError as error:
            refused[id] = str(error)
    promises = Promises(KINDS, options.labels_exact, options.pedal, options.split_folders)
    return Listing(listed, promises, refused=refused, notices=trees.notices)


@dataclass(frozen=True)
class Trees:
    """The recordings and the MIDI files, by id, the folders that their names start from, and what is left out."""

    audio_folder: Path
    audio: dict[str, list[str]]
    midi_folder: Path
    midi: dict[str, list[str]]
    notices: tuple[str, ...]

    @classmethod
    def of(cls, root: Path, options: Options) -> Trees:
        """The files below `root`, in the folders of the options."""
        audio_folder = root / options.audio
        found = recordings_below(audio_folder)
        midi_folder = root / options.midi if options.midi else audio_folder
        midi = midi_by_id(visible_files(midi_folder)) if options.midi else found.midi
        notices = (*found.notices, *without_recording(midi, found.by_id))
        return cls(audio_folder, found.by_id, midi_folder, midi, notices)

    def track(self, id: str, split: str | None) -> TrackFiles:
        """The recording with this id and, where there is one, its MIDI file."""
        audio = self.audio_folder / single_name(self.audio[id])
        labels = {"notes": self.midi_folder / single_name(self.midi[id])} if id in self.midi else {}
        return TrackFiles(id, audio, work=id, labels=labels, split=split)


def _split(id: str) -> str:
    first, slash, _ = id.partition("/")
    return parse_split(first if slash else "", where=f"as the first folder of {id}")


def _check_parallel_trees(root: Path, trees: Trees) -> None:
    """Raise with the options that match recordings and MIDI files, where without them nothing matches."""
    if trees.audio.keys() & trees.midi.keys():
        return
    folders_of_midi = defaultdict(list)
    for first, _, rest in (id.partition("/") for id in trees.midi):
        folders_of_midi[rest].append(first)
    pairs = Counter(
        (first, each)
        for first, _, rest in (id.partition("/") for id in trees.audio if "/" in id)
        for each in folders_of_midi.get(rest, ())
    )
    for (audio, midi), n in pairs.most_common(1):
        raise ParameterError(
            f"a MIDI file beside each recording in {root}",
            received=f"{n} recordings in {audio!r} whose MIDI files are in {midi!r}",
            remedy=f"give --option {quote(f'audio={audio}')} --option {quote(f'midi={midi}')}",
        )


def _check_split_folders(trees: Trees) -> None:
    firsts = sorted({id.partition("/")[0] for id in trees.audio if "/" in id})
    if not any(first.lower() in SPLIT_WORDS for first in firsts):
        raise ParameterError(
            f"folders called {', '.join(SPLIT_WORDS)} in {trees.audio_folder}",
            received=", ".join(firsts[:5]) or "no folders with recordings",
            remedy="leave option split_folders out, or name the folders by their splits",
        )
