"""The demo corpus: the project's own short piano works, rendered on first use as a folder of a user's own would look.

The MIDI files are the performances, from time 0. The recordings begin after a lead-in of unknown length, as recordings
do, so that the labels have to be aligned; `lead_in` knows the truth, and only tests ask it.
"""

from __future__ import annotations

import hashlib
import io
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mir_models.demo_music import Performance, works
from mir_models.errors import MirlitonError
from storage.corpus import Listing, Promises, TrackFiles

DESCRIPTION = "21 piano works of 40 to 60 s, played by a seeded performer and rendered here on first use (about 10 MB)"
LICENCE = "the project's own encodings and compositions under Apache-2.0, after music in the public domain"
CITATION = "mirliton, its demo corpus"
HOMEPAGE = "none: the corpus comes with mirliton and is rendered on your machine"
KINDS = ("notes",)
DOWNLOADS = ()
PROMISES = Promises(KINDS, official_splits=True)

RENDERING = 1
"""Version of everything below that shapes the sound; another one renders the corpus anew."""
PEAK = 10 ** (-3 / 20)
"""Largest absolute sample of the music: -3 dBFS."""
NOISE = 10 ** (-70 / 20)
"""Standard deviation of the noise floor under the whole recording: -70 dBFS."""
LEAD_IN = (0.2, 3.0)
"""Shortest and longest lead-in in seconds."""
TAIL = 1.5
"""Seconds recorded after the last key and the pedal are up."""
TICKS_PER_QUARTER = 960
"""At 120 quarters per minute a tick lasts 0.52 ms."""


@dataclass(frozen=True)
class Options:
    """The demo corpus has no options."""


def tracks(root: Path, options: Options) -> Listing:
    """All works, sorted by id; what is missing below `root` is generated first."""
    generate(root)
    files = [
        TrackFiles(work.name, root / f"{work.name}.ogg", work.name, {"notes": root / f"{work.name}.mid"}, work.split)
        for work in works()
    ]
    return Listing(files, PROMISES)


def generate(root: Path, *, on_done: Callable[[int, int], None] | None = None) -> None:
    """Write ``<name>.mid`` and ``<name>.ogg`` of every work below `root`; whatever is there and current is kept.

    A recording carries the digest of its performance as its comment and is put in place last and at once: a killed
    generation goes on where it was, and a changed composition is rendered anew.

    Parameters
    ----------
    root : Path
        The folder of the corpus; made when missing.
    on_done : callable of (int, int), optional
        Called after each work with the works done so far and all works.

    Raises
    ------
    MirlitonError
        When the renderer is not installed or the folder cannot be written.
    """
    performances = works()
    try:
        root.mkdir(parents=True, exist_ok=True)
        for done, work in enumerate(performances, start=1):
            _generate_work(root, work)
            if on_done is not None:
                on_done(done, len(performances))
    except OSError as error:
        remedy = "choose one that can be written"
        raise MirlitonError("a folder for the demo corpus", received=error, remedy=remedy) from error


def lead_in(name: str) -> float:
    """Seconds from the start of the recording to the first key press: the lag of the labels of work `name`."""
    return float(_rng(name, 0).uniform(*LEAD_IN))


def _generate_work(root: Path, work: Performance) -> None:
    audio, labels, midi = root / f"{work.name}.ogg", root / f"{work.name}.mid", _midi(work)
    digest = hashlib.sha256(b"%d:" % RENDERING + midi).hexdigest()
    if _comment(audio) == digest and labels.is_file() and labels.read_bytes() == midi:
        return
    ogg = _encode(*_record(work), title=work.title, comment=digest)
    _put(labels, midi)
    _put(audio, _with_serial(ogg, zlib.crc32(work.name.encode())))


def _midi(work: Performance, *, until: float | None = None) -> bytes:
    """The performance as a MIDI file of one piano; `until` adds an idle event, for the tail."""
    import pretty_midi

    piano = pretty_midi.Instrument(program=0, name="Piano")
    for (onset, offset), pitch, velocity in zip(
        work.notes.intervals.tolist(), work.notes.pitches.tolist(), work.notes.velocities.tolist(), strict=True
    ):
        piano.notes.append(pretty_midi.Note(velocity, pitch, onset, offset))
    for down, up in work.pedal.tolist():
        piano.control_changes += [pretty_midi.ControlChange(64, 127, down), pretty_midi.ControlChange(64, 0, up)]
    if until is not None:
        piano.control_changes.append(pretty_midi.ControlChange(64, 0, until))
    score = pretty_midi.PrettyMIDI(resolution=TICKS_PER_QUARTER, initial_tempo=120.0)
    score.instruments.append(piano)
    file = io.BytesIO()
    score.write(file)
    return file.getvalue()


def _record(work: Performance) -> tuple[NDArray[np.float32], int]:
    """The rendering in mono behind its lead-in, over a noise floor, and its sampling rate."""
    import soundfile

    end = max(work.notes.duration, float(work.pedal.max(initial=0.0))) + TAIL
    with soundfile.SoundFile(io.BytesIO(_render(_midi(work, until=end)))) as wave:
        music, sr = wave.read(dtype="float32", always_2d=True).mean(axis=1), wave.samplerate
    y = _rng(work.name, 1).normal(0.0, NOISE, round(lead_in(work.name) * sr) + len(music))
    y[-len(music) :] += music * (PEAK / np.abs(music).max())
    return y.astype(np.float32), sr


def _render(midi: bytes) -> bytes:
    """A WAV file of the MIDI file, by the SoundFont that comes with pretty_midi."""
    import pretty_midi

    try:
        import midirenderer
    except ImportError as error:
        remedy = "install it: pip install 'mirliton[pipeline]'"
        raise MirlitonError("the package midirenderer", received="none installed", remedy=remedy) from error
    soundfont = Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")
    return midirenderer.render_wave_from(soundfont.read_bytes(), midi)


def _encode(y: NDArray[np.float32], sr: int, *, title: str, comment: str) -> bytes:
    """Ogg Vorbis, second by second: libsndfile's encoder can run out of stack on one long write."""
    import soundfile

    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", sr, 1, format="OGG", subtype="VORBIS") as recording:
        recording.title, recording.comment = title, comment
        for start in range(0, len(y), sr):
            recording.write(y[start : start + sr])
    return file.getvalue()


def _comment(audio: Path) -> str | None:
    """The comment of a recording; None without a readable one."""
    import soundfile

    try:
        with soundfile.SoundFile(audio) as recording:
            return str(recording.comment)
    except soundfile.LibsndfileError:
        return None


def _with_serial(ogg: bytes, serial: int) -> bytes:
    """The Ogg stream with another serial number: libsndfile draws it from the clock; equal corpora have equal bytes.

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


def _put(path: Path, data: bytes) -> None:
    """The file, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _rng(name: str, stream: int) -> np.random.Generator:
    """The random stream of a work: 0 for its lead-in, 1 for its noise."""
    return np.random.default_rng([RENDERING, stream, zlib.crc32(name.encode())])
