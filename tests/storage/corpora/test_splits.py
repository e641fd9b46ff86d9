"""Split rules: what stays together stays together, growth moves nothing, and every class has its share."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from dataclasses import FrozenInstanceError
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.corpora.listing import SPLITS, Listing, Promises, TrackFiles, group_of
from storage.corpora.registrations import Registration
from storage.corpora.split_table import SplitTable
from storage.corpora.splits import (
    DEFAULT_SHARES,
    RULES,
    Assignment,
    Member,
    assign_splits,
    extend,
    member,
    split_by_hash,
)
from storage.objects.objects import Objects, open_objects
from tests.storage.journal import Journal

MEMBERS = st.lists(
    st.builds(Member, group=st.sampled_from("abcdefghijklmnop"), stratum=st.sampled_from(["rock", "jazz", ""])),
    max_size=60,
)


def of_rule(rule: str, seed: int = 0) -> Assignment:
    return Assignment(rule, seed)


def track(id: str, *, split: str | None = None, work: str = "", **classes: str) -> TrackFiles:
    return TrackFiles(id, Path(f"{id}.wav"), work or id, split=split, classes=classes)


def test_a_group_counts_by_its_tracks() -> None:
    members = [Member("great", "")] * 50 + [Member(f"small {each}") for each in range(50)]
    groups = extend(of_rule("artist"), members).groups
    tracks = Counter(groups[each.group] for each in members)
    assert {split: tracks[split] for split in SPLITS} == {"train": 70, "validation": 15, "test": 15}


def test_a_few_albums_of_very_different_sizes_fill_all_splits() -> None:
    sizes = {"wesnoth": 32, "warzone": 28, "singularity": 15, "hyperrogue": 12, "asc": 3}
    for seed in range(20):
        groups = extend(of_rule("album", seed), [Member(each) for each, n in sizes.items() for _ in range(n)]).groups
        tracks = Counter({split: sum(sizes[each] for each in groups if groups[each] == split) for split in SPLITS})
        assert min(tracks.values()) >= 3
        assert tracks["train"] >= 60


def test_another_seed_makes_other_splits() -> None:
    members = [Member(str(each)) for each in range(30)]
    assert extend(of_rule("work", 0), members).groups != extend(of_rule("work", 1), members).groups


@pytest.mark.parametrize("rule", ["work", "artist", "album", "song"])
def test_a_rule_keeps_its_groups_in_one_split(rule: str) -> None:
    tracks = [
        track(f"{artist}/{album}/{song}", work=f"song {song}", artist=artist, album=f"{artist}{album}")
        for artist in "ABCDEFGH"
        for album in "xyz"
        for song in range(5)
    ]
    splits = assign_splits(tracks, of_rule(rule)).splits
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
    splits = assign_splits(tracks, of_rule("album", 0)).splits
    of = {(each.classes["artist"], each.classes["album"]): {splits[each.id]} for each in tracks}
    assert set.union(*of.values()) == {"train", "validation", "test"}, "six groups, not two"
    assert all(splits[each.id] in of[each.classes["artist"], each.classes["album"]] for each in tracks)
    assert group_of({"album": "Live"}, "album") == "Live"
    assert group_of({"artist": "one"}, "album") == ""


def test_a_track_without_what_the_rule_needs_is_refused_with_the_remedy() -> None:
    decision = assign_splits([track("a", artist="A"), track("b")], of_rule("artist"))
    assert decision.splits.keys() == {"a"}
    assert "--split" in decision.refused["b"]
    decision = assign_splits([track("a", split="test"), track("b")], of_rule("official"))
    assert decision.splits == {"a": "test"}
    assert "a split of its own" in decision.refused["b"]


@pytest.mark.parametrize(
    ("official", "given", "rule"),
    [(True, "auto", "official"), (False, "auto", "work"), (True, "artist", "artist"), (False, "official", "official")],
)
def test_the_splits_of_the_corpus_are_used_where_it_has_them_and_no_other_rule_is_given(
    official: bool, given: str, rule: str
) -> None:
    listing = Listing([], Promises(("notes",), official_splits=official))
    assert Registration("x", "folder", ".", split=given).rule(listing) == rule


def test_what_was_decided_is_kept_until_the_rule_or_the_seed_changes(tmp_path: Path) -> None:
    table = SplitTable(open_objects(str(tmp_path)), "splits")
    decided = extend(table.read("work", 0), [Member(each) for each in "abcdef"])
    table.write(decided)
    assert table.read("work", 0) == decided
    assert table.read("work", 1) == Assignment("work", 1)
    assert table.read("song", 0) == Assignment("song", 0)


def test_a_hash_gives_about_the_shares() -> None:
    counts = Counter(split_by_hash(str(each), {"test": 0.1, "validation": 0.2}, seed=3) for each in range(2000))
    assert counts["test"] == pytest.approx(200, abs=45)
    assert counts["validation"] == pytest.approx(400, abs=60)


def position(name: str, seed: int) -> Fraction:
    """The first 64 bits of a SHA-256 as a fraction of 1."""
    return Fraction(int(hashlib.sha256(f"{seed}\0{name}".encode()).hexdigest()[:16], 16), 2**64)


HALVES = {"train": 0.5, "test": 0.25, "validation": 0.25}
"""Shares that a float holds exactly, so that ties are ties."""


def minimised(kept: Assignment, members: list[Member]) -> dict[str, str]:
    """The groups in the order in which they are taken, as Pocock & Simon describe it, in exact arithmetic."""
    tracks: dict[str, list[str]] = {}
    for each in members:
        tracks.setdefault(each.group, []).append(each.stratum)
    classes = {group: max(found, key=lambda one: (found.count(one), one)) for group, found in tracks.items()}
    octave = {group: len(f"{len(found):b}") for group, found in tracks.items()}
    order = sorted(tracks, key=lambda group: (group not in kept.groups, -octave[group], position(group, kept.seed)))
    placed: dict[str, str] = {}

    def imbalance(among: list[str]) -> Fraction:
        total = sum(len(tracks[group]) for group in among)
        result = Fraction(0)
        for split, share in kept.shares.items():
            expected = Fraction(share) * total
            here = sum(len(tracks[group]) for group in among if placed[group] == split)
            result += total * (here - expected) ** 2 / expected
        return result

    for turn, group in enumerate(order):
        if group in kept.groups:
            placed[group] = kept.groups[group]
            continue
        empty = [split for split in kept.shares if split not in placed.values()]
        scores = {}
        for split in (turn >= 2 and empty) or kept.shares:
            placed[group] = split
            scores[split] = imbalance(list(placed)) + imbalance(
                [each for each in placed if classes[each] == classes[group]]
            )
        placed[group] = min(scores, key=lambda split: scores[split])
    return {**kept.groups, **placed}


@given(MEMBERS, MEMBERS, st.integers(0, 5))
def test_groups_are_placed_by_minimisation(first: list[Member], more: list[Member], seed: int) -> None:
    kept = Assignment("work", seed, HALVES)
    before = extend(kept, first)
    assert before == Assignment("work", seed, HALVES, minimised(kept, first))
    after = extend(before, [*more, *first])
    assert list(after.groups.items()) == list(minimised(before, [*more, *first]).items())


def test_four_works_fill_train_twice_then_the_others() -> None:
    names = ["a", "b", "c", "d", "e", "f", "g"]
    order = sorted(names, key=lambda name: position(name, 3))
    groups = extend(of_rule("work", 3), [Member(name) for name in names]).groups
    assert list(groups.items()) == list(
        zip(order, ["train", "train", "test", "validation", "train", "train", "train"], strict=True)
    )


def test_large_groups_come_first_those_of_about_one_size_by_chance() -> None:
    sizes = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 7, "f": 8}
    groups = extend(of_rule("work", 1), [Member(name) for name, n in sizes.items() for _ in range(n)]).groups
    chance = lambda *names: sorted(names, key=lambda name: position(name, 1))  # noqa: E731
    assert list(groups) == ["f", *chance("d", "e"), *chance("b", "c"), "a"]


def test_a_group_that_is_kept_stays_even_where_it_disturbs() -> None:
    kept = Assignment("work", 0, groups={"gone": "test", "a": "validation", "b": "validation"})
    after = extend(kept, [Member(each) for each in "abc"])
    assert after.groups == {"gone": "test", "a": "validation", "b": "validation", "c": "train"}
    assert kept.groups == {"gone": "test", "a": "validation", "b": "validation"}


def test_rules_and_shares_are_those_of_the_handbook() -> None:
    assert RULES == ("official", "work", "artist", "album", "song")
    assert DEFAULT_SHARES == {"train": 0.7, "test": 0.15, "validation": 0.15}
    assert Assignment("work", 0).shares is not DEFAULT_SHARES


@pytest.mark.parametrize(
    ("rule", "classes", "expected"),
    [
        ("work", {"artist": "A", "genre": "Jazz"}, Member("fugue", "Jazz")),
        ("work", {"artist": "A"}, Member("fugue", "")),
        ("artist", {"artist": "A", "genre": "Jazz"}, Member("A", "Jazz")),
        ("artist", {"artist": "A"}, Member("A", "")),
        ("artist", {"genre": "Jazz"}, None),
        ("album", {"artist": "A", "album": "Live"}, Member("A: Live", "A")),
        ("album", {"album": "Live"}, Member("Live", "")),
        ("album", {"artist": "A"}, None),
        ("song", {"artist": "A"}, Member("x/1", "A")),
        ("song", {"artist": "A", "genre": "Jazz"}, Member("x/1", "Jazz")),
        ("song", {}, Member("x/1", "")),
    ],
)
def test_a_rule_names_the_group_and_the_class_of_a_track(
    rule: str, classes: dict[str, str], expected: Member | None
) -> None:
    assert member(track("x/1", work="fugue", **classes), rule) == expected


def test_a_decision_has_the_splits_the_reasons_and_what_is_kept() -> None:
    decision = assign_splits([track("1", artist="A"), track("2", artist="A"), track("3")], of_rule("artist", 5))
    assert decision.splits == {"1": "train", "2": "train"}
    assert decision.assignment == Assignment("artist", 5, groups={"A": "train"})
    assert decision.refused == {
        "3": "Expected a track with an artist, which the split rule needs. Received: none. Remedy: complete the "
        "corpus' metadata, or register the dataset with another --split (official, work, artist, album, song)."
    }
    kept = of_rule("official", 5)
    decision = assign_splits([track("1", split="test"), track("2"), track("3", split="train")], kept)
    assert (decision.splits, decision.assignment) == ({"1": "test", "3": "train"}, kept)
    assert decision.refused == {
        "2": "Expected a track with a split of its own. Received: none. Remedy: complete the corpus' metadata, "
        "or register the dataset with another --split (official, work, artist, album, song)."
    }
    (reason,) = set(assign_splits([TrackFiles("1", Path("1.wav"), "")], of_rule("work")).refused.values())
    assert reason.startswith("Expected a track with a work, which the split rule needs. Received: none.")
    assert assign_splits(iter([track("1", work="w")]), Assignment("work", 0, groups={"w": "test"})).splits == {
        "1": "test"
    }


@given(st.text("abcdé", max_size=6), st.integers(0, 9), st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_hash_decides_by_the_position_of_the_name(work: str, seed: int, test: float, validation: float) -> None:
    x = position(work, seed)
    expected = "test" if x < test else "validation" if x < Fraction(test) + Fraction(validation) else "train"
    assert split_by_hash(work, {"test": test, "validation": validation}, seed=seed) == expected


def test_a_seed_is_always_named() -> None:
    with pytest.raises(TypeError, match="positional"):
        split_by_hash("a", {"test": 0.5}, 0)  # type: ignore[misc]


@pytest.fixture(params=["folder", "url"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    return open_objects(str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store")


def test_the_table_of_splits_is_one_readable_object_per_rule_and_seed(objects: Objects) -> None:
    table = SplitTable(objects, "datasets/tiny/splits")
    decided = Assignment("album", 7, groups={"é": "test", "a": "train"})
    table.write(decided)
    assert objects.names("datasets/tiny/splits") == ["album-7.json"]
    content = (objects.read("datasets/tiny/splits/album-7.json") or b"").decode()
    expected = {"rule": "album", "seed": 7, "shares": DEFAULT_SHARES, "groups": {"a": "train", "é": "test"}}
    assert content == json.dumps(expected, indent=1, ensure_ascii=False, sort_keys=True)
    assert '"é"' in content
    assert table.read("album", 7) == decided


def test_members_and_tables_are_values(objects: Objects) -> None:
    assert len({Member(group, "rock") for group in "aab"}) == 2
    assert len({SplitTable(objects, prefix) for prefix in "aab"}) == 2
    for value in (Assignment("work", 0), assign_splits([], of_rule("work"))):
        with pytest.raises(FrozenInstanceError):
            value.rule = value.splits = "another"  # type: ignore[misc, union-attr]


def test_a_table_of_other_shares_is_not_used(objects: Objects) -> None:
    table = SplitTable(objects, "splits")
    table.write(Assignment("work", 0, {"train": 0.5, "test": 0.5}, {"a": "test"}))
    assert table.read("work", 0) == Assignment("work", 0)


def test_a_table_is_written_when_it_changes_and_never_empty(objects: Objects) -> None:
    journal = Journal(objects)
    table = SplitTable(journal, "splits")
    table.write(Assignment("work", 0))
    assert journal.changes == []
    for groups in ({"a": "train"}, {"a": "train"}, {"a": "train", "b": "test"}):
        table.write(Assignment("work", 0, groups=groups))
    assert journal.changes == [("write", "splits/work-0.json")] * 2
    assert table.read("work", 0).groups == {"a": "train", "b": "test"}


@given(MEMBERS, MEMBERS, st.integers(0, 5))
def test_a_dataset_that_grows_moves_no_group(first: list[Member], more: list[Member], seed: int) -> None:
    before = extend(of_rule("work", seed), first)
    after = extend(before, [*first, *more])
    assert before.groups.items() <= after.groups.items()
    assert set(after.groups) == {each.group for each in (*first, *more)}
    assert extend(after, [*first, *more]) == after


@given(MEMBERS, st.randoms())
def test_the_order_of_the_listing_does_not_matter(members: list[Member], random: object) -> None:
    shuffled = list(members)
    random.shuffle(shuffled)
    assert extend(of_rule("work"), shuffled) == extend(of_rule("work"), members)


@given(st.integers(4, 40), st.integers(0, 20))
def test_from_four_works_on_no_split_is_empty(n: int, seed: int) -> None:
    groups = extend(of_rule("work", seed), [Member(f"work {each}") for each in range(n)]).groups
    assert set(groups.values()) == set(SPLITS)


@given(st.lists(st.integers(1, 60), min_size=4, max_size=12), st.integers(0, 20))
def test_nor_is_one_where_groups_are_of_any_size(sizes: list[int], seed: int) -> None:
    members = [Member(f"artist {each}") for each, n in enumerate(sizes) for _ in range(n)]
    assert set(extend(of_rule("artist", seed), members).groups.values()) == set(SPLITS)


@settings(max_examples=30)
@given(st.integers(20, 60), st.integers(20, 60), st.integers(0, 5))
def test_every_class_and_all_tracks_have_their_shares(rock: int, jazz: int, seed: int) -> None:
    members = [Member(f"r{each}", "rock") for each in range(rock)] + [
        Member(f"j{each}", "jazz") for each in range(jazz)
    ]
    groups = extend(of_rule("work", seed), members).groups
    for letter, n in (("r", rock), ("j", jazz), ("", rock + jazz)):
        counts = Counter(split for group, split in groups.items() if group.startswith(letter))
        assert all(abs(counts[split] - share * n) <= 2 for split, share in DEFAULT_SHARES.items())


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b'{"groups": {"a": "te', "JSON"), (b'{"rule": "work"}', "the key seed"), (b"[]", "a JSON object")],
)
def test_a_damaged_table_is_named_with_its_remedy(tmp_path: Path, content: bytes, expected: str) -> None:
    table = SplitTable(open_objects(str(tmp_path)), "splits")
    table.objects.write("splits/work-0.json", content)
    with pytest.raises(MirlitonError) as error:
        table.read("work", 0)
    assert error.value.expected == f"{expected} in {tmp_path}/splits/work-0.json"
    assert error.value.remedy == "restore it from a backup, or delete it: the next backfill assigns all groups anew"


def test_a_table_is_readable_by_people_and_sorted(tmp_path: Path) -> None:
    table = SplitTable(open_objects(str(tmp_path)), "splits")
    table.write(Assignment("work", 0, {"train": 0.5, "test": 0.5}, {"é": "test", "a": "train"}))
    assert (
        table.objects.read("splits/work-0.json")
        == (
            '{\n "groups": {\n  "a": "train",\n  "é": "test"\n },\n "rule": "work",\n "seed": 0,\n'
            ' "shares": {\n  "test": 0.5,\n  "train": 0.5\n }\n}'
        ).encode()
    )
