"""Notes of what is no piano, and of a piano whose channels cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from experiments.certainty import instruments
from experiments.odd_files import music
from experiments.odd_files.case import Case, Outcome, Trial
from experiments.odd_files.checkout import Checkout
from experiments.odd_files.transcriptions import transcribe, write
from mir_models.demo_music import works
from mir_models.resampling import resample

GHOSTS, MIXES = "ghosts", "mix of channels"
N = 20 * music.SR
TOLERANCE = 0.02
"""Difference of note onset F1."""


def _noise() -> music.Stereo:
    return (0.1 * np.random.default_rng(0).standard_normal((N, 2))).astype(np.float32)


def _glides() -> music.Stereo:
    """Gliding tones and a pulse of noise."""
    t = np.arange(N) / music.SR
    glides = np.sin(2 * np.pi * np.cumsum(300 + 200 * np.sin(2 * np.pi * 0.4 * t)) / music.SR)
    pulse = (np.sin(2 * np.pi * 3 * t) > 0.7) * np.random.default_rng(0).standard_normal(N)
    return np.tile((0.3 * glides + 0.1 * pulse)[:, None], 2).astype(np.float32)


def _instrument(name: str) -> Callable[[], music.Stereo]:
    """The notes of a demo work on another instrument of the SoundFont."""

    def played() -> music.Stereo:
        instrument = next(each for each in instruments.CHOICE if each.name == name)
        work = works()[music.WORKS[0]]
        y, sr = instruments.rendered(work.notes, work.pedal, instrument, music.soundfont())
        y = resample(y, sr, music.SR)
        return np.tile((music.PEAK * y / np.abs(y).max())[:, None], 2).astype(np.float32)

    return played


def _ghosts(y: Callable[[], music.Stereo]) -> Trial:
    """Right is no note, or a certainty in the JSON and a warning."""

    def trial(code: Checkout, folder: Path) -> Outcome:
        found = transcribe(code, write(folder, y()), folder)
        warned = "certain" in found.ended.text
        received = f"{len(found.notes)} notes, certainty {found.certainty}{', warned' * warned}"
        return Outcome(received, not len(found.notes) or (found.certainty is not None and warned))

    return trial


def _is_trusted(code: Checkout, folder: Path) -> Outcome:
    """Right is no warning of the piano itself."""
    found = transcribe(code, write(folder, music.piano()[1]), folder)
    warned = "certain" in found.ended.text
    return Outcome(f"{len(found.notes)} notes, certainty {found.certainty}{', warned' * warned}", not warned)


def _inverted(code: Checkout, folder: Path) -> Outcome:
    """Note onset F1 of ordinary stereo, and of the same with one channel inverted."""
    ref, y = music.piano()
    plain = transcribe(code, write(folder, y, "plain.wav"), folder)
    inverted = transcribe(code, write(folder, y * np.array([1, -1], np.float32), "inverted.wav"), folder)
    before, after = (music.onset_f1(ref, each.notes) for each in (plain, inverted))
    warned = "channel" in inverted.ended.text
    return Outcome(f"F1 {before:.3f} → {after:.3f}{', warned' * warned}", warned and after > before - TOLERANCE)


_DOUBT = "no note, or its certainty in the JSON and a warning"
CASES = (
    Case(MIXES, "`transcribe` of a piano in stereo, one channel inverted", "F1 kept, warned", _inverted, reported=True),
    Case(GHOSTS, "`transcribe` of white noise", _DOUBT, _ghosts(_noise), reported=True),
    Case(GHOSTS, "`transcribe` of gliding tones and pulses", _DOUBT, _ghosts(_glides), reported=True),
    *(
        Case(GHOSTS, f"`transcribe` of a demo work played by {name}", _DOUBT, _ghosts(_instrument(name)), reported=True)
        for name in ("drums", "flute", "violin")
    ),
    Case(GHOSTS, "`transcribe` of the piano", "no warning", _is_trusted),
)
