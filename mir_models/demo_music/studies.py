"""Studies of the project's own that cover the keyboard from A0 to C8, and a canon."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from mir_models.demo_music.performer import Manner, Piece
from mir_models.demo_music.score import Score, chord, line, melody, pitches, sequence
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS

HIGHEST_PITCH = LOWEST_PITCH + N_KEYS - 1
MAJOR = (0, 2, 4, 5, 7, 9, 11)
CHROMATIC = tuple(range(12))


def pieces() -> list[Piece]:
    """The pieces of this group."""
    return [
        Piece("study-scales", "Study: scales over the whole keyboard", "scales", "train",
              _scales(), Manner(112, loudness=70, phrase_beats=13, articulation=0.95, rubato=0.05)),
        Piece("study-chromatic", "Study: chromatic contrary motion", "counterpoint", "train",
              _contrary(), Manner(128, loudness=72, phrase_beats=11, articulation=0.8, rubato=0.06)),
        Piece("study-arpeggios", "Study: arpeggios over the whole keyboard", "arpeggios", "train",
              _arpeggios(), Manner(100, loudness=66, phrase_beats=11, pedal_beats=2, rubato=0.1)),
        Piece("study-repeated-notes", "Study: every key three times, by fifths", "repeated notes", "train",
              _repeated(), Manner(120, loudness=72, phrase_beats=12, articulation=0.6, rubato=0.04)),
        Piece("study-octaves", "Study: octaves and bells in all keys", "chords with pedal", "train",
              _octaves(), Manner(66, loudness=74, phrase_beats=8, pedal_beats=2, rubato=0.12)),
        Piece("study-canon", "Study: canon at the double octave", "counterpoint", "train",
              _canon(), Manner(112, loudness=66, articulation=0.85, rubato=0.06)),
        Piece("study-toccata", "Study: toccata over the whole keyboard", "toccata", "train",
              _toccata(), Manner(92, loudness=74, phrase_beats=8, articulation=0.8, rubato=0.06)),
    ]  # fmt: skip


def _keys(tonic: int, degrees: tuple[int, ...]) -> list[int]:
    """Every key of the piano that belongs to a scale or chord: `degrees` in semitones above the pitch class `tonic`."""
    return [key for key in range(LOWEST_PITCH, HIGHEST_PITCH + 1) if (key - tonic) % 12 in degrees]


def _scales() -> Score:
    """Up in one key, down in the key a semitone above, both hands a tenth apart, then the same a tritone away."""

    def tenths(keys: list[int]) -> Score:
        return melody(keys[9:], 16).weighted(4) | melody(keys[:-9], 16)

    runs = [tenths(_keys(tonic, MAJOR)) + tenths(_keys(tonic + 1, MAJOR)[::-1]) for tonic in (0, 6, 3, 9)]
    return sequence(runs) + line("2: c2+c3+e4+g4+c5")


def _contrary() -> Score:
    """Both hands from the middle to the ends of the keyboard and back: by semitones, whole tones and thirds."""
    middle = LOWEST_PITCH + N_KEYS // 2
    low, high = list(range(middle - 1, LOWEST_PITCH - 1, -1)), list(range(middle, HIGHEST_PITCH + 1))

    def there_and_back(step: int, first: int) -> Score:
        left, right = low[first::step], high[first::step]
        return _dactyls(right + right[::-1]) | _dactyls(left + left[::-1])

    steps = [(1, 0), (2, 0), (3, 0), (2, 1), (3, 1), (3, 2)]
    return sequence(there_and_back(step, first) for step, first in steps) + line("2: a0+a1+e4+a4+c#5+a5")


def _arpeggios() -> Score:
    """Seven chords that hold all twelve tones, each from its lowest to its highest key and down again."""
    chords = "a4+c5+e5 bb4+d5+f5 eb4+g4+bb4 e4+g#4+b4 f#4+a4+c#5 g4+b4+d5 c4+e4+g4"

    def wave(tones: list[int]) -> Score:
        keys = _keys(0, tuple(tone % 12 for tone in tones))
        return melody(keys + keys[-2:0:-1], 16)

    return sequence(map(wave, map(pitches, chords.split()))) + line("1: c1+c2+g2+e3+c4+c5")


def _repeated() -> Score:
    """A dactyl on each of the 88 keys, by rising fifths: the steps of 7 modulo 88 meet them all."""
    order = [LOWEST_PITCH + 7 * step % N_KEYS for step in range(N_KEYS)]
    return _dactyls([key for key in order for _ in range(3)]) + line("2: a1+a2+e4+a4+e5")


def _dactyls(keys: list[int]) -> Score:
    """Keys in the rhythm long, short, short: equal steps over and over would leave the lag of the recording open."""
    return sequence(chord([key], Fraction(1, 4 if number % 3 else 2)) for number, key in enumerate(keys))


def _octaves() -> Score:
    """In each of the twelve keys, falling by fifths: a deep octave, a chord, its echo above and a bell at the top."""

    def toll(number: int) -> Score:
        root = LOWEST_PITCH + (number * 5) % 12
        deep = melody([root], 2) | melody([root + 12], 2)
        rest = line("4: r")
        middle = sequence(chord([root + top - 9, root + top - 4, root + top], Fraction(1, 2)) for top in (40, 36))
        above = melody([root + 55, root + 52, root + 48, root + 52], 8) | melody([root + 60, root + 57], 4)
        bell = melody([HIGHEST_PITCH - number, HIGHEST_PITCH - 12 - number], 8)
        return (deep | rest + middle) + (deep.up(7) | above.weighted(4) | rest + bell)

    return sequence(toll(number) for number in range(12)) + line("1: a0+a1+a3+c#4+e4+a4")


def _canon() -> Score:
    """A wandering line, imitated two octaves lower a bar later; every 24 beats in another key."""
    rng = np.random.default_rng(772)
    lead = sequence(_wandering(tonic, rng) for tonic in (2, 7, 10, 4))
    return lead.weighted(4) | (line("1: r") + lead.up(-24))


def _wandering(tonic: int, rng: np.random.Generator) -> Score:
    """24 beats of a random walk over the scale between G4 and D7: a beat of eighths, two of sixteenths, and so on."""
    keys = [key for key in _keys(tonic, MAJOR) if 67 <= key <= 98]
    place, tones = len(keys) // 2, []
    for step in rng.choice([-3, -2, -1, -1, 1, 1, 2, 3], 80):
        place = int(np.clip(place + step, 0, len(keys) - 1))
        tones.append(keys[place])
    return sequence(
        melody(tones[at : at + 2], 8) + melody(tones[at + 2 : at + 10], 16) for at in range(0, len(tones), 10)
    )


def _toccata() -> Score:
    """Hands that alternate over all registers, each beat in the scale of its bar, with a chord on every fourth beat."""
    rng = np.random.default_rng(565)

    def beat(number: int) -> Score:
        keys = _keys((number // 4 * 7) % 12, MAJOR)
        low, high = rng.integers(0, len(keys) // 2, 4), rng.integers(len(keys) // 2, len(keys), 4)
        if number % 4 == 3:
            return melody([keys[low[0]]], 4) | melody([keys[high[0]]], 4) | melody([keys[high[1]]], 4)
        return melody([keys[place] for place in (low[0], high[0], low[1], high[1])], 16) | melody([keys[low[2]]], 8)

    return sequence(beat(number) for number in range(72)) + line("2: c2+c3+e4+g4+c5")
