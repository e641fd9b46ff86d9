"""Groups that cross splits: found by kind, described with the way out."""

from __future__ import annotations

import pytest

from assets.preparation.duplicates import same_recordings
from assets.preparation.groups import GROUPS, crossing_groups, describe_crossings, describe_empty_splits, groups_of
from mir_models.identification.matches import Match
from tests.storage.track_records import raw_audio_record

RECORDS = [
    raw_audio_record("a", work="Sonata", classes={"artist": "X", "album": "One"}),
    raw_audio_record("b", work="Sonata", split="test", classes={"artist": "Y", "album": "One"}),
    raw_audio_record("c", work="Rondo", split="validation"),
]
SPLIT_OF = {record.track: record.split for record in RECORDS}


def test_a_track_has_a_group_of_each_kind_that_its_record_names() -> None:
    groups = groups_of(RECORDS, [("b", "c")])
    assert tuple(groups) == GROUPS
    assert groups["work"] == {"a": "Sonata", "b": "Sonata", "c": "Rondo"}
    assert groups["artist"] == {"a": "X", "b": "Y"}
    assert groups["album"] == {"a": "X: One", "b": "Y: One"}, "albums of one name are not one album"
    assert groups["duplicate"] == {"b": "b", "c": "b"}


def test_only_groups_in_several_splits_cross() -> None:
    groups = groups_of(RECORDS, [("b", "c")])
    assert crossing_groups(SPLIT_OF, groups["work"]) == [
        {"group": "Sonata", "splits": "test, train", "tracks": "a (train), b (test)", "n_tracks": 2}
    ]
    assert crossing_groups(SPLIT_OF, groups["artist"]) == crossing_groups(SPLIT_OF, groups["album"]) == []
    (copies,) = crossing_groups(SPLIT_OF, groups["duplicate"])
    assert copies["tracks"] == "b (test), c (validation)"


@pytest.mark.parametrize(
    ("kind", "rule", "received", "remedy"),
    [
        ("work", "work", "1 in several under the rule work, the first Sonata (2 tracks) in test, train", "leave"),
        ("work", "song", "1 in several under the rule song, the first Sonata", "where it matters, add"),
        ("duplicate", "work", "1 in several, the first a (train), b (test): they sound the same", "leave tracks out"),
    ],
)
def test_a_crossing_is_described_with_the_way_out(kind: str, rule: str, received: str, remedy: str) -> None:
    found = crossing_groups(SPLIT_OF, groups_of(RECORDS, [("a", "b")])["work"])
    message = describe_crossings(kind, rule, found)
    assert message.startswith(f"Expected every {kind} in one split. Received: {received}")
    assert f"Remedy: {remedy}" in message
    assert message.endswith("add the dataset again.")


def test_empty_splits_are_named() -> None:
    assert describe_empty_splits({"train": 1, "validation": 1, "test": 1}) == "every split has tracks"
    message = describe_empty_splits({"train": 1, "validation": 0, "test": 0})
    assert "Expected tracks in every split. Received: none in validation and test." in message


def test_copies_of_a_file_and_matches_are_linked_into_sets() -> None:
    file_of = {"a": "1", "b": "1", "c": "2", "d": "3", "e": "4", "f": "5"}
    found = [Match("c", "d", 0.0, 9, 0.9), Match("b", "c", 0.0, 9, 0.9)]
    assert same_recordings(file_of, found) == [("a", "b", "c", "d")]
    assert same_recordings(file_of, []) == [("a", "b")]
    assert same_recordings({"a": "1", "b": "2"}, []) == []
