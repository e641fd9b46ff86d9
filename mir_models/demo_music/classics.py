"""Melody over Alberti bass, scales and broken triads: after Mozart, Clementi, Beethoven and Burgmüller."""

from __future__ import annotations

from mir_models.demo_music.performer import Manner, Piece
from mir_models.demo_music.score import Score, figure, line


def pieces() -> list[Piece]:
    """The pieces of this group."""
    return [
        Piece("mozart-sonata-k545", "after Mozart: Sonata in C, K. 545 (opening)", "alberti bass", "test",
              _sonata(), Manner(126, loudness=66, articulation=0.85, rubato=0.05)),
        Piece("mozart-variations-k265", "after Mozart: Ah, vous dirai-je, K. 265", "melody and bass", "validation",
              _variations(), Manner(112, loudness=64, phrase_beats=8, articulation=0.75, rubato=0.05)),
        Piece("clementi-sonatina-op36", "after Clementi: Sonatina in C, op. 36 no. 1", "alberti bass", "train",
              _sonatina(), Manner(132, loudness=68, articulation=0.8, rubato=0.05)),
        Piece("beethoven-fur-elise-woo59", "after Beethoven: Für Elise, WoO 59", "broken chords", "train",
              _elise(), Manner(64, loudness=58, phrase_beats=6, pedal_beats=1.5, rubato=0.12)),
        Piece("beethoven-moonlight-op27", "after Beethoven: Sonata in C sharp minor, op. 27 no. 2", "arpeggios", "test",
              _moonlight(), Manner(60, loudness=54, phrase_beats=8, pedal_beats=2, articulation=1.0)),
        Piece("burgmuller-arabesque-op100", "after Burgmüller: Arabesque, op. 100 no. 2", "scales and chords", "train",
              _arabesque(), Manner(118, loudness=70, articulation=0.7, rubato=0.06)),
    ]  # fmt: skip


def _sonata() -> Score:
    right = line("""
        2: c5 4: e5 g5 | 4.: b4 16: c5 d5 2: c5 | a5 4: g5 c6 | g5 16: f5 g5 f5 e5 4: e5 r
        8: a4 16: b4 c5 d5 e5 f5 g5 a5 g5 f5 e5 d5 c5 b4 a4 | 8: g4 16: a4 b4 c5 d5 e5 f5 g5 f5 e5 d5 c5 b4 a4 g4
        8: f4 16: g4 a4 b4 c5 d5 e5 f5 e5 d5 c5 b4 a4 g4 f4 | 8: e4 16: f4 g4 a4 b4 c5 d5 e5 d5 c5 b4 a4 g4 f4 e4
        8: d4 16: e4 f4 g4 a4 b4 c#5 d5 a4 b4 c#5 d5 e5 f5 g5 | a5 b5 c6 b5 a5 g5 f5 e5 f5 g5 a5 g5 f5 e5 d5 c5
        8: b4 g5 e5 c5 d5 g5 e5 c5 | 4: d5 g5 g4 r""")
    left = figure("c4+e4+g4 c4+e4+g4 d4+f4+g4 c4+e4+g4 c4+f4+a4 c4+e4+g4 b3+d4+g4 c4+e4+g4", "0 2 1 2", 8) + line("""
        4: f3+a3 r f3+c4 r | e3+g3 r e3+c4 r | d3+f3 r d3+b3 r | c3+e3 r c3+a3 r | b2+d3 r f3 r | f3+a3 r f#3+a3 r
        8: g3 b3 c4 e4 g3 b3 c4 e4 | 4: g3 b3 g2 r""")
    return (right.weighted(8) | left) * 2


def _variations() -> Score:
    theme, middle = "4: c5 c5 g5 g5 a5 a5 2: g5 4: f5 f5 e5 e5 d5 8.: d5 16: e5 2: c5", "4: g5 g5 f5 f5 e5 e5 2: d5"
    bass, middle_bass = "4: c3 c4 e4 c4 f4 c4 e4 c4 d4 b3 c4 a3 f3 g3 c3 r", "4: e4 e4 d4 d4 c4 c4 b3 g3"
    running = """
        16: d5 c5 b4 c5 b4 c5 b4 c5 | a5 g5 f#5 g5 f#5 g5 f#5 g5 | g#5 a5 c6 b5 d6 c6 b5 a5 | a5 g5 e6 d6 c6 b5 a5 g5
        g5 f5 d6 c6 b5 a5 g5 f5 | f5 e5 c6 b5 a5 g5 f5 e5 | e5 d5 a5 g5 f5 e5 d5 b4 | 2: c5"""
    running_middle = "16: a5 g5 e6 c6 b5 a5 g5 e5 | g5 f5 d6 b5 a5 g5 f5 d5 | f5 e5 c6 a5 g5 f5 e5 c5 | 8: d5 e5 f5 f#5"
    ternary = line(theme) + line(middle) * 2 + line(theme)
    ternary_bass = line(bass) + line(middle_bass) * 2 + line(bass)
    return (ternary.weighted(6) | ternary_bass) + (
        (line(running) + line(running_middle) + line(running)).weighted(6)
        | (line(bass) + line(middle_bass) + line(bass))
    )


def _sonatina() -> Score:
    def over(melody: str, chords: str) -> Score:
        return line(melody).weighted(6) | figure(chords, "0 2 1 2", 8)

    antecedent = over("4: c5 8: e5 c5 4: g4 g4 | c5 8: e5 c5 4: g5 r", "c3+e3+g3 c3+e3+g3 c3+e3+g3 c3+e3+g3")
    consequent = over("8: f5 e5 d5 c5 b4 c5 b4 c5 | d5 c5 b4 a4 4: g4 r", "d3+f3+a3 d3+f3+g3 f#3+a3+c4 g3+b3+d4")
    lifted = over("8: g5 f#5 g5 a5 b5 a5 b5 c6 | d6 c6 b5 a5 4: g5 r", "g3+b3+d4 d3+f#3+c4 d3+f#3+c4 g3+b3+d4")
    runs = over(
        "16: g4 a4 b4 c5 d5 e5 f#5 g5 4: a5 d5 | 16: a4 b4 c5 d5 e5 f#5 g5 a5 4: b5 d5",
        "g2+d3+b3 f#2+d3+c4 d2+d3+c4 g2+d3+b3",
    )
    minor = over("4: c6 8: eb6 c6 4: g5 g5 | c6 8: eb6 c6 4: g6 r", "c4+eb4+g4 c4+eb4+g4 ab3+c4+eb4 g3+b3+d4")
    close = over("8: c6 b5 a5 g5 f5 e5 d5 c5 | b4 d5 g5 b4 2: c5", "f3+a3+c4 f3+a3+c4 g3+b3+f4 c3+g3+e4")
    exposition = antecedent + consequent + antecedent + lifted + runs * 2 + minor + consequent + antecedent + close
    return exposition + antecedent.up(-12) + close + line("2: c2+c3+c4+e4+g4+c5")


def _elise() -> Score:
    theme = """e5 d#5 e5 b4 d5 c5 | 8: a4 16: r c4 e4 a4 | 8: b4 16: r e4 g#4 b4 | 8: c5 16: r e4 e5 d#5
        e5 d#5 e5 b4 d5 c5 | 8: a4 16: r c4 e4 a4 | 8: b4 16: r e4 c5 b4 | 8: a4 16: r"""
    episode = """b4 c5 d5 | 8.: e5 16: g4 f5 e5 | 8.: d5 16: f4 e5 d5 | 8.: c5 16: e4 d5 c5 | 8: b4 16: r e4 e5 r
        r e5 e6 r r d#5 | e5 r r d#5 e5 d#5"""
    right = line(f"16: e5 d#5 {theme} r e5 d#5 {theme} {episode} {theme} a3 c4 e4")
    a_minor, e_major = "16: a2 e3 a3 8.: r", "16: e2 e3 g#3 8.: r"
    bass = f"4.: r {a_minor} {e_major} {a_minor} 4.: r {a_minor} {e_major} {a_minor}"
    between = f"16: c3 g3 c4 8.: r 16: g2 g3 b3 8.: r {a_minor} 16: e2 e3 e4 r r e4 e5 r r d#5 e5 r r d#5 e5 r r r"
    return right.weighted(8) | line(f"8: r {bass} {bass} {between} {bass}")


def _moonlight() -> Score:
    triplets = figure(
        """g#3+c#4+e4 g#3+c#4+e4 g#3+c#4+e4 g#3+c#4+e4 | g#3+c#4+e4 g#3+c#4+e4 g#3+c#4+e4 g#3+c#4+e4
        a3+c#4+e4 a3+c#4+e4 a3+d4+f#4 a3+d4+f#4 | g#3+c4+f#4 g#3+c#4+e4 g#3+c#4+d#4 f#3+c4+d#4
        e3+g#3+c#4 g#3+c#4+e4 g#3+c#4+e4 g#3+c#4+e4 | g#3+d#4+f#4 g#3+d#4+f#4 g#3+d#4+f#4 g#3+d#4+f#4
        g#3+c#4+e4 g#3+c#4+e4 g#3+c#4+e4 g#3+c#4+e4 | g#3+c#4+e4 g#3+c#4+e4 a3+c#4+f#4 a3+c#4+f#4
        g#3+b3+e4 g#3+b3+e4 a3+b3+d#4 a3+b3+d#4 | g#3+b3+e4 g#3+b3+e4 g#3+b3+e4 g#3+b3+e4
        g3+b3+e4 g3+b3+e4 g3+b3+e4 g3+b3+e4""",
        "0 1 2", 12,
    )  # fmt: skip
    bass = line("""
        1: c#2+c#3 | b1+b2 | 2: a1+a2 f#1+f#2 | g#1+g#2 g#1+g#2 | 1: c#2+c#3 | c2+c3 | c#2+c#3 | 2: c#2+c#3 f#1+f#2
        b1+b2 b1+b2 | 1: e2+e3 | e2+e3""")
    song = line("""
        1: r r r r | 2: r 4: r 8.: g#4 16: g#4 | 2.: g#4 8.: g#4 16: g#4 | 2.: g#4 4: r | 2: g#4 a4
        2: g#4 4: f#4 b4 | 1: e4 | 2.: r 4: b4""")
    return triplets | bass.weighted(4) | song.weighted(14)


def _arabesque() -> Score:
    rising = line("""
        16: a4 b4 c5 b4 8: a4 r | 16: a4 b4 c5 d5 8: e5 r | 16: d5 e5 f5 g5 8: a5 r | 16: a5 b5 c6 d6 8: e6 r
        16: f6 e6 d6 c6 b5 a5 g5 f5 | e5 d5 c5 b4 8: a4 c5 | b4 e5 g#4 b4 | 4: a4 r""")
    chords = figure("a3+c4+e4 a3+c4+e4 d3+f3+a3 a3+c4+e4 d3+f3+a3 a3+c4+e4 e3+g#3+d4 a3+c4+e4", "012 012", 4)
    low = line("""
        16: a2 b2 c3 b2 8: a2 r | 16: g2 a2 b2 a2 8: g2 r | 16: f2 g2 a2 g2 8: f2 r | 16: e2 f#2 g#2 f#2 8: e2 r
        16: a1 b1 c2 d2 e2 f2 g2 a2 | f2 e2 d2 c2 8: b1 d2 | e2 e2 e2 e1 | 4: a1 r""")
    high = figure("c5+e5+a5 b4+d5+g5 a4+c5+f5 g#4+b4+e5 c5+e5+a5 d5+f5+a5 g#4+d5+e5 c5+e5+a5", "012 012", 4)
    minor = rising.weighted(6) | chords
    return (
        line("4: a3+c4+e4") * 4
        + minor
        + (low.weighted(6) | high)
        + minor.up(3)
        + (low.weighted(6) | high).up(3)
        + minor
    )
