"""Chords under the pedal, a slow waltz and a rag: after Chopin, Satie and Joplin."""

from __future__ import annotations

from mir_models.demo_music.performer import Manner, Piece
from mir_models.demo_music.score import Score, figure, line


def pieces() -> list[Piece]:
    """The pieces of this group."""
    return [
        Piece("chopin-prelude-op28-no4", "after Chopin: Prelude in E minor, op. 28 no. 4", "repeated chords", "train",
              _e_minor(), Manner(68, loudness=56, phrase_beats=16, pedal_beats=2, rubato=0.2)),
        Piece("chopin-prelude-op28-no20", "after Chopin: Prelude in C minor, op. 28 no. 20", "chords with pedal",
              "validation", _c_minor(), Manner(62, loudness=74, phrase_beats=16, pedal_beats=1, rubato=0.15)),
        Piece("satie-gymnopedie-no1", "after Satie: Gymnopédie no. 1", "chords with pedal", "train",
              _gymnopedie(), Manner(84, loudness=56, phrase_beats=12, pedal_beats=3, articulation=1.0)),
        Piece("joplin-entertainer", "after Joplin: The Entertainer", "ragtime", "train",
              _rag(), Manner(176, loudness=74, articulation=0.75, rubato=0.03)),
    ]  # fmt: skip


def _e_minor() -> Score:
    right = line("""
        2.: b4 4: c5 | 2.: b4 4: c5 | 2.: b4 4: c5 | 2.: b4 4: bb4 | 2.: a4 4: b4 | 2.: a4 4: b4 | 2.: a4 8: b4 a4
        4: g#4 a4 b4 d5 | 2.: c5 4: e5 | 4: d#5 f#5 12: b5 a5 g5 f#5 e5 d#5 | 2: f#5 e5 | 4: d#5 f#4 2: f#4 | 1: e4""")
    left = figure(
        """g3+b3+e4 g3+b3+e4 f#3+a3+e4 f#3+a3+d#4 f3+a3+d#4 f3+a3+d4 f3+ab3+d4 e3+g#3+d4 e3+g3+d4 e3+g3+c#4
        e3+f#3+c4 e3+f#3+c4 d#3+f#3+c4 d3+f#3+c4 d3+f3+b3 e3+g#3+b3 c3+e3+a3 a2+e3+a3 b2+d#3+a3 b2+d#3+a3
        b2+e3+g3 c3+e3+a3 b2+f#3+a3 b2+d#3+a3""",
        "012 012 012 012", 8,
    ) + line("1: e1+e2+b2+g3")  # fmt: skip
    return right.weighted(14) | left


def _c_minor() -> Score:
    proud = line("""
        4: g4+c5+eb5+g5 ab4+c5+eb5+ab5 8.: g4+b4+d5+g5 16: g4+f5 4: g4+c5+eb5
        eb4+ab4+c5+eb5 f4+ab4+db5+f5 8.: eb4+g4+db5+eb5 16: eb4+db5 4: eb4+ab4+c5
        f4+b4+d5+g5 g4+c5+eb5+g5 8.: f#4+c5+d5+f#5 16: f#4+d5 4: g4+b4+d5+g5
        g4+c5+eb5+g5 ab4+c5+f5+ab5 8.: f4+b4+d5+g5 16: f4+f5 4: eb4+g4+c5+eb5""")
    octaves = line("""
        4: c2+c3 f1+f2 g1+g2 c2+c3 | ab1+ab2 db2+db3 eb1+eb2 ab1+ab2
        g1+g2 c2+c3 d2+d3 g1+g2 | c2+c3 f1+f2 g1+g2 c1+c2""")
    falling = line("""
        4: g4+c5+eb5+g5 g4+d5+g5 8.: g4+db5+e5+g5 16: f5 4: f4+c5+f5
        f4+c5+d5+f5 eb4+b4+eb5 8.: c4+eb4+c5+eb5 16: d5 4: d4+f4+b4+d5
        c4+eb4+g4+c5 f4+ab4+c5+f5 8.: f4+ab4+b4+d5 16: eb5 4: eb4+g4+c5
        f4+ab4+db5 eb4+g4+c5 8.: f4+b4+d5 16: d5 4: eb4+g4+c5""")
    chromatic = line("""
        4: c2+c3 b1+b2 bb1+bb2 a1+a2 | ab1+ab2 g1+g2 f#1+f#2 g1+g2
        c2+c3 f1+f2 g1+g2 ab1+ab2 | db2+db3 c2+c3 g1+g2 c1+c2""")
    soft = falling | chromatic
    return (proud | octaves).weighted(10) + soft.weighted(-10) + soft.weighted(-18) + line("1: c1+c2+g4+c5+eb5+g5")


def _gymnopedie() -> Score:
    sway = figure("g2+b3+d4+f#4 d2+a3+c#4+f#4", "0 123 .", 4)
    ending = figure("f#2+a3+c#4+f#4 b1+b3+d4+f#4 e2+b3+e4+g4 e2+b3+d4+g4 d2+a3+d4+f#4 d2+a3+d4+a4", "0 123 .", 4)
    song = line("4: r f#5 a5 | g5 f#5 c#5 | b4 c#5 d5 | 2.: a4 | 2.: f#4 | ~ | ~ | ~")
    turn = line("4: r f#5 a5 | g5 f#5 c#5 | b4 c#5 d5 | 2.: a4 | c#5 | f#5")
    close = line("4: e5 d5 b4 | c#5 d5 e5 | 2.: a4 | ~")
    return (line("2.: r r") + song + turn + close).weighted(10) | (sway * 7 + ending)


def _rag() -> Score:
    call = "8: e4 4: c5 8: e4 4: c5 8: e4 c5"
    rise = "4.: ~ 8: c5+c6 r d5+d6 d#5+d#6 e5+e6 | c5+c6 d5+d6 4: e5+e6 8: b4+b5 4: d5+d6 8: c5+c6"
    turn = "8: c5 d5 4: e5 8: c5 d5 c5 e5"
    strain = line(f"""
        {call} | {rise} | 2.: ~ 8: d4 d#4 | {call} | 2: ~ 8: r a4 g4 f#4 | a4 c5 4: e5 8: d5 c5 a4 d5
        2.: d5+b4+f4 8: d4 d#4 | {call} | {rise} | 2: ~ 8: r c5 d5 e5 | {turn} | {turn}
        c5 d5 4: e5 8: b4 4: d5 8: c5 | 2.: ~ 8: d4 d#4""")
    stride = figure(
        """c3+e3+g3+c4 c3+e3+g3+bb3 f2+f3+a3+c4 c3+e3+g3+c4 c3+e3+g3+c4 g2+f3+g3+b3 c3+e3+g3+c4 g2+e3+g3+c4
        c3+e3+g3+c4 c3+e3+g3+bb3 f2+f3+a3+c4 c3+e3+g3+c4 d3+f#3+a3+c4 d2+f#3+a3+c4 g2+f3+g3+b3 g1+f3+g3+b3
        c3+e3+g3+c4 c3+e3+g3+bb3 f2+f3+a3+c4 c3+e3+g3+c4 c3+e3+g3+c4 g2+f3+g3+b3 c3+e3+g3+c4 e2+e3+g3+c4
        c3+e3+g3+c4 bb2+e3+g3+c4 a2+f3+a3+c4 ab2+f3+ab3+c4 g2+e3+g3+c4 g2+f3+g3+b3 c3+e3+g3+c4 c2+e3+g3+c4""",
        "0 123", 4,
    )  # fmt: skip
    once = strain.weighted(8) | stride
    prelude = line("8: d6 e6 c6 a5 4: b5 g5 | 8: d5 e5 c5 a4 4: b4 g4 | r r r 8: d4 d#4")
    return prelude + once + once.up(5) + line("2: f1+f2+a4+c5+f5")
