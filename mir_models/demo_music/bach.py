"""Counterpoint, broken chords and a chorale: after Bach, Petzold and Hassler."""

from __future__ import annotations

from mir_models.demo_music.performer import Manner, Piece
from mir_models.demo_music.score import Score, figure, line


def pieces() -> list[Piece]:
    """The pieces of this group."""
    return [
        Piece("bach-prelude-bwv846", "after J. S. Bach: Prelude in C, BWV 846 (bars 1 to 19)", "broken chords", "train",
              _prelude(), Manner(94, loudness=62, pedal_beats=4, articulation=1.0)),
        Piece("bach-invention-bwv772", "after J. S. Bach: Invention in C, BWV 772", "counterpoint", "test",
              _invention(), Manner(90, loudness=70, articulation=0.85, rubato=0.06)),
        Piece("petzold-minuet-anh114", "after Petzold: Minuet in G, BWV Anh. 114", "counterpoint", "validation",
              _minuet(), Manner(126, loudness=66, phrase_beats=12, articulation=0.8, rubato=0.06)),
        Piece("hassler-passion-chorale", "after Hassler: Passion chorale in four parts", "chorale", "train",
              _chorale(), Manner(86, loudness=64, phrase_beats=8, articulation=0.95, rubato=0.15)),
    ]  # fmt: skip


def _prelude() -> Score:
    chords = """
        c4+e4+g4+c5+e5 c4+d4+a4+d5+f5 b3+d4+g4+d5+f5 c4+e4+g4+c5+e5 | c4+e4+a4+e5+a5 c4+d4+f#4+a4+d5
        b3+d4+g4+d5+g5 b3+c4+e4+g4+c5 | a3+c4+e4+g4+c5 d3+a3+d4+f#4+c5 g3+b3+d4+g4+b4 g3+bb3+e4+g4+c#5
        f3+a3+d4+a4+d5 f3+ab3+d4+f4+b4 e3+g3+c4+g4+c5 e3+f3+a3+c4+f4 | d3+f3+a3+c4+f4 g2+d3+g3+b3+f4"""
    return figure(chords, "0 1 2 3 4 2 3 4 0 1 2 3 4 2 3 4", 16) + line("1: c2+c3+e3+g3+c4+e4")


def _invention() -> Score:
    right = line("""
        16: r c4 d4 e4 f4 d4 e4 c4 8: g4 c5 b4 c5 | 16: d5 g4 a4 b4 c5 a4 b4 g4 8: d5 g5 f5 g5
        16: e5 a5 g5 f5 e5 g5 f5 a5 g5 f5 e5 d5 c5 e5 d5 f5 | e5 d5 c5 b4 a4 c5 b4 d5 c5 b4 a4 g4 f#4 a4 g4 b4
        8: a4 d4 8.: c5 16: d5 b4 a4 g4 f#4 e4 g4 f#4 a4
        g4 b4 a4 c5 b4 d5 c5 e5 d5 32: b4 c5 16: d5 g5 8: b4 16: a4 g4""")
    left = line("""
        2: r 16: r c3 d3 e3 f3 d3 e3 c3 | 8: g3 g2 4: r 16: r g3 a3 b3 c4 a3 b3 g3
        8: c4 b3 c4 d4 e4 g3 a3 b3 | c4 e3 f#3 g3 a3 b3 4: c4
        16: ~ d3 e3 f#3 g3 e3 f#3 d3 8: g3 b2 c3 d3 | e3 f#3 g3 e3 8.: b2 16: c3 8: d3 d2""")
    first = right.weighted(4) | left
    turned = left.up(19) | right.up(-17).weighted(4)
    return first + turned + first.up(-2) + line("2: c2+c3+g3+e4+c5")


def _minuet() -> Score:
    opening = """
        4: d5 8: g4 a4 b4 c5 | 4: d5 g4 g4 | e5 8: c5 d5 e5 f#5 | 4: g5 g4 g4
        c5 8: d5 c5 b4 a4 | 4: b4 8: c5 b4 a4 g4"""
    right = line(f"""
        {opening} | 4: f#4 8: g4 a4 b4 g4 | 2.: a4 | {opening} | 4: a4 8: b4 a4 g4 f#4 | 2.: g4
        4: b5 8: g5 a5 b5 g5 | 4: a5 8: d5 e5 f#5 d5 | 4: g5 8: e5 f#5 g5 d5 | 4: c#5 8: b4 c#5 4: a4
        8: a4 b4 c#5 d5 e5 f#5 | 4: g5 f#5 e5 | f#5 a4 c#5 | 2.: d5
        4: d5 8: g4 f#4 4: g4 | e5 8: g4 f#4 4: g4 | d5 c5 b4 | 8: a4 g4 f#4 g4 4: a4
        8: d4 e4 f#4 g4 a4 b4 | 4: c5 b4 a4 | 8: b4 d5 4: g4 f#4 | 2.: b3+d4+g4""")
    left = line("""
        2: g3+b3+d4 4: a3 | 2.: b3 | c4 | b3 | a3 | g3 | 4: d4 b3 g3 | d4 8: d3 c4 b3 a3
        2: b3 4: a3 | g3 b3 g3 | 2.: c4 | 4: b3 8: c4 b3 a3 g3 | 2: a3 4: f#3 | 2: g3 4: b3 | c4 d4 d3 | 2: g3 4: g2
        2.: g3 | f#3 | 4: e3 g3 e3 | 2: a3 4: a2 | 2.: a3 | 4: b3 d4 c#4 | d4 f#3 a3 | d4 d3 c4
        2: b3 4: r | 2: c4 4: r | b3 a3 g3 | 2: d4 4: r | 2: d3 4: f#3 | e3 g3 f#3 | g3 b2 d3 | g3 d3 g2""")
    return right.weighted(5) | left


def _chorale() -> Score:
    stollen = """
        4: a2+e3+c4+e4 | a2+e3+c4+a4 c3+g3+c4+g4 d3+a3+d4+f4 a2+a3+c4+e4 | 2: g2+g3+b3+d4 4: c3+g3+c4+e4
        e3+g#3+e4+b4 | a2+a3+e4+c5 d3+a3+f4+c5 e3+b3+e4+b4 e3+g#3+d4+b4 | 2.: a2+a3+e4+a4"""
    abgesang = """
        4: c3+g3+e4+c5 | g2+g3+d4+b4 d3+f#3+d4+a4 e3+g3+b3+g4 f2+a3+c4+a4 | 2: g2+g3+d4+b4 4: c3+g3+e4+c5
        c3+g3+e4+g4 | f3+a3+c4+a4 c3+g3+c4+g4 d3+a3+d4+f4 b2+f3+d4+f4 | 2.: c3+g3+c4+e4
        4: a2+a3+e4+c5 | e3+g#3+e4+b4 a2+a3+e4+c5 d3+a3+f4+d5 g2+g3+d4+b4 | 2.: f2+a3+c4+a4
        4: c3+g3+c4+e4 | d3+a3+d4+f4 a2+a3+c4+e4 b2+f3+g#3+d4 e2+g#3+b3+e4 | 2.: a1+a2+a3+c4+e4"""
    return line(stollen) * 2 + line(abgesang)
