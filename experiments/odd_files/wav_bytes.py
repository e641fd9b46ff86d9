"""WAV files chunk by chunk, with whatever in their headers."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    """A chunk; `size` in place of the right one."""
    return name + struct.pack("<I", len(content) if size is None else size) + content


def format_chunk(sr: int, *, channels: int = 2, bits: int = 16, align: int | None = None) -> bytes:
    """The chunk ``fmt`` of linear PCM; `align` in place of the right size of a frame."""
    frame = channels * bits // 8 if align is None else align
    return chunk(b"fmt ", struct.pack("<HHIIHH", 1, channels, sr, sr * frame, frame, bits))


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    """A RIFF file of chunks; `size` in place of the right one."""
    return chunk(b"RIFF", b"WAVE" + b"".join(chunks), size)


def pcm(y: NDArray[np.float32]) -> bytes:
    """Samples of 16 bit."""
    return (y * 32767).astype("<i2").tobytes()


def wav(y: NDArray[np.float32], sr: int, *, size: int | None = None, riff_size: int | None = None) -> bytes:
    """A WAV file of (n_samples, 2); `size` in place of that of its samples."""
    return riff(format_chunk(sr), chunk(b"data", pcm(y), size), size=riff_size)
