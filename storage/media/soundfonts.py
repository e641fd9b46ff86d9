"""SoundFonts: MIDI files as the sound of a piano, by the package midirenderer.

In midirenderer the sustain pedal is down from control value 64, as it is in :mod:`storage.media.midi`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mir_models.downmix import to_mono
from mir_models.errors import MirlitonError, TrackError
from mir_models.notes.annotations import Notes
from storage.media.midi import encode

SR = 48_000
"""Sampling rate of what midirenderer plays, in Hz."""
SECTION = 30.0
"""Seconds of a block."""
TAIL = 1.0
"""Seconds in which a string that is damped fades."""


def default_soundfont() -> Path:
    """TimGM6mb (T. Brechbill, GPL-2), which comes with pretty_midi."""
    import pretty_midi

    return Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")


def play(midi: bytes, soundfont: bytes) -> tuple[NDArray[np.float32], int]:
    """Render a MIDI file as (n_samples,) mono audio; see `play_stereo`."""
    y, sr = play_stereo(midi, soundfont)
    return to_mono(y, sr), sr


def play_stereo(midi: bytes, soundfont: bytes) -> tuple[NDArray[np.float32], int]:
    """Render a MIDI file as (n_samples, 2) audio; returns it and its sampling rate in Hz.

    Raises
    ------
    MirlitonError
        When the renderer is not installed.
    TrackError
        When it cannot read the SoundFont or the MIDI file.
    """
    import soundfile

    try:
        import midirenderer
    except ImportError as error:
        remedy = "install it: pip install 'mirliton[pipeline]'"
        raise MirlitonError("the package midirenderer", received="none installed", remedy=remedy) from error
    try:
        rendered = midirenderer.render_wave_from(soundfont, midi)
    except (ValueError, RuntimeError) as error:
        remedy = "give a SoundFont in the format .sf2, not compressed, and a complete MIDI file"
        raise TrackError("a MIDI file and a SoundFont that can be played", received=error, remedy=remedy) from error
    with soundfile.SoundFile(io.BytesIO(rendered)) as wave:
        return wave.read(dtype="float32", always_2d=True), wave.samplerate


def play_notes(notes: Notes, soundfont: bytes) -> Iterator[NDArray[np.float32]]:
    """The sound of notes in consecutive blocks of `SECTION` seconds, mono at `SR`, of which one is made at a time.

    A block has the notes that begin in it, over those that still sound; the last one lasts until all have faded.
    Errors are those of `play_stereo`.
    """
    n_section, sounding = round(SECTION * SR), np.zeros(0, dtype=np.float32)
    starts = SECTION * np.arange(int(notes.onset_times.max(initial=0.0) // SECTION) + 1)
    for start in starts:
        part = notes.where((notes.onset_times >= start) & (notes.onset_times < start + SECTION))
        stereo = _played(part.shifted(-start), soundfont)
        n_samples = max(len(sounding), len(stereo), n_section * (start < starts[-1]))
        y = np.zeros(n_samples, dtype=np.float32)
        y[: len(sounding)] = sounding
        y[: len(stereo)] += stereo.mean(axis=1)
        yield y[:n_section]
        sounding = y[n_section:]
    yield sounding


def _played(notes: Notes, soundfont: bytes) -> NDArray[np.float32]:
    """The sound of notes with their tail, (n_samples, 2)."""
    if not len(notes):
        return np.zeros((0, 2), dtype=np.float32)
    return play_stereo(encode(notes, until=notes.duration + TAIL), soundfont)[0]
