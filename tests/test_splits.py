"""Split rules: what stays together stays together, growth moves nothing, and every class has its share."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.catalogue import Registration
from storage.corpus import SPLITS, Listing, Promises, TrackFiles, group_of
from storage.objects import open_objects
from storage.split_table import SplitTable
from storage.splits import DEFAULT_SHARES, Assignment, Member, by_hash, decide, extended

MEMBERS = st.lists(
    st.builds(Member, group=st.sampled_from("abcdefghijklmnop"), stratum=st.sampled_from(["rock", "jazz", ""])),
    max_size=60,
)


def of_rule(rule: str, seed: int = 0) -> Assignment:
    return Assignment(rule, seed)


def track(id: str, *, split: str | None = None, work: str = "", **classes: str) -> TrackFiles:
    return TrackFiles(id, Path(f"{id}.wav"), work or id, split=split, classes=classes)


@given(MEMBERS, MEMBERS, st.integers(0, 5))
def test_a_dataset_that_grows_moves_no_group(first: list[Member], more: list[Member], seed: int) -> None:
    before = extended(of_rule("work", seed), first)
    after = extended(before, [*first, *more])
    assert before.groups.items() <= after.groups.items()
    assert set(after.groups) == {each.group for each in (*first, *more)}
    assert extended(after, [*first, *more]) == after


@given(MEMBERS, st.randoms())
def test_the_order_of_the_listing_does_not_matter(members: list[Member], random: object) -> None:
    shuffled = list(members)
    random.shuffle(shuffled)
    assert extended(of_rule("work"), shuffled) == extended(of_rule("work"), members)


@given(st.integers(4, 40), st.integers(0, 20))
def test_from_four_works_on_no_split_is_empty(n: int, seed: int) -> None:
    groups = extended(of_rule("work", seed), [Member(f"work {each}") for each in range(n)]).groups
    assert set(groups.values()) == set(SPLITS)


@given(st.lists(st.integers(1, 60), min_size=4, max_size=12), st.integers(0, 20))
def test_nor_is_one_where_groups_are_of_any_size(sizes: list[int], seed: int) -> None:
    members = [Member(f"artist {each}") for each, n in enumerate(sizes) for _ in range(n)]
    assert set(extended(of_rule("artist", seed), members).groups.values()) == set(SPLITS)


@given(st.integers(20, 60), st.integers(20, 60), st.integers(0, 5))
def test_every_class_and_the_whole_have_their_shares(rock: int, jazz: int, seed: int) -> None:
    members = [Member(f"r{each}", "rock") for each in range(rock)] + [
        Member(f"j{each}", "jazz") for each in range(jazz)
    ]
    groups = extended(of_rule("work", seed), members).groups
    for letter, n in (("r", rock), ("j", jazz), ("", rock + jazz)):
        counts = Counter(split for group, split in groups.items() if group.startswith(letter))
        assert all(abs(counts[split] - share * n) <= 2 for split, share in DEFAULT_SHARES.items())


def test_a_group_counts_by_its_tracks() -> None:
    members = [Member("great", "")] * 50 + [Member(f"small {each}") for each in range(50)]
    groups = extended(of_rule("artist"), members).groups
    tracks = Counter(groups[each.group] for each in members)
    assert {split: tracks[split] for split in SPLITS} == {"train": 70, "validation": 15, "test": 15}


def test_a_few_albums_of_very_different_sizes_fill_all_splits() -> None:
    sizes = {"wesnoth": 32, "warzone": 28, "singularity": 15, "hyperrogue": 12, "asc": 3}
    for seed in range(20):
        groups = extended(of_rule("album", seed), [Member(each) for each, n in sizes.items() for _ in range(n)]).groups
        tracks = Counter({split: sum(sizes[each] for each in groups if groups[each] == split) for split in SPLITS})
        assert min(tracks.values()) >= 3
        assert tracks["train"] >= 60


def test_another_seed_makes_other_splits() -> None:
    members = [Member(str(each)) for each in range(30)]
    assert extended(of_rule("work", 0), members).groups != extended(of_rule("work", 1), members).groups


@pytest.mark.parametrize("rule", ["work", "artist", "album", "song"])
def test_a_rule_keeps_its_groups_in_one_split(rule: str) -> None:
    tracks = [
        track(f"{artist}/{album}/{song}", work=f"song {song}", artist=artist, album=f"{artist}{album}")
        for artist in "ABCDEFGH"
        for album in "xyz"
        for song in range(5)
    ]
    splits = decide(tracks, of_rule(rule)).splits
    keys = {
        "work": lambda each: each.work,
        "artist": lambda each: each.classes["artist"],
        "album": lambda each: each.classes["album"],
        "song": lambda each: each.id,
    }
    of_group: dict[object, set[str]] = {}
    for each in tracks:
        of_group.setdefault(keys[rule](each), set()).add(splits[each.id])
    assert all(len(found) == 1 for found in of_group.values())
    assert set(splits.values()) == set(SPLITS)
    if rule in ("album", "song"):  # Every artist is heard in training: what artist recognition needs.
        assert {each.classes["artist"] for each in tracks if splits[each.id] == "train"} == set("ABCDEFGH")


def test_albums_of_one_name_by_two_artists_are_two() -> None:
    tracks = [
        track(f"{artist}/{album}/{song}", artist=artist, album=album)
        for artist in ("one", "other", "third")
        for album in ("Greatest Hits", "Live")
        for song in range(3)
    ]
    splits = decide(tracks, of_rule("album", 0)).splits
    of = {(each.classes["artist"], each.classes["album"]): {splits[each.id]} for each in tracks}
    assert set.union(*of.values()) == {"train", "validation", "test"}, "six groups, not two"
    assert all(splits[each.id] in of[each.classes["artist"], each.classes["album"]] for each in tracks)
    assert group_of({"album": "Live"}, "album") == "Live"
    assert group_of({"artist": "one"}, "album") == ""


def test_a_track_without_what_the_rule_needs_is_refused_with_the_remedy() -> None:
    decision = decide([track("a", artist="A"), track("b")], of_rule("artist"))
    assert decision.splits.keys() == {"a"}
    assert "--split" in decision.refused["b"]
    decision = decide([track("a", split="test"), track("b")], of_rule("official"))
    assert decision.splits == {"a": "test"}
    assert "a split of its own" in decision.refused["b"]


@pytest.mark.parametrize(
    ("official", "asked", "rule"),
    [(True, "auto", "official"), (False, "auto", "work"), (True, "artist", "artist"), (False, "official", "official")],
)
def test_the_corpus_own_splits_are_used_where_it_has_them_and_nothing_else_is_asked(
    official: bool, asked: str, rule: str
) -> None:
    listing = Listing([], Promises(("notes",), official_splits=official))
    assert Registration("x", "folder", ".", split=asked).rule(listing) == rule


def test_what_was_decided_is_kept_until_the_rule_or_the_seed_changes(tmp_path: Path) -> None:
    table = SplitTable(open_objects(str(tmp_path)), "splits")
    decided = extended(table.read("work", 0), [Member(each) for each in "abcdef"])
    table.write(decided)
    assert table.read("work", 0) == decided
    assert table.read("work", 1) == Assignment("work", 1)
    assert table.read("song", 0) == Assignment("song", 0)


def test_a_hash_gives_about_the_shares() -> None:
    counts = Counter(by_hash(str(each), {"test": 0.1, "validation": 0.2}, seed=3) for each in range(2000))
    assert counts["test"] == pytest.approx(200, abs=45)
    assert counts["validation"] == pytest.approx(400, abs=60)
