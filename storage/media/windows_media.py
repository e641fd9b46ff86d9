"""Windows Media Audio as ffmpeg's own encoder writes it, of which ffmpeg's decoder leaves out the beginning.

The decoder drops the first two frames, as many as Windows' encoder is late; ffmpeg's encoder is late by one
(libavcodec/wmadec.c, wmaenc.c). So 46 ms of the beginning would be lost, and all that follows be so much too early. Its
files are known by the codec's data in their WAVEFORMATEX, in whatever container: no samples per block, one option.

Sources: Microsoft, Advanced Systems Format specification 01.20.06, 9.1; libavcodec/wma_common.c.
"""

from __future__ import annotations

import re

_SEARCHED = 2**16
"""Bytes of a file in which its header lies."""
_FORMAT = rb"[\x01\x02]\0(?P<sr>.{4}).{8}"
"""Channels, sampling rate, bytes per second, size and bits of a block, between the tag and the codec's data."""
_VERSION_1 = re.compile(rb"\x60\x01" + _FORMAT + rb"\x04\0" + rb"\0\0" + rb"\x01\0", re.DOTALL)
_VERSION_2 = re.compile(rb"\x61\x01" + _FORMAT + rb"\x0a\0" + rb"\0\0\0\0" + rb"\x01\0", re.DOTALL)
"""Their tag, the size of the codec's data, samples per block (0) and options (exponents by a table, nothing else)."""


def encoder_delay(beginning: bytes) -> int | None:
    """Samples by which ffmpeg's encoder of Windows Media Audio is late; None for any other file.

    Parameters
    ----------
    beginning : bytes
        Of the file, 64 kB or more.
    """
    for version, pattern in ((1, _VERSION_1), (2, _VERSION_2)):
        if found := pattern.search(beginning, 0, _SEARCHED):
            return _frame(int.from_bytes(found["sr"], "little"), version)
    return None


def _frame(sr: int, version: int) -> int:
    """Samples of a frame at a sampling rate in Hz."""
    if sr <= 16000:
        return 512
    return 1024 if sr <= (32000 if version == 1 else 22050) else 2048
