"""Groups of tracks (works, artists, albums, copies of one recording) and those that are in more than one split."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypedDict

from mir_models.errors import MirlitonError
from storage.corpora.listing import SPLITS, group_of
from storage.tracks.records import RawAudioRecord

GROUPS = ("work", "artist", "album", "duplicate")
"""Kinds of groups; a duplicate is a set of tracks that are one recording."""


class Crossing(TypedDict):
    """A group whose tracks are in several splits: these splits, these tracks each with its split, and how many."""

    group: str
    splits: str
    tracks: str
    n_tracks: int


def groups_of(records: Sequence[RawAudioRecord], duplicates: Sequence[tuple[str, ...]]) -> dict[str, dict[str, str]]:
    """By kind of group, the group of every track that has one; `duplicates` are sets of tracks of one recording."""
    artists = {record.track: record.classes.get("artist", "") for record in records}
    albums = {record.track: group_of(record.classes, "album") for record in records}
    return {
        "work": {record.track: record.work for record in records},
        "artist": {track: artist for track, artist in artists.items() if artist},
        "album": {track: album for track, album in albums.items() if album},
        "duplicate": {track: tracks[0] for tracks in duplicates for track in tracks},
    }


def crossing_groups(split_of: Mapping[str, str], groups: Mapping[str, str]) -> list[Crossing]:
    """The groups whose tracks are in more than one split, sorted; split and group are by track."""
    members: dict[str, list[str]] = defaultdict(list)
    for track, group in groups.items():
        members[group].append(track)
    splits = {group: sorted({split_of[track] for track in tracks}) for group, tracks in sorted(members.items())}
    return [
        {
            "group": group,
            "splits": ", ".join(found),
            "tracks": ", ".join(f"{track} ({split_of[track]})" for track in sorted(members[group])),
            "n_tracks": len(members[group]),
        }
        for group, found in splits.items()
        if len(found) > 1
    ]


def describe_crossings(kind: str, rule: str, crossings: Sequence[Crossing]) -> str:
    """What to do about groups of a kind that cross under a split rule, in one sentence that names the first of them."""
    first, left_out = crossings[0], "leave tracks out with --exclude TRACK"
    if kind == "duplicate":
        received = f"{len(crossings)} in several, the first {first['tracks']}: they sound the same"
    else:
        name = f"{first['group']} ({first['n_tracks']} tracks) in {first['splits']}"
        received = f"{len(crossings)} in several under the rule {rule}, the first {name}"
    other = "" if kind in {"duplicate", rule} else f"where it matters, add the dataset again with --split {kind}, or "
    remedy = f"{other}{left_out} and add the dataset again"
    return str(MirlitonError(f"every {kind} in one split", received=received, remedy=remedy))


def describe_empty_splits(counts: Mapping[str, int]) -> str:
    """Which splits have no tracks, and what to do about it; `counts` are tracks by split."""
    empty = [split for split in SPLITS if not counts[split]]
    if not empty:
        return "every split has tracks"
    remedy = "four groups (works, artists, albums or songs) fill all three; add recordings, or choose another --split"
    return str(MirlitonError("tracks in every split", received=f"none in {' and '.join(empty)}", remedy=remedy))
