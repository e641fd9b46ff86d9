"""Leakage between the splits of several datasets: a recording or work of one that trains and of another that tests.

A model is not tested on a recording that it was trained on (`check_not_trained_on`); datasets that train together are
compared (`check_leakage`). Within a dataset its own checks refuse it; names of several are not comparable, so audio and
notes are compared.
"""

from collections.abc import Iterable, Iterator

from assets.preparation.duplicates import copies_across
from mir_models.errors import MirlitonError
from mir_models.notes.annotations import Notes
from mir_models.notes.works import find_shared_works
from storage.corpora.listing import recording_of
from storage.corpora.promotion_split import PROMOTION
from storage.examples.track_shards import TrackShards
from storage.fingerprints import slug
from storage.models.record import ModelRecord
from storage.tracks import note_arrays
from storage.tracks.dataset_store import DatasetStore

Address = tuple[str, str]
"""Dataset and track."""


def check_leakage(stores: dict[str, DatasetStore], tracks: list[TrackShards]) -> None:
    """Refuse `tracks` of several datasets that have one recording, or one work, in several splits.

    Raises
    ------
    MirlitonError
        Names the first of them.
    """
    if len(stores) < 2:
        return
    split_of = _splits(tracks)
    _check_none("recording", _copies_in_several_splits(stores, split_of), split_of)
    _check_none("work", list(_works_across(stores, tracks)), split_of)


def shared_with_training(stores: dict[str, DatasetStore], tracks: list[TrackShards]) -> set[Address]:
    """Those of `tracks` that do not train, and share a recording or a work with one of another dataset that does."""
    if len(stores) < 2:
        return set()
    split_of = _splits(tracks)
    shared = [*_copies_in_several_splits(stores, split_of), *_works_across(stores, tracks)]
    of_training = [each for each in shared if any(split_of.get(address) == "train" for address in each)]
    return {address for each in of_training for address in each if split_of.get(address) not in ("train", None)}


def _copies_in_several_splits(stores: dict[str, DatasetStore], split_of: dict[Address, str]) -> list[list[Address]]:
    """Sets of tracks of several datasets that are one recording, and in several splits."""
    return [each for each in copies_across(stores) if len({split_of.get(address) for address in each} - {None}) > 1]


def _works_across(stores: dict[str, DatasetStore], tracks: list[TrackShards]) -> Iterator[list[Address]]:
    """Pairs of tracks of two datasets and two splits that perform one work."""
    notes = {address: found for name, store in stores.items() for address, found in _notes(name, store, tracks)}
    split_of = _splits(tracks)
    for dataset in stores:
        for split in ("validation", "test"):
            held_out = {each: notes[each] for each in notes if each[0] == dataset and split_of[each] == split}
            others = {each: notes[each] for each in notes if each[0] != dataset and split_of[each] != split}
            yield from ([track, other] for track, other in find_shared_works(others, held_out).items())


def _splits(tracks: list[TrackShards]) -> dict[Address, str]:
    """The split of each track: the promotion split is a part of validation, where a work may be in both."""
    return {(track.dataset, track.track): "validation" if track.split == PROMOTION else track.split for track in tracks}


def _notes(name: str, store: DatasetStore, tracks: list[TrackShards]) -> Iterator[tuple[Address, Notes]]:
    """The notes of a dataset's recordings; variants have those of their source."""
    fingerprints = store.labels.fingerprints()
    for track in tracks:
        if track.dataset == name and "notes" in track.kinds and recording_of(track.track) == track.track:
            yield (name, track.track), note_arrays.read(store.labels, track.track, fingerprints[slug(track.track)])[0]


def _check_none(kind: str, crossing: list[list[Address]], split_of: dict[Address, str]) -> None:
    """Refuse recordings or works in several splits."""
    if not crossing:
        return
    first = ", ".join(f"{each[0]}: {each[1]} ({split_of[each]})" for each in crossing[0] if each in split_of)
    raise MirlitonError(
        f"every {kind} in one split over {', '.join(sorted({name for name, _ in split_of}))}",
        received=f"{len(crossing)} in several, the first {first}",
        remedy="name other datasets with --dataset, or leave these tracks out of one with --exclude",
    )


def check_not_trained_on(record: ModelRecord, tracks: Iterable[TrackShards], *, remedy: str) -> None:
    """Refuse to test a model on recordings that it, or a model it was made of, was trained on.

    Parameters
    ----------
    record : ModelRecord
    tracks : iterable of TrackShards
        To be tested.
    remedy : str
        Of the error.

    Raises
    ------
    MirlitonError
        Names the first of them.
    """
    trained_on = set(record.training_audio)
    trained = [track.track for track in tracks if track.audio_content in trained_on]
    if trained:
        received = f"{len(trained)} that it was trained on, the first {trained[0]}"
        raise MirlitonError("tracks that the model was not trained on", received=received, remedy=remedy)
