"""The tracks of a dataset that hold the same recording: by the bytes of the file, and by landmarks of the sound."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from mir_models import identification
from mir_models.identification import Match, Search, duplicates
from storage.fingerprints import fingerprint
from storage.tracks.bundles import Bundle
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.track_store import TrackStore

LANDMARKS = identification.Params()
SEARCH = Search()


def matches(dataset: DatasetStore) -> list[Match]:
    """The pairs of tracks that sound the same, by id; a track that is new is compared with all, and no other is."""
    store, bundle = dataset.raw_audio, Bundle(dataset.objects, dataset.landmarks_key)
    tracks = {name: record["track"] for name, record in store.named_records().items()}
    kept = bundle.read() if _kept(dataset)["search"] == fingerprint(SEARCH) else {}
    new = tracks.keys() - kept.keys()
    heard = {name: kept[name] for name in tracks.keys() & kept.keys()} | {
        name: _landmarks(store, tracks[name], name) for name in new
    }
    known = [Match(**each) for each in _kept(dataset)["matches"] if {each["a"], each["b"]} <= heard.keys() - new]
    found = sorted({*known, *duplicates(heard, LANDMARKS, SEARCH, among=new)})
    if heard.keys() != kept.keys():
        told = {"search": fingerprint(SEARCH), "matches": [asdict(each) for each in found]}
        dataset.objects.write(dataset.duplicates_key, json.dumps(told, indent=1).encode())
        bundle.write(heard)  # Last: what it holds has been compared.
    return [Match(tracks[each.a], tracks[each.b], each.offset_s, each.n_shared, each.share) for each in found]


def recordings(records: list[dict[str, Any]], found: Iterable[Match]) -> list[tuple[str, ...]]:
    """The sets of two or more tracks that are one recording: linked by a match, or parts or copies of one file."""
    linked: dict[str, set[str]] = {record["track"]: {record["track"]} for record in records}
    of_file: dict[str, list[str]] = defaultdict(list)
    for record in records:
        of_file[record["file"]].append(record["track"])
    pairs = [(tracks[0], other) for tracks in of_file.values() for other in tracks[1:]]
    for a, b in [*pairs, *((match.a, match.b) for match in found)]:
        if linked[a] is not linked[b]:
            linked[a] |= linked[b]
            for track in linked[b]:
                linked[track] = linked[a]
    return sorted({tuple(sorted(tracks)) for tracks in linked.values() if len(tracks) > 1})


def copies_across(stores: dict[str, DatasetStore]) -> list[list[tuple[str, str]]]:
    """The (dataset, track) of every recording that several datasets have."""
    tables = {
        (name, stored): record
        for name, each in stores.items()
        for stored, record in each.raw_audio.named_records().items()
    }
    heard = {
        f"{name}/{stored}": rows
        for name, each in stores.items()
        for stored, rows in Bundle(each.objects, each.landmarks_key).read().items()
        if (name, stored) in tables
    }
    keys = {f"{name}/{stored}": (name, stored) for name, stored in tables}
    rows = [{"track": key, "file": tables[keys[key]]["file"]} for key in heard]
    found = recordings(rows, duplicates(heard, LANDMARKS, SEARCH))
    copies = [[(keys[key][0], tables[keys[key]]["track"]) for key in group] for group in found]
    return [group for group in copies if len({name for name, _ in group}) > 1]


def _kept(dataset: DatasetStore) -> dict[str, Any]:
    content = dataset.objects.read(dataset.duplicates_key)
    return json.loads(content) if content else {"search": None, "matches": []}


def _landmarks(store: TrackStore, track: str, name: str) -> Any:
    return store.arrays(track, name.rsplit("@", 1)[1])["landmarks"][...]
