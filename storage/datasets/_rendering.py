"""Recordings that are made here: a performance as MIDI, a SoundFont that plays it, and files that are there whole.

SoundFonts are played by the package midirenderer, in which the sustain pedal is down from control value 64, as it is in
:mod:`storage.media.midi`.
"""

from __future__ import annotations

import io
import os
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, TrackError
from mir_models.notes.annotations import Notes

TICKS_PER_QUARTER = 960
"""At 120 quarters per minute a tick lasts 0.52 ms."""


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
    """
    import pretty_midi

    piano = pretty_midi.Instrument(program=0, name="Piano")
    for (onset, offset), pitch, velocity in zip(
        notes.intervals.tolist(), notes.pitches.tolist(), notes.velocities.tolist(), strict=True
    ):
        piano.notes.append(pretty_midi.Note(velocity, pitch, onset, offset))
    for down, up in pedal.tolist():
        piano.control_changes += [pretty_midi.ControlChange(64, 127, down), pretty_midi.ControlChange(64, 0, up)]
    if until is not None:
        piano.control_changes.append(pretty_midi.ControlChange(64, 0, until))
    score = pretty_midi.PrettyMIDI(resolution=TICKS_PER_QUARTER, initial_tempo=120.0)
    score.instruments.append(piano)
    file = io.BytesIO()
    score.write(file)
    return file.getvalue()


def default_soundfont() -> Path:
    """TimGM6mb (T. Brechbill, GPL-2), which comes with pretty_midi."""
    import pretty_midi

    return Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")


def play(midi: bytes, soundfont: bytes) -> tuple[NDArray[np.float32], int]:
    """A MIDI file as mono sound, (n_samples,), and its sampling rate in Hz.

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
        remedy = "give a SoundFont in the format .sf2, not compressed, and a MIDI file that is whole"
        raise TrackError("a MIDI file and a SoundFont that can be played", received=error, remedy=remedy) from error
    with soundfile.SoundFile(io.BytesIO(rendered)) as wave:
        return wave.read(dtype="float32", always_2d=True).mean(axis=1), wave.samplerate


def ogg(y: NDArray[np.float32], sr: int, *, name: str, title: str, comment: str) -> bytes:
    """Ogg Vorbis, with a serial number made of `name`: equal sounds have equal bytes.

    Written second by second: libsndfile's encoder can run out of stack on one long write.
    """
    import soundfile

    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", sr, 1, format="OGG", subtype="VORBIS") as recording:
        recording.title, recording.comment = title, comment
        for start in range(0, len(y), sr):
            recording.write(y[start : start + sr])
    return with_serial(file.getvalue(), zlib.crc32(name.encode()))


def comment_of(audio: Path) -> str | None:
    """The comment of a recording; None without a readable one."""
    import soundfile

    try:
        with soundfile.SoundFile(audio) as recording:
            return str(recording.comment)
    except soundfile.LibsndfileError:
        return None


def put(path: Path, data: bytes) -> None:
    """The file, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def with_serial(ogg: bytes, serial: int) -> bytes:
    """The Ogg stream with another serial number: libsndfile draws it from the clock.

    Serial and checksum are bytes 14:18 and 22:26 of every page (RFC 3533, section 6).
    """
    pages, start = [], 0
    while start < len(ogg):
        n_segments = ogg[start + 26]
        body = start + 27 + n_segments
        stop = body + sum(ogg[start + 27 : body])
        page = bytearray(ogg[start:stop])
        page[14:18], page[22:26] = serial.to_bytes(4, "little"), bytes(4)
        page[22:26] = _ogg_checksum(page).to_bytes(4, "little")
        pages.append(bytes(page))
        start = stop
    return b"".join(pages)


_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _ogg_checksum(page: bytearray) -> int:
    """CRC-32 of RFC 3533: zlib's polynomial with the bits in the other order, from 0 and without a final inversion."""
    mirrored = zlib.crc32(page.translate(_REVERSED_BITS), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
