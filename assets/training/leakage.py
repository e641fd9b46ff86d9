"""What several datasets have in common: what trains in one of them, a recording or a work, must not test in another.

Within a dataset its own checks see to that; over several of them names say nothing, so sounds and notes are compared.
"""

from collections.abc import Iterator

from assets.preparation.duplicates import copies_across
from mir_models.errors import MirlitonError
from mir_models.notes.annotations import Notes
from mir_models.notes.works import recurring
from storage.corpora.listing import recording_of
from storage.examples.shards import TrackShards
from storage.fingerprints import slug
from storage.tracks import note_arrays
from storage.tracks.dataset_store import DatasetStore

Place = tuple[str, str]
"""Dataset and track."""


def refuse_leaks(stores: dict[str, DatasetStore], tracks: list[TrackShards]) -> None:
    """Refuse datasets of which `tracks` have one recording, or one work, in several splits.

    Raises
    ------
    MirlitonError
        With the first of them.
    """
    if len(stores) < 2:
        return
    split_of = {(track.dataset, track.track): track.split for track in tracks}
    copies = [each for each in copies_across(stores) if len({split_of.get(place) for place in each} - {None}) > 1]
    _refuse("recording", copies, split_of)
    _refuse("work", list(_works_across(stores, tracks)), split_of)


def _works_across(stores: dict[str, DatasetStore], tracks: list[TrackShards]) -> Iterator[list[Place]]:
    """Pairs of tracks of two datasets and two splits that perform one work."""
    played = {place: heard for name, store in stores.items() for place, heard in _notes(name, store, tracks)}
    split_of = {(track.dataset, track.track): track.split for track in tracks}
    for dataset in stores:
        for split in ("validation", "test"):
            held = {place: played[place] for place in played if place[0] == dataset and split_of[place] == split}
            others = {place: played[place] for place in played if place[0] != dataset and split_of[place] != split}
            yield from ([piece, known] for piece, known in recurring(others, held).items())


def _notes(name: str, store: DatasetStore, tracks: list[TrackShards]) -> Iterator[tuple[Place, Notes]]:
    """The notes of a dataset's recordings; variants have those of their source."""
    fingerprints = store.labels.fingerprints()
    for track in tracks:
        if track.dataset == name and "notes" in track.kinds and recording_of(track.track) == track.track:
            yield (name, track.track), note_arrays.read(store.labels, track.track, fingerprints[slug(track.track)])[0]


def _refuse(what: str, found: list[list[Place]], split_of: dict[Place, str]) -> None:
    if not found:
        return
    named = ", ".join(f"{place[0]}: {place[1]} ({split_of[place]})" for place in found[0] if place in split_of)
    raise MirlitonError(
        f"every {what} in one split over {', '.join(sorted({name for name, _ in split_of}))}",
        received=f"{len(found)} in several, the first {named}",
        remedy="name other datasets with --dataset, or leave these tracks out of one with --exclude",
    )
