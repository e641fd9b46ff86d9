"""Scores of other programs: MIDI files that they made of the tracks of a test split."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from assets.training.dataset_shards import DatasetShards
from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics.note_level import note_scores
from mir_models.notes.annotations import Notes
from storage.examples.track_shards import TrackShards
from storage.fingerprints import slug
from storage.media import midi

PeerTracks = Mapping[str, Mapping[str, float]]
"""By track, the scores of a program by the keys of the rows of tracks in a report."""
SUFFIXES = (".mid", ".midi")


def score_peer(name: str, folder: Path, data: DatasetShards) -> PeerTracks:
    """Note scores of the MIDI files in a folder beside the labels of the test split.

    Parameters
    ----------
    name : str
        Of the program, for errors.
    folder : Path
        It has a file for each test track, called like the track or like its recording. Notes end at their note-offs,
        as written.
    data : DatasetShards

    Raises
    ------
    MirlitonError
        Where the folder or files of tracks are missing.
    """
    if not folder.is_dir():
        remedy = "give a folder with a MIDI file for each track of the test split"
        raise MirlitonError(f"a folder of {name}", received=str(folder), remedy=remedy)
    tracks = {data.name(track): track for track in data.split("test")}
    files = {track: _file(folder, names) for track, names in _unique(_names(tracks, data)).items()}
    lacking = [track for track, path in files.items() if path is None]
    if lacking:
        received = f"none for {len(lacking)} of {len(files)}, {lacking[0]} among them"
        remedy = f"call it {slug(lacking[0])}.mid, or like the recording"
        raise MirlitonError(f"a MIDI file of {name} for each track of the test split", received=received, remedy=remedy)
    return {track: _scores(data.notes(tracks[track]), path) for track, path in files.items() if path}


def _names(tracks: Mapping[str, TrackShards], data: DatasetShards) -> dict[str, list[str]]:
    """By track, the names without suffix that its file may have."""
    recordings = {
        (name, record.track): Path(record.path).stem
        for name, store in data.stores.items()
        for record in store.raw_audio.records()
    }
    return {
        name: [slug(name), slug(track.track), Path(track.track).name, recordings.get((track.dataset, track.track), "")]
        for name, track in tracks.items()
    }


def _unique(names: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Without the names that several tracks have: a file so called would be scored for each of them."""
    n_tracks = Counter(name for each in names.values() for name in set(each))
    return {track: [name for name in each if n_tracks[name] == 1] for track, each in names.items()}


def _file(folder: Path, names: Sequence[str]) -> Path | None:
    candidates = (folder / f"{name}{suffix}" for name in names if name for suffix in SUFFIXES)
    return next((path for path in candidates if path.is_file()), None)


def _scores(ref: Notes, path: Path) -> dict[str, float]:
    found = note_scores(ref, midi.read(path).notes)
    return {f"note_{kind}_{name}": value for kind, each in found.items() for name, value in each.items()}
