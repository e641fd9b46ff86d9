"""Rendering of recordings: notes and pedal as MIDI, played by a SoundFont, as reproducible Ogg Vorbis files.

SoundFonts are played by the package midirenderer, in which the sustain pedal is down from control value 64, as it is in
:mod:`storage.media.midi`.
"""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mir_models.downmix import to_mono
from mir_models.errors import MirlitonError, TrackError
from mir_models.notes.annotations import Notes
from storage.media.midi import encode
from storage.media.ogg import encode_ogg, with_serial

TICKS_PER_QUARTER = 960
"""At 120 quarters per minute a tick lasts 0.52 ms."""
MAX_SECONDS = 3 * 3600.0
"""Longest rendering: it is made in memory, 1.4 GB an hour as stereo samples of 32 bits at 48 kHz."""


def midi_file(notes: Notes, pedal: NDArray[np.float64], *, until: float | None = None) -> bytes:
    """A MIDI file of one piano.

    Parameters
    ----------
    notes : Notes
        Keys pressed and released, from 0 s on; no key is pressed while it is down.
    pedal : (m, 2) float64
        Intervals in seconds during which the sustain pedal is down.
    until : float, optional
        Seconds of an idle event at the end, for the tail of a rendering.

    Raises
    ------
    TrackError
        When it is longer than what is rendered.
    """
    if until is not None:
        check_length(until)
    return encode(notes, pedal, until=until, resolution=TICKS_PER_QUARTER)


def check_length(seconds: float) -> None:
    """Refuse a rendering that is longer than `MAX_SECONDS`."""
    if seconds > MAX_SECONDS:
        remedy = "give the option seconds, or remove the piece"
        expected = f"a performance of at most {MAX_SECONDS:,.0f} s"
        raise TrackError(expected, received=f"{seconds:,.0f} s", remedy=remedy)


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


def encode_reproducible_ogg(y: NDArray[np.float32], sr: int, *, name: str, title: str, comment: str) -> bytes:
    """Ogg Vorbis bytes with a serial number hashed from `name`, so that equal samples have equal bytes."""
    content = encode_ogg(y, sr, compression=None, title=title, comment=comment)
    return with_serial(content, zlib.crc32(name.encode()))


def encode_tagged_flac(y: NDArray[np.float32], sr: int, *, title: str, comment: str) -> bytes:
    """FLAC bytes, 16 bits, with tags: three times as large as Ogg Vorbis, and encoded in a tenth of the time."""
    import soundfile

    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", sr, 1, "PCM_16", format="FLAC") as sound:
        sound.title, sound.comment = title, comment
        sound.write(y)
    return buffer.getvalue()


def comment_of(audio: Path) -> str | None:
    """The comment tag of a recording; None where it has none or is no audio."""
    import soundfile

    try:
        with soundfile.SoundFile(audio) as recording:
            return str(recording.comment)
    except soundfile.LibsndfileError:
        return None
