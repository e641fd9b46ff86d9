"""Recordings that libsndfile reads, given to it by their `storage.media.containers.layout.Layout`."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.media.containers.layout import TRUNCATED, Layout, Segments
from storage.media.file_view import FileView
from storage.media.unreadable import UnreadableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIZES = re.compile(r"^\s*(?:Data Size|riff)\s*: (\d+) \(should be (\d+)\)", re.MULTILINE)
"""How libsndfile logs the size of a W64 file by its header, and the size that is there."""
_NO_FILE = 7
"""libsndfile's error code for bytes in which it finds no MPEG audio: "File does not exist"."""


class SoundFileDecoder:
    """A recording as libsndfile decodes it. See `storage.media.decoding.Decoder`.

    Parameters
    ----------
    path : Path
    layout : Layout
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self._layout, self.reading = layout, "" if layout.is_plain else "lengths mended"
        self._sounds: list[Any] = []
        self._views: list[FileView] = []
        try:
            for segments in layout.streams or (((0, path.stat().st_size),),):
                self._open(path, segments)
        except UnreadableError:
            self.close()
            raise
        self.sr, self.channels = self._sounds[0].samplerate, self._sounds[0].channels
        self.n_samples = sum(sound.frames if sound.frames < 2**62 else 0 for sound in self._sounds)
        self._current = 0

    def seek(self, n: int) -> int:
        """See `Decoder`."""
        import soundfile

        starts = [0, *accumulate(sound.frames for sound in self._sounds[:-1])]
        self._current = bisect_right(starts, n) - 1
        passed, sound = starts[self._current], self._sounds[self._current]
        try:
            for later in self._sounds[self._current + 1 :]:
                later.seek(0)
            return passed + int(sound.seek(min(n - passed, sound.frames)))
        except soundfile.LibsndfileError as error:
            raise UnreadableError(_message(error)) from error

    def read(self, n: int) -> NDArray[np.float32]:
        """See `Decoder`."""
        import numpy as np
        import soundfile

        try:
            block = self._sounds[self._current].read(n, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise UnreadableError(_message(error)) from error
        if len(block) < n and self._current + 1 < len(self._sounds):
            self._current += 1
            return np.concatenate([block, self.read(n - len(block))])
        return block

    def damage(self, n_samples: int) -> str:
        """See `Decoder`: what the layout misses, or samples that the header names."""
        logged = [(int(size), int(found)) for size, found in _SIZES.findall(self._sounds[0].extra_info)]
        expected = self._layout.n_samples or self.n_samples
        cut = n_samples < expected or any(found < size for size, found in logged)
        damage = self._layout.damage or (TRUNCATED if cut else "")
        return f"{damage} ({n_samples} samples decode)" if damage else ""

    def close(self) -> None:
        """See `Decoder`."""
        for file in (*self._sounds, *self._views):
            file.close()

    def _open(self, path: Path, segments: Segments) -> None:
        """Open one of the streams."""
        import soundfile

        source: Any = os.fsencode(path) if os.name == "posix" else path
        if self.reading:
            source = FileView(path, segments, self._layout.patches, length_known=not self._layout.counted)
            self._views.append(source)
        try:
            self._sounds.append(soundfile.SoundFile(source))
        except soundfile.LibsndfileError as error:
            raise UnreadableError(_message(error)) from error
        if len({(sound.samplerate, sound.channels) for sound in self._sounds}) > 1:
            raise UnreadableError("streams of several sampling rates or numbers of channels")


def _message(error: Any) -> str:
    return "no audio" if error.code == _NO_FILE else error.error_string.removeprefix("Error : ").rstrip(".")
