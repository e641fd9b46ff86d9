"""A folder of recordings, each with a MIDI file of the same name beside it or in a parallel tree.

::

    root/**/x.flac                   root/audio/**/x.flac   --option audio=audio
    root/**/x.mid                    root/midi/**/x.mid     --option midi=midi

With ``split_folders`` the first folders are the official split: ``train/``, ``validation/`` (``valid``, ``val``,
``dev``) and ``test/``, in parallel trees below both. Parallel trees are never guessed: where recordings and MIDI files
would only match as such, the options to give are said.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mir_models.errors import MirlitonError, TrackError
from storage.corpus import Listing, Promises, TrackFiles
from storage.corpus_files import (
    MIDI_SUFFIXES,
    SPLIT_WORDS,
    by_id,
    check_pedal,
    only,
    recordings,
    split_named,
    visible_files,
)

DESCRIPTION = "your own recordings: audio files, each with a .mid or .midi of the same name, beside it or in its own tree"
LICENCE = "yours: the files stay where they are, and nothing is copied out of the folder but what is computed from it"
CITATION = "none: cite the sources of your own recordings and scores"
HOMEPAGE = "none: the folder is on your own disk"
KINDS = ("notes",)
DOWNLOADS = ()
PROMISES = Promises(KINDS)


@dataclass(frozen=True)
class Options:
    """Where the files lie and what is known of them.

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
    """The licence that the user names, else whose files they are."""
    return options.licence or LICENCE


def tracks(root: Path, options: Options) -> Listing:
    r"""Every audio file below the folder of recordings, sorted by id; hidden files and folders are skipped.

    The id is the path below that folder without its extension, with ``/``, in Unicode NFC. Every track is a work of its
    own. Audio without MIDI is listed without labels. Where two files of a kind would have the same id, neither is
    guessed: the id is refused, with the reason. So is a name that is no UTF-8, whose id is spelt with ``\x``, and with
    ``split_folders`` a recording outside of them.

    Raises
    ------
    MirlitonError
        When a folder is none or has no audio below it, when nothing matches but parallel trees would, or when
        `split_folders` finds no such folder.
    """
    in_root = visible_files(root)
    audio_folder = root / options.audio
    names = visible_files(audio_folder) if options.audio else in_root
    midi_folder = root / options.midi if options.midi else audio_folder
    audio = recordings(audio_folder, names)
    midi = by_id(visible_files(midi_folder) if options.midi else names, MIDI_SUFFIXES)
    if not options.audio and not options.midi:
        _refuse_parallel_trees(root, audio, midi)
    if options.split_folders:
        _refuse_without_splits(audio_folder, audio)
    listed, refused = [], {}
    for id in sorted(audio):
        try:
            paths = audio_folder / only(audio[id]), midi_folder / only(midi[id]) if id in midi else None
            listed.append(_track(id, *paths, _split(id) if options.split_folders else None))
        except TrackError as error:
            refused[id] = str(error)
    promises = Promises(KINDS, options.labels_exact, options.pedal, options.split_folders)
    return Listing(listed, promises, refused=refused)


def _track(id: str, audio: Path, midi: Path | None, split: str | None) -> TrackFiles:
    return TrackFiles(id, audio, work=id, labels={"notes": midi} if midi else {}, split=split)


def _split(id: str) -> str:
    first, slash, _ = id.partition("/")
    return split_named(first if slash else "", where=f"as the first folder of {id}")


def _refuse_parallel_trees(root: Path, audio: dict[str, list[str]], midi: dict[str, list[str]]) -> None:
    """Say which options match recordings and MIDI files, where without them nothing matches."""
    if audio.keys() & midi.keys():
        return
    trees = Counter(pair for id in audio for pair in _pairs(id, midi))
    if trees:
        (of_audio, of_midi), n = trees.most_common(1)[0]
        raise MirlitonError(
            f"a MIDI file beside each recording in {root}",
            received=f"{n} recordings in {of_audio} whose MIDI files are in {of_midi}",
            remedy=f"give --option audio={of_audio} --option midi={of_midi}",
        )


def _refuse_without_splits(folder: Path, audio: dict[str, list[str]]) -> None:
    firsts = sorted({id.partition("/")[0] for id in audio if "/" in id})
    if not any(first.lower() in SPLIT_WORDS for first in firsts):
        raise MirlitonError(
            f"folders called {', '.join(SPLIT_WORDS)} in {folder}",
            received=", ".join(firsts[:5]) or "no folders with recordings",
            remedy="leave option split_folders out, or name the folders by their splits",
        )
