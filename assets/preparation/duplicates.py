"""The tracks of a dataset that hold the same recording: by the bytes of the file, and by landmarks of the sound."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from numpy.typing import NDArray

from mir_models.identification.landmarks import Params as LandmarkParams
from mir_models.identification.matches import Match, Search, find_duplicates
from storage.fingerprints import fingerprint
from storage.records import Record
from storage.tracks.bundles import Bundle
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.records import RawAudioRecord
from storage.tracks.track_store import TrackStore, fingerprint_of

LANDMARKS = LandmarkParams()
SEARCH = Search()


@dataclass(frozen=True)
class DuplicatesRecord(Record):
    """The pairs of equal recordings of a dataset.

    Attributes
    ----------
    search : str or None
        Fingerprint of the settings of the search.
    matches : list of Match
        Between names of stored tracks.
    """

    search: str | None = None
    matches: list[Match] = field(default_factory=list)


def find_matches(dataset: DatasetStore) -> list[Match]:
    """The pairs of tracks that sound the same, by id; a track that is new is compared with all, and no other is."""
    store, bundle, stored = dataset.raw_audio, Bundle(dataset.objects, dataset.landmarks_key), _stored(dataset)
    tracks = {name: record.track for name, record in store.named_records().items()}
    kept = bundle.read() if stored.search == fingerprint(SEARCH) else {}
    new = tracks.keys() - kept.keys()
    landmarks = {name: kept[name] for name in tracks.keys() & kept.keys()} | {
        name: _landmarks(store, tracks[name], name) for name in new
    }
    compared = landmarks.keys() - new
    earlier = [each for each in stored.matches if {each.a, each.b} <= compared]
    found = sorted({*earlier, *find_duplicates(landmarks, LANDMARKS, SEARCH, among=new)})
    if landmarks.keys() != kept.keys():
        record = DuplicatesRecord(fingerprint(SEARCH), found)
        dataset.objects.write(dataset.duplicates_key, json.dumps(record.to_json(), indent=1).encode())
        bundle.write(landmarks)  # Last: what it holds has been compared.
    return [replace(each, a=tracks[each.a], b=tracks[each.b]) for each in found]


def stored_matches(dataset: DatasetStore) -> list[Match]:
    """The pairs that the last `find_matches` found, by id, of tracks that are still there."""
    tracks = {name: record.track for name, record in dataset.raw_audio.named_records().items()}
    found = [each for each in _stored(dataset).matches if {each.a, each.b} <= tracks.keys()]
    return [replace(each, a=tracks[each.a], b=tracks[each.b]) for each in found]


def same_recordings(file_of: Mapping[str, str], found: Iterable[Match]) -> list[tuple[str, ...]]:
    """The sets of two or more tracks that are one recording: linked by a match, or parts or copies of one file.

    Parameters
    ----------
    file_of : mapping of str to str
        SHA-256 of the file of every track.
    found : iterable of Match
    """
    linked: dict[str, set[str]] = {track: {track} for track in file_of}
    of_file: dict[str, list[str]] = defaultdict(list)
    for track, file in file_of.items():
        of_file[file].append(track)
    pairs = [(tracks[0], other) for tracks in of_file.values() for other in tracks[1:]]
    for a, b in [*pairs, *((match.a, match.b) for match in found)]:
        if linked[a] is not linked[b]:
            linked[a] |= linked[b]
            for track in linked[b]:
                linked[track] = linked[a]
    return sorted({tuple(sorted(tracks)) for tracks in linked.values() if len(tracks) > 1})


def copies_across(stores: Mapping[str, DatasetStore]) -> list[list[tuple[str, str]]]:
    """The (dataset, track) of every recording that several datasets have."""
    named = {name: each.raw_audio.named_records() for name, each in stores.items()}
    tables = {(name, stored): record for name, records in named.items() for stored, record in records.items()}
    landmarks = {
        (name, stored): rows
        for name, each in stores.items()
        for stored, rows in Bundle(each.objects, each.landmarks_key).read().items()
        if (name, stored) in tables
    }
    keys = {f"{name}/{stored}": (name, stored) for name, stored in landmarks}
    file_of = {key: tables[keys[key]].file for key in keys}
    found = find_duplicates({key: landmarks[keys[key]] for key in keys}, LANDMARKS, SEARCH)
    groups = [[(keys[key][0], tables[keys[key]].track) for key in group] for group in same_recordings(file_of, found)]
    return [group for group in groups if len({name for name, _ in group}) > 1]


def _stored(dataset: DatasetStore) -> DuplicatesRecord:
    content = dataset.objects.read(dataset.duplicates_key)
    if content is None:
        return DuplicatesRecord()
    where, remedy = dataset.duplicates_key, "delete that file: the next backfill writes it"
    return DuplicatesRecord.from_bytes(content, where=where, remedy=remedy)


def _landmarks(store: TrackStore[RawAudioRecord], track: str, name: str) -> NDArray[Any]:
    return store.read(track, fingerprint_of(name), "landmarks")["landmarks"]
