"""Rendered audio: MIDI files that instruments play here, and their sound as reproducible Ogg Vorbis or FLAC files.

What a recording was made of is in its comment: with the same comment it need not be rendered again.
"""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import TrackError
from mir_models.notes.annotations import Notes
from storage.media.midi import encode
from storage.media.ogg import encode_ogg, with_serial

SR = 22050
"""Hz of the recordings of a rendered corpus."""
TAIL = 1.5
"""Seconds of them after the last key and the pedal are up."""
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
