"""Ogg Vorbis: audio encoded in few bytes, with tags, and with a serial number of one's own (RFC 3533)."""

from __future__ import annotations

import io
import zlib

import numpy as np
from numpy.typing import NDArray

COMPRESSION = 0.7
"""From 0 (best) to 1 (smallest): 75 kB for 20 s of a piano, mono at 22,050 Hz."""


def encode_ogg(
    y: NDArray[np.float32], sr: int, *, compression: float | None = COMPRESSION, title: str = "", comment: str = ""
) -> bytes:
    """Encode (n_samples,) samples at `sr` Hz, clipped to ±1, as the bytes of an Ogg Vorbis file.

    Parameters
    ----------
    y : (n_samples,) float32
    sr : int
    compression : float in [0, 1] or None
        None: libsndfile's default.
    title, comment : str
        Tags of the file.
    """
    import soundfile

    buffer = io.BytesIO()
    options = {"format": "OGG", "subtype": "VORBIS", "compression_level": compression}
    with soundfile.SoundFile(buffer, "w", samplerate=sr, channels=1, **options) as sound:
        for tag, text in (("title", title), ("comment", comment)):
            if text:
                setattr(sound, tag, text)
        for first in range(0, len(y), sr):  # libsndfile's encoder keeps all samples of one call on the stack.
            sound.write(np.clip(y[first : first + sr], -1.0, 1.0))
    return buffer.getvalue()


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
