"""The promotion split: how many groups it takes, and that a group never moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.corpora.listing import TrackFiles
from storage.corpora.promotion_split import FEWEST_GROUPS, PromotionTracks, decide
from storage.corpora.split_table import SplitTable
from storage.objects.objects import FolderObjects


@pytest.fixture
def table(tmp_path: Path) -> SplitTable:
    return SplitTable(FolderObjects(str(tmp_path)), "splits")


def works(n: int, *, per_work: int = 1) -> list[TrackFiles]:
    """Recordings of so many works."""
    return [
        TrackFiles(f"{work:02d}-{take}", Path(f"{work}-{take}.wav"), work=f"work {work:02d}")
        for work in range(n)
        for take in range(per_work)
    ]


def test_few_groups_all_validate(table: SplitTable) -> None:
    assert decide(works(FEWEST_GROUPS - 1), table, "work", 0) == []


@pytest.mark.parametrize(("n", "expected"), [(6, 2), (10, 3), (20, 6), (50, 15)])
def test_three_of_ten_groups_are_set_apart(table: SplitTable, n: int, expected: int) -> None:
    assert len(decide(works(n), table, "work", 0)) == expected


def test_recordings_of_one_work_stay_together(table: SplitTable) -> None:
    apart = {track[:2] for track in decide(works(10, per_work=3), table, "work", 0)}
    assert len(apart) == 3
    assert set(decide(works(10, per_work=3), table, "work", 0)) == {f"{each}-{k}" for each in apart for k in range(3)}


@pytest.mark.parametrize(("before", "after"), [(6, 7), (8, 40), (20, 21)])
def test_a_group_never_moves_when_the_dataset_grows(table: SplitTable, before: int, after: int) -> None:
    small = set(decide(works(before), table, "work", 0))
    grown = set(decide(works(after), table, "work", 0))
    assert {track for track in grown if track < f"{before:02d}"} == small
    assert abs(len(grown) - 0.3 * after) <= 1


def test_groups_by_which_epochs_were_chosen_are_never_set_apart(table: SplitTable) -> None:
    first = works(FEWEST_GROUPS - 1)
    decide(first, table, "work", 0)
    grown = decide(works(20), table, "work", 0)
    assert len(grown) == 6
    assert not {track.id for track in first} & set(grown)


def test_the_split_of_a_corpus_that_is_its_own_is_by_work(table: SplitTable) -> None:
    assert decide(works(12), table, "official", 0) == decide(works(12), table, "work", 0)


def test_a_track_without_the_metadata_of_the_rule_validates(table: SplitTable) -> None:
    assert decide(works(12), table, "artist", 0) == []


def test_another_seed_divides_otherwise(table: SplitTable) -> None:
    assert decide(works(20), table, "work", 0) != decide(works(20), table, "work", 1)


def test_tracks_are_kept_and_read(tmp_path: Path) -> None:
    kept = PromotionTracks(FolderObjects(str(tmp_path)), "promotion.json")
    assert kept.read() == frozenset()
    kept.write([])
    assert not (tmp_path / "promotion.json").exists()
    kept.write(["b", "Étude"])
    assert kept.read() == {"b", "Étude"}
    assert (tmp_path / "promotion.json").read_text(encoding="utf-8") == '{"tracks": ["b", "Étude"]}'


def test_a_damaged_list_is_named(tmp_path: Path) -> None:
    (tmp_path / "promotion.json").write_text('{"tracks": [1]}')
    with pytest.raises(MirlitonError, match=r"tracks.*promotion.json.*Remedy: delete the file: the next backfill"):
        PromotionTracks(FolderObjects(str(tmp_path)), "promotion.json").read()
