"""A score in beats, and a small text notation of it.

Scores compose: ``a + b`` plays `b` after `a`, ``a | b`` plays both together, ``a * 3`` repeats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from mir_models.errors import ParameterError

_PITCH = re.compile(r"([a-g])([#b]?)([0-8])")
_VALUE = re.compile(r"(\d+)(\.?):")
_SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_ACCIDENTALS = {"": 0, "#": 1, "b": -1}


@dataclass(frozen=True)
class ScoreNote:
    """One note of a score: its `beat` and `length` in quarters, MIDI `pitch`, and `weight`, a velocity offset."""

    beat: Fraction
    length: Fraction
    pitch: int
    weight: float = 0.0


@dataclass(frozen=True)
class Score:
    """Notes, and the number of `beats` (quarters) they fill."""

    notes: tuple[ScoreNote, ...]
    beats: Fraction

    def __add__(self, other: Score) -> Score:
        later = tuple(replace(note, beat=note.beat + self.beats) for note in other.notes)
        return Score(self.notes + later, self.beats + other.beats)

    def __or__(self, other: Score) -> Score:
        return Score(self.notes + other.notes, max(self.beats, other.beats))

    def __mul__(self, times: int) -> Score:
        return sequence([self] * times)

    def up(self, semitones: int) -> Score:
        """The score transposed."""
        return Score(tuple(replace(note, pitch=note.pitch + semitones) for note in self.notes), self.beats)

    def weighted(self, weight: float) -> Score:
        """The score played `weight` MIDI velocities louder."""
        return Score(tuple(replace(note, weight=note.weight + weight) for note in self.notes), self.beats)


SILENCE = Score((), Fraction(0))


def sequence(scores: Iterable[Score]) -> Score:
    """One score after the other."""
    return sum(scores, start=SILENCE)


def line(text: str) -> Score:
    """A voice, from text.

    Parameters
    ----------
    text : str
        Words between blanks: a note value that holds for what follows (``4:`` a quarter, ``8.:`` a dotted eighth,
        ``12:`` a triplet eighth); a note ``f#4`` (``c4`` is middle C) or a chord ``c4+e4+g4``; ``r`` a rest;
        ``~`` the notes before held for another note value. Bar lines ``|`` are for the eye.

    Raises
    ------
    ParameterError
        For a word that is none of these.
    """
    score, length, last = SILENCE, Fraction(1), 0
    for word in text.replace("|", " ").split():
        if value := _VALUE.fullmatch(word):
            length = Fraction(4, int(value[1])) * (Fraction(3, 2) if value[2] else 1)
        elif word == "~":
            held = tuple(replace(note, length=note.length + length) for note in score.notes[last:])
            score = Score(score.notes[:last] + held, score.beats + length)
        else:
            last = len(score.notes)
            score += chord([] if word == "r" else pitches(word), length)
    return score


def figure(chords: str, pattern: str, value: int) -> Score:
    """Every chord broken by the same pattern.

    Parameters
    ----------
    chords : str
        Chords as in `line`; their notes are numbered from 0 in the order written.
    pattern : str
        Words of note numbers that sound together: ``"0 2 1 2"`` is an Alberti bass, ``"0 12 12"`` a waltz;
        ``.`` is a rest.
    value : int
        Note value of a word: 8 is an eighth.
    """
    length = Fraction(4, value)
    return sequence(
        chord([tones[int(number)] for number in step if number != "."], length)
        for tones in map(pitches, chords.replace("|", " ").split())
        for step in pattern.split()
    )


def melody(keys: Iterable[int], value: int) -> Score:
    """One MIDI pitch after the other, each of the same note value."""
    return sequence(chord([key], Fraction(4, value)) for key in keys)


def chord(keys: Iterable[int], length: Fraction) -> Score:
    """MIDI pitches together for `length` beats; none is a rest."""
    return Score(tuple(ScoreNote(Fraction(0), length, key) for key in keys), length)


def pitches(word: str) -> list[int]:
    """MIDI numbers of a note or of a chord such as ``"c4+e4+g4"``."""
    return [_pitch(name) for name in word.split("+")]


def _pitch(name: str) -> int:
    found = _PITCH.fullmatch(name)
    if found is None:
        expected = "a note such as f#4, r, ~ or a note value such as '8.:'"
        raise ParameterError(expected, received=repr(name), remedy="correct the score")
    return 12 * (int(found[3]) + 1) + _SEMITONES[found[1]] + _ACCIDENTALS[found[2]]
