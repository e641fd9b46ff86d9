"""The demo corpus as music: what the notation means, what the performer guarantees, what the works cover."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.demo_music import works
from mir_models.demo_music.performer import RELEASE_GAP, Manner, Performance, Piece, perform
from mir_models.demo_music.score import Score, ScoreNote, figure, line, melody
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS

WORKS = works()
EACH = pytest.mark.parametrize("work", WORKS, ids=[work.name for work in WORKS])


def _written(score: Score) -> list[tuple[float, float, int]]:
    return [(float(note.beat), float(note.length), note.pitch) for note in score.notes]


def test_a_line_reads_values_chords_rests_ties_and_accidentals() -> None:
    score = line("4: c4 8.: f#4 16: bb3 | 2: r 8: c4+e4 ~ 12: b3")
    assert _written(score) == [
        (0, 1, 60), (1, 0.75, 66), (1.75, 0.25, 58), (4, 1, 60), (4, 1, 64), (5, pytest.approx(1 / 3), 59),
    ]  # fmt: skip
    assert score.beats == 5 + Fraction(1, 3)


def test_the_ends_of_the_keyboard_have_their_midi_numbers() -> None:
    assert [note.pitch for note in line("4: a0 c8 a4").notes] == [21, 108, 69]


@pytest.mark.parametrize("word", ["h4", "c", "c##4", "8", "c4+", "C4"])
def test_a_word_that_is_no_note_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="Expected a note"):
        line(f"4: c4 {word}")


def test_a_figure_breaks_every_chord_by_its_pattern() -> None:
    assert figure("c3+e3+g3 d3+f3+a3", "0 12 .", 4).notes == line("4: c3 e3+g3 r d3 f3+a3 r").notes


SCORES = st.lists(st.integers(21, 108), max_size=6).map(lambda keys: melody(keys, 8))


@given(SCORES, SCORES, SCORES)
def test_scores_add_like_durations(a: Score, b: Score, c: Score) -> None:
    assert (a + b) + c == a + (b + c)
    assert (a + b).beats == a.beats + b.beats
    assert (a | b).beats == max(a.beats, b.beats)
    assert a.up(5).up(-5) == a
    assert a * 2 == a + a


GRID = st.tuples(st.integers(0, 60), st.integers(1, 12), st.integers(40, 47))


@settings(max_examples=60, deadline=None)
@given(st.lists(GRID, min_size=1, max_size=60), st.integers(0, 3))
def test_whatever_is_written_hands_can_play(grid: list[tuple[int, int, int]], seed: int) -> None:
    score = Score(tuple(ScoreNote(Fraction(at, 2), Fraction(length, 2), key) for at, length, key in grid), Fraction(36))
    played = perform(Piece("x", "x", "x", "train", score, Manner(100, pedal_beats=2)), seed=seed)
    _assert_playable(played)
    assert Counter(played.notes.pitches.tolist()) == Counter(key for _, key in {(at, key) for at, _, key in grid})


def _assert_playable(work: Performance) -> None:
    intervals, keys = work.notes.intervals, work.notes.pitches
    assert intervals[:, 0].min() == 0
    assert (np.diff(intervals, axis=1) > 0.03).all()
    assert work.notes.velocities.min() >= 25
    assert work.notes.velocities.max() <= 120
    for key in np.unique(keys):
        presses = intervals[keys == key]
        assert (presses[1:, 0] - presses[:-1, 1] > RELEASE_GAP - 1e-6).all()
    assert (np.diff(work.pedal.ravel()) > 0).all()
    assert (work.pedal >= 0).all()


@EACH
def test_a_work_is_playable_and_lasts_40_to_60_seconds(work: Performance) -> None:
    _assert_playable(work)
    assert 40 <= work.notes.duration <= 60


@EACH
def test_a_work_is_played_by_hands(work: Performance) -> None:
    """Neither the clock of a machine nor one loudness: onsets off any grid, at least ten different velocities."""
    residues = work.notes.onset_times * 1000 % 5
    assert 0.8 < residues.std() < 2.0
    assert len(np.unique(work.notes.velocities)) >= 10


def test_all_keys_occur_and_every_key_in_at_least_five_works_of_the_train_split() -> None:
    train = Counter(key for work in WORKS if work.split == "train" for key in set(work.notes.pitches.tolist()))
    assert set(train) == set(range(LOWEST_PITCH, LOWEST_PITCH + N_KEYS))
    assert min(train.values()) >= 5


def test_the_splits_are_whole_and_their_textures_differ() -> None:
    assert Counter(work.split for work in WORKS) == {"train": 15, "validation": 3, "test": 3}
    for split in ("validation", "test"):
        assert len({work.texture for work in WORKS if work.split == split}) == 3


def test_names_are_unique_sorted_file_stems() -> None:
    names = [work.name for work in WORKS]
    assert names == sorted(set(names))
    assert all(name.replace("-", "").isalnum() and name.isascii() and name.islower() for name in names)


def test_some_works_have_pedal_and_some_have_none() -> None:
    assert 6 <= sum(len(work.pedal) > 10 for work in WORKS) <= 12
    assert any(len(work.pedal) == 0 for work in WORKS)


def test_the_same_seed_plays_the_same_and_another_seed_does_not() -> None:
    piece = Piece("x", "x", "x", "train", line("8: c4 e4 g4 c5 e5+g5 c6"), Manner(90, pedal_beats=1))
    once, again, other = perform(piece, seed=1), perform(piece, seed=1), perform(piece, seed=2)
    assert np.array_equal(once.notes.intervals, again.notes.intervals)
    assert np.array_equal(once.notes.velocities, again.notes.velocities)
    assert np.array_equal(once.pedal, again.pedal)
    assert not np.array_equal(once.notes.intervals, other.notes.intervals)


def test_the_melody_is_louder_and_earlier_than_its_accompaniment() -> None:
    score = line("4: g5 a5 b5 c6").weighted(12) | line("4: c3 d3 e3 f3")
    notes = perform(Piece("x", "x", "x", "train", score * 25, Manner(90, melody_lead=0.02)), seed=0).notes
    above, below = notes.where(notes.pitches > 60), notes.where(notes.pitches < 60)
    assert (above.velocities - below.velocities).mean() == pytest.approx(12 + 6, abs=2)
    assert (below.onset_times - above.onset_times).mean() == pytest.approx(0.02, abs=0.005)


def test_a_phrase_is_louder_and_faster_in_its_middle() -> None:
    manner = Manner(120, phrase_beats=8, rubato=0.2)
    notes = perform(Piece("x", "x", "x", "train", line("4: c4 d4 e4 f4 g4 a4 b4 c5") * 12, manner), seed=0).notes
    middle = np.arange(len(notes) - 8) % 8
    steps = np.diff(notes.onset_times)[: len(middle)]
    assert steps[middle == 0].mean() > 1.08 * steps[middle == 4].mean()
    assert (
        notes.velocities[: len(middle)][middle == 4].mean() > notes.velocities[: len(middle)][middle == 0].mean() + 10
    )
