"""Datasets of the library mirdata: any whose tracks have audio and notes, a genre, an artist or another class.

The root is mirdata's ``data_home``, in the layout that its own download makes; `mirliton` downloads none of it (mirdata
publishes no sizes, and moves what it unpacks). The index of a dataset, which names its files, is looked for in the root
and then in mirdata's package, where mirdata downloads it to; nothing here uses the network. Indexes of the version
``sample`` come with mirdata's repository (``tests/indexes``) alone.

The audio, notes and classes of a dataset are found in its class ``Track`` (or ``MultiTrack``), so that a new one needs
no line here. Notes are
the properties of type ``NoteData`` that are read from one file. Classes go by the names in `CLASS_ATTRIBUTES`; a list
counts by its first member. The work is a title with its composer or artist (an "Intro" has many), else the song that
the dataset itself numbers, else the multitrack of a stem, else the track itself. The splits are the dataset's own where
it has both train and test; without validation some works of train validate.

Notes are exact by default since mirdata's annotations are made on that very audio; some are the output of an algorithm
all the same (``notes_pyin`` of ikala and medleydb_pitch, jtd).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from mir_models.errors import MirlitonError, ParameterError, TrackError
from mir_models.notes.annotations import Notes
from storage.corpora.files import MIDI_SUFFIXES, SPLIT_WORDS, check_pedal, check_validation_share
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.corpora.splits import split_by_hash
from storage.datasets._mirdata_modules import CLASS_ATTRIBUTES, LABELS, Offer, module_of, offer_of, quietly, track_class
from storage.media import midi
from storage.media.midi import Performance

NAME = "mirdata"
VERSION = 1
DESCRIPTION = "a dataset of the library mirdata that has audio and notes, genre, artist, album, composer or instrument"
LICENCE = "the dataset's own, as mirdata states it"
CITATION = (
    "the dataset's own (mirdata's cite()), and R. M. Bittner, M. Fuentes, D. Rubinstein, A. Jansson, K. Choi and "
    "T. Kell, mirdata: Software for Reproducible Usage of Datasets, ISMIR 2019"
)
HOMEPAGE = "https://mirdata.readthedocs.io"
KINDS = LABELS
DOWNLOADS = ()

TITLES = ("work", "canonical_title", "title", "piece", "name")
SONG_IDS = ("song_id",)
SPLIT_ATTRIBUTES = ("split", "subset")
VELOCITY = 64
"""Of notes that come without one."""
SECONDS = {"s": 1.0, "ms": 1e-3}
BROKEN = (OSError, ValueError, LookupError, AttributeError, TypeError, AssertionError)
"""What mirdata's readers raise on files that are not as they should be."""


@dataclass(frozen=True)
class Options:
    """Which dataset, and which of its files.

    Attributes
    ----------
    dataset : str
        Its name in mirdata, e.g. ``gtzan_genre``.
    version : str
        One of the dataset's versions in mirdata.
    kinds : str
        Label kinds that are read and that every track must have, with commas; empty: all that the dataset has are read,
        and those that no track lacks are guaranteed. ``notes`` alone is quick for the stems of slakh, whose instruments
        are in a YAML file each.
    multitracks : bool
        List the mixes of a dataset of multitracks instead of their stems.
    audio, notes : str
        Attribute of mirdata's track with the path of the recording, and with the notes; empty: the most usual.
    labels_exact : bool
        The notes are already aligned to the recordings.
    pedal : {"separate", "applied"}
        Whether the notes' offsets already contain the sustain pedal.
    validation_share : float in [0, 1)
        Share of the train works that validate where the dataset's own splits have train and test alone.
    seed : int
        Of the choice of these works.
    """

    dataset: str = ""
    version: str = "default"
    kinds: str = ""
    multitracks: bool = False
    audio: str = ""
    notes: str = ""
    labels_exact: bool = True
    pedal: str = "separate"
    validation_share: float = 0.12
    seed: int = 0

    def __post_init__(self) -> None:
        check_pedal(self.pedal)
        check_validation_share(self.validation_share)


@dataclass(frozen=True)
class _Source:
    """A loaded dataset: its tracks by id, and the attributes that are read of them."""

    name: str
    ids: list[str]
    get: Callable[[str], Any]
    audio: str
    notes: str | None
    classes: dict[str, str]
    mixes: dict[str, str]
    splits: dict[str, str] | None


def tracks(root: Path, options: Options) -> Listing:
    """The tracks of a dataset of mirdata, by mirdata's own ids.

    Returns
    -------
    Listing
        Tracks for which the dataset itself has no audio, or that its splits leave out, are in ``dropped``; those whose
        files or metadata are not on disk are in ``refused``.

    Raises
    ------
    MirlitonError
        When mirdata is not installed, has no such dataset or version, the dataset has no label that mirliton reads, or
        its index, metadata or audio is not below `root`.
    """
    if not root.is_dir():
        raise MirlitonError(
            "the folder of a mirdata dataset", received=f"{root}, which is none", remedy=_fetch(root, options)
        )
    offer = offer_of(track_class(options.dataset, multitracks=options.multitracks))
    kinds = _chosen_kinds(offer, options)
    with quietly():
        source = _source(root, options, offer, kinds)
        found, dropped, refused = _read(source)
    official, kept, left = _split(found, options)
    refused |= _missing(kept)
    usable = [track for track in kept if track.id not in refused]
    if not usable:
        received = next(iter((refused | dropped | left).values()), "an index without tracks").rstrip(".")
        raise MirlitonError(f"audio of {options.dataset} below {root}", received=received, remedy=_fetch(root, options))
    promised = kinds or tuple(kind for kind in offer.kinds if all(track.has(kind) for track in usable))
    return Listing(usable, Promises(promised, options.labels_exact, options.pedal, official), dropped | left, refused)


def licence(options: Options) -> str:
    """The licence of the dataset, as mirdata states it."""
    if not options.dataset:
        return LICENCE
    module = module_of(options.dataset)
    _entry(module, options)
    stated = module.Dataset(data_home="", version=options.version)._license_info
    return " ".join(stated.split()) if stated else f"not stated by mirdata: see {HOMEPAGE}"


def read_notes(path: Path, options: Options) -> Performance:
    """The notes in a label file: a MIDI file with its pedal, any other as the dataset's module in mirdata reads it.

    Pitches in Hz become the nearest MIDI number of equal temperament at A4 = 440 Hz; notes of 0 Hz have none and are
    left out. Confidences of another unit than velocity are no loudness: the velocity is `VELOCITY` then.

    Raises
    ------
    TrackError
        When the file is broken, has no note, or has notes in units other than seconds, milliseconds, Hz and MIDI.
    """
    if path.suffix.lower() in MIDI_SUFFIXES:
        return midi.read(path)
    kind = track_class(options.dataset, multitracks=options.multitracks)
    offered = offer_of(kind).notes
    name = _choice("notes", options.notes, offered)
    track = kind.__new__(kind)  # Of all that mirdata's own __init__ looks up, the notes need this path alone.
    setattr(track, offered[name], str(path))
    try:
        annotation = getattr(track, name)
    except BROKEN as error:
        received, remedy = f"{type(error).__name__}: {error} in {path.name}", "fetch the file again, or leave it out"
        raise TrackError(f"notes that mirdata's {options.dataset} reads", received=received, remedy=remedy) from error
    if annotation is None or not len(annotation.pitches):
        remedy = "leave the track out, or choose another --option kinds=…"
        raise TrackError("a label file with notes", received=f"no note in {path.name}", remedy=remedy)
    return Performance(_notes(annotation, path.name), np.zeros((0, 2)))


def _notes(annotation: Any, name: str) -> Notes:
    """mirdata's NoteData as notes; `name` is the file's, for the errors."""
    units = annotation.interval_unit, annotation.pitch_unit
    if units[0] not in SECONDS or units[1] not in ("hz", "midi"):
        remedy = "choose another --option notes=…, or leave the dataset's notes out"
        raise TrackError("notes in s or ms, and hz or midi", received=f"{' and '.join(units)} in {name}", remedy=remedy)
    pitched = (annotation.pitches > 0) | (units[1] == "midi")
    pitches, velocities = annotation.pitches[pitched], np.full(pitched.sum(), VELOCITY)
    if units[1] == "hz":
        pitches = 69 + 12 * np.log2(pitches / 440)
    if annotation.confidence_unit == "velocity":
        velocities = np.clip(np.rint(annotation.confidence[pitched]), 1, 127)
    pitches = np.rint(pitches)
    if not len(pitches) or not ((pitches >= 0) & (pitches <= 127)).all():
        remedy = "fetch the file again, or leave it out"
        raise TrackError("notes of MIDI pitches 0 to 127", received=f"other pitches in {name}", remedy=remedy)
    return Notes(annotation.intervals[pitched] * SECONDS[units[0]], pitches, velocities)


def _chosen_kinds(offer: Offer, options: Options) -> tuple[str, ...]:
    """The kinds of the option; empty when it is."""
    kinds = tuple(filter(None, (kind.strip() for kind in options.kinds.split(","))))
    for kind in kinds:
        _choice("kinds", kind, offer.kinds)
    return kinds


def _choice(name: str, value: str, among: Iterable[str]) -> str:
    """The value of an option, or the first of those it is chosen among."""
    known = list(among)
    if not known or (value and value not in known):
        remedy = f"choose among {', '.join(known) or 'nothing: leave it out'}"
        raise ParameterError(f"option {name} that this dataset has", received=repr(value), remedy=remedy)
    return value or known[0]


def _source(root: Path, options: Options, offer: Offer, kinds: tuple[str, ...]) -> _Source:
    dataset, index = _load_dataset(root, options)
    with_notes = bool(offer.notes) and (not kinds or "notes" in kinds)
    own_splits = "get_track_splits" in vars(type(dataset)) and not options.multitracks
    return _Source(
        options.dataset,
        sorted(index.get("multitracks" if options.multitracks else "tracks", ())),
        dataset.multitrack if options.multitracks else dataset.track,
        _choice("audio", options.audio, offer.audio),
        offer.notes[_choice("notes", options.notes, offer.notes)] if with_notes else None,
        {kind: attribute for kind, attribute in offer.classes.items() if not kinds or kind in kinds},
        {stem: mix for mix, files in index.get("multitracks", {}).items() for stem in files["tracks"]},
        {id: split for split, ids in dataset.get_track_splits().items() for id in ids} if own_splits else None,
    )


def _load_dataset(root: Path, options: Options) -> tuple[Any, dict[str, Any]]:
    """The dataset with its metadata read, and its index."""
    module = module_of(options.dataset)
    index = _index(module, root, options)
    dataset = module.Dataset(data_home=str(root), version=options.version)
    dataset.index_path = str(index)
    try:
        dataset._metadata  # noqa: B018 - mirdata keeps it; what is wrong with it is wrong for all tracks.
        return dataset, dataset._index
    except BROKEN as error:
        raise MirlitonError(
            f"index and metadata of {options.dataset} below {root}", received=error, remedy=_fetch(root, options)
        ) from error


def _index(module: ModuleType, root: Path, options: Options) -> Path:
    """The index of the version: in the root, or in mirdata's package."""
    entry = _entry(module, options)
    in_root, packaged = root / entry.filename, Path(entry.get_path())
    if not in_root.is_file() and not packaged.is_file():
        source = entry.remote.url if entry.remote else "tests/indexes of mirdata's repository"
        remedy = f"{_fetch(root, options)}; the index alone: {source}, put into {root}"
        received = f"neither {in_root} nor {packaged}"
        raise MirlitonError(f"mirdata's index of {options.dataset}", received=received, remedy=remedy)
    return in_root if in_root.is_file() else packaged


def _entry(module: ModuleType, options: Options) -> Any:
    """mirdata's entry for the index of the version."""
    entry = module.INDEXES.get(options.version)
    entry = module.INDEXES.get(entry) if isinstance(entry, str) else entry
    if entry is None:
        known = ", ".join(name for name, each in module.INDEXES.items() if not isinstance(each, str))
        remedy = f"choose --option version=… among {known}"
        raise ParameterError(
            f"a version of {options.dataset} in mirdata", received=repr(options.version), remedy=remedy
        )
    return entry


def _fetch(root: Path, options: Options) -> str:
    """The remedy for missing files."""
    arguments = f"'{options.dataset or 'NAME'}', data_home={str(root)!r}, version='{options.version}'"
    return f'mirdata\'s own download: python -c "import mirdata; mirdata.initialize({arguments}).download()"'


def _read(source: _Source) -> tuple[list[TrackFiles], dict[str, str], dict[str, str]]:
    """The tracks that have audio, each with the corpus' own name of its split; the ids dropped; those refused."""
    found, dropped, refused = [], {}, {}
    for id in source.ids:
        try:
            track = _track(source, id)
        except BROKEN as error:
            received, remedy = f"{type(error).__name__}: {error}", "fetch the dataset again"
            refused[id] = str(TrackError(f"metadata of {id} that mirdata reads", received=received, remedy=remedy))
            continue
        if track is None:
            dropped[id] = f"{source.name} has no {source.audio} for it"
        else:
            found.append(track)
    return found, dropped, refused


def _track(source: _Source, id: str) -> TrackFiles | None:
    """One track; None when the dataset has no audio for it."""
    track = source.get(id)
    audio = getattr(track, source.audio)
    if audio is None:
        return None
    score = getattr(track, source.notes) if source.notes else None
    classes = {kind: _name(getattr(track, attribute, None)) for kind, attribute in source.classes.items()}
    split = _first(track, SPLIT_ATTRIBUTES) if source.splits is None else source.splits.get(id)
    return TrackFiles(
        id,
        Path(audio),
        _work(track) or source.mixes.get(id, id),
        {"notes": Path(score)} if score else {},
        split or None,
        {kind: name for kind, name in classes.items() if name},
    )


def _work(track: Any) -> str:
    """The composition, named so that no other has the same name; empty where that is not known."""
    by, title = _first(track, (*CLASS_ATTRIBUTES["composer"], *CLASS_ATTRIBUTES["artist"])), _first(track, TITLES)
    return f"{by}: {title}" if by and title else _first(track, SONG_IDS)


def _first(track: Any, attributes: tuple[str, ...]) -> str:
    """The first name among some attributes; empty without one."""
    return next(filter(None, (_name(getattr(track, each, None)) for each in attributes)), "")


def _name(value: Any) -> str:
    """A name: text, a number, or the first of several, which may be the first entry of a dictionary."""
    if isinstance(value, dict):
        value = next(iter(value.values()), None)
    if isinstance(value, (list, tuple)):
        value = next(iter(value), None)
    return str(value).strip() if isinstance(value, (str, int)) else ""


def _missing(found: list[TrackFiles]) -> dict[str, str]:
    """The reason by id for tracks of which a file is not on disk; every folder is listed once."""
    listed: dict[str, set[str]] = {}
    reasons = {}
    for track in found:
        for path in (track.audio, *track.labels.values()):
            folder, name = os.path.split(path)
            if folder not in listed:
                listed[folder] = _names(folder)
            if name not in listed[folder]:
                remedy = "fetch the dataset again, or leave the kind out by --option kinds=…"
                reason = TrackError("the files that mirdata's index names", received=f"no {path}", remedy=remedy)
                reasons[track.id] = str(reason)
    return reasons


def _names(folder: str) -> set[str]:
    try:
        return set(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return set()


def _split(found: list[TrackFiles], options: Options) -> tuple[bool, list[TrackFiles], dict[str, str]]:
    """Whether the corpus splits itself, the tracks with these splits, and the reason by id of those it leaves out.

    Its names of splits may have a prefix, as in ``split01_train``.
    """
    splits = {each.id: SPLIT_WORDS.get((each.split or "").lower().rsplit("_", 1)[-1]) for each in found}
    if not {"train", "test"} <= set(splits.values()):
        return False, [dataclasses.replace(track, split=None) for track in found], {}
    left = {each.id: f"the corpus' split is {each.split}" for each in found if each.split and not splits[each.id]}
    if "validation" not in splits.values():
        shares = {"validation": options.validation_share}
        validating = {each.id: split_by_hash(each.work, shares, seed=options.seed) for each in found}
        splits |= {id: validating[id] for id, split in splits.items() if split == "train"}
    return True, [dataclasses.replace(each, split=splits[each.id]) for each in found if each.id not in left], left
