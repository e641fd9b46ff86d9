"""Tracks in quarantine by cause: names and numbers make no other cause, other words do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.tracks.quarantine import QuarantineRow
from storage.tracks.quarantine_groups import group_rows

REASONS = {
    "times": "Expected a recording after {n} s. Received: {file} ends at {n}.5 s. Remedy: correct line {n} of t.csv.",
    "notes": "Expected notes for {file}. Received: no such file. Remedy: put it beside it (same name, .mid).",
    "paths": "Expected the file {id}.ogg. Received: none there (t.csv line {n}). Remedy: it starts from /c/{n} x.",
    "quoted": "Expected the name of a split in t.csv line {n}. Received: 'fold {n} of b{n}'. Remedy: write train.",
}
IDS = ["a", "op. 27 no.2", "audio/A_B/x y", "Für Elise", "tracks.csv line 7"]


def _rows(reason: str, stage: str = "raw_audio") -> list[QuarantineRow]:
    names = [(id, f"{id.rpartition('/')[2]}.wav", n) for n, id in enumerate(IDS, 1)]
    return [QuarantineRow(id, stage, reason.format(id=id, file=file, n=37 * n)) for id, file, n in names]


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_reasons_that_differ_by_names_and_numbers_are_one_cause(reason: str) -> None:
    (group,) = group_rows(_rows(reason))
    assert [row.track for row in group.rows] == sorted(IDS)
    assert group.first == min(_rows(reason), key=lambda row: row.track)


def test_other_words_and_other_stages_are_other_causes() -> None:
    rows = [row for reason in REASONS.values() for row in _rows(reason)]
    groups = group_rows([*rows, *_rows(REASONS["notes"], "labels")[:2]])
    assert [(group.first.stage, len(group.rows), group.is_large) for group in groups] == [
        ("labels", 2, False),
        *[("raw_audio", 5, True)] * 4,
    ]


def test_in_a_stage_the_largest_cause_comes_first() -> None:
    rows = [*_rows("Silent."), QuarantineRow("A", "raw_audio", "Too short.")]
    assert [len(group.rows) for group in group_rows(rows)] == [5, 1]


@given(st.lists(st.builds(QuarantineRow, st.text(), st.sampled_from(["a", "b"]), st.text()), unique=True))
def test_every_row_is_in_one_group(rows: list[QuarantineRow]) -> None:
    groups = group_rows(rows)
    key = [(row.stage, row.track, row.reason) for group in groups for row in group.rows]
    assert sorted(key) == sorted((row.stage, row.track, row.reason) for row in rows)
    assert all(len({row.stage for row in group.rows}) == 1 for group in groups)
