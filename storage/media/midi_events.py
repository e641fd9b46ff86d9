"""Events of a Standard MIDI File: what touches notes, pedal and time; everything else is skipped unread.

The format is that of *Standard MIDI Files 1.0* (MIDI Manufacturers Association, RP-001). Read are formats 0 and 1, and
2 of one track; a division in ticks per quarter, or per frame of SMPTE time code, in which tempo has no influence. Text,
signatures, system exclusive and unknown messages may hold anything, and unknown chunks are passed over. Common
deviations are read: a header after other bytes (RIFF ``.rmi``, MacBinary) or with a wrong number of tracks, bytes after
the last track, tracks without an end or with a wrong length that the end of track corrects, running status across meta
and system exclusive events. A SMPTE offset is not applied, as in every reader known to us.

Other readers were compared ([results](../../docs/results.md#midi-files)): mido, by which pretty_midi, miditoolkit and
partitura read, refuses files for signatures and system exclusive messages, and symusic leaves notes out uncounted.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import TrackError

MAX_SECONDS = 30 * 24 * 3600.0
"""Longest file: more is a broken delta time."""
MAX_EVENTS = 20_000_000
"""Most events of notes and used controllers in a file."""
MAX_TRACKS = 65_535
"""Most tracks: as many as a header can name."""
HEADER_WITHIN = 65_536
"""Bytes of a file in which its header begins."""
DEFAULT_TEMPO = 500_000
"""Microseconds per quarter until a file sets its tempo."""
NOTE_OFF, NOTE_ON, CONTROL_CHANGE = 0x80, 0x90, 0xB0
"""Upper half of a status byte."""
SUSTAIN = 64
"""Number of the controller that is the sustain pedal."""
RESET_ALL_CONTROLLERS = 121
"""Number of the channel mode message that lifts the pedal, among others."""
NOTES_OFF = (120, 123, 124, 125, 126, 127)
"""Numbers of the channel mode messages that end all notes of a channel."""

_CHUNK = 8  # Bytes of a chunk's name and length.
_META, _TEMPO, _END_OF_TRACK = 0xFF, 0x51, 0x2F
_FRAME_RATES = {24: (24, 1), 25: (25, 1), 29: (30_000, 1001), 30: (30, 1)}  # 29: 29.97 frames per second, drop frame.
_CONTROLLERS = frozenset({SUSTAIN, RESET_ALL_CONTROLLERS, *NOTES_OFF})
_N_DATA = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_N_SYSTEM_DATA = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0, **dict.fromkeys(range(0xF8, 0xFF), 0)}


@dataclass(frozen=True, eq=False)
class TempoMap:
    """From ticks to seconds, exact to the tick: integers are added, and divided once.

    Attributes
    ----------
    ticks : (m,) int64
        At which the tempo changes; 0 first.
    elapsed : (m,) int64
        Units of time until then; a second has `units`.
    per_tick : (m,) int64
        Units per tick from then on.
    units : int
    """

    ticks: NDArray[np.int64]
    elapsed: NDArray[np.int64]
    per_tick: NDArray[np.int64]
    units: int

    def seconds(self, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
        """The time of each tick."""
        last = np.searchsorted(self.ticks, ticks, side="right") - 1
        return (self.elapsed[last] + (ticks - self.ticks[last]) * self.per_tick[last]) / self.units


@dataclass(frozen=True, eq=False)
class MidiEvents:
    """The note-ons, note-offs and control changes of pedal and mode, track after track, in the order of each track.

    Attributes
    ----------
    tracks : (n,) int64
        Index of the track of each event.
    ticks : (n,) int64
    statuses : (n,) uint8
        `NOTE_OFF`, `NOTE_ON` or `CONTROL_CHANGE`, plus the channel from 0.
    data : (n, 2) uint8
        Key and velocity, or controller and value.
    end : int
        Tick of the last event of the file, ends of tracks included.
    tempo : TempoMap
    """

    tracks: NDArray[np.int64]
    ticks: NDArray[np.int64]
    statuses: NDArray[np.uint8]
    data: NDArray[np.uint8]
    end: int
    tempo: TempoMap


def parse(content: bytes, name: str) -> MidiEvents:
    """The events in the bytes of a MIDI file.

    Raises
    ------
    TrackError
        When it is no MIDI file, is cut, or broken where notes or time are concerned; `name` is the file's.
    """
    try:
        header = content.find(b"MThd", 0, HEADER_WITHIN)
        if header < 0:
            raise _Broken(f"no header 'MThd' (the file begins with {content[:12]!r})")
        body = header + _CHUNK + int.from_bytes(content[header + 4 : header + _CHUNK], "big")
        file_format, n_tracks, division = (
            int.from_bytes(content[at : at + 2], "big") for at in range(header + _CHUNK, header + _CHUNK + 6, 2)
        )
        if body < header + _CHUNK + 6 or body > len(content):
            raise _Broken("a truncated header")
        tracks = _tracks(content, body)
        if not tracks:
            raise _Broken(f"no track of {n_tracks}")
        if file_format == 2 and len(tracks) > 1:
            raise _Broken(f"format 2, whose {len(tracks)} tracks are pieces of their own,")
        return _merged(tracks, *_division(division))
    except _Broken as broken:
        remedy = "export it again, or remove it"
        raise TrackError("a readable MIDI file", received=f"{broken} in {name}", remedy=remedy) from broken


class _Broken(ValueError):
    """What is wrong with a file."""


@dataclass
class _Track:
    """The events of one track, column by column."""

    ticks: array[int] = field(default_factory=lambda: array("q"))
    statuses: bytearray = field(default_factory=bytearray)
    data: bytearray = field(default_factory=bytearray)
    tempos: list[tuple[int, int]] = field(default_factory=list)
    end: int = 0


def _tracks(content: bytes, at: int) -> list[_Track]:
    """The tracks from a position on; what follows the last chunk is no part of the file."""
    tracks: list[_Track] = []
    n_events = 0
    while _is_chunk(content, at):
        body = at + _CHUNK
        end = body + int.from_bytes(content[at + 4 : body], "big")
        if content[at : at + 4] == b"MTrk":
            track, end = _TrackReader(content, body, end, f"track {len(tracks) + 1}").read()
            tracks.append(track)
            n_events += len(track.ticks)
            for n, limit, things in (
                (n_events, MAX_EVENTS, "events of notes and controllers"),
                (len(tracks), MAX_TRACKS, "tracks"),
            ):
                if n > limit:
                    raise _Broken(f"more than {limit:,} {things}")
        at = end
    if content[at:] and b"MTrk".startswith(content[at : at + 4]):
        raise _Broken(f"a truncated file (track {len(tracks) + 1})")
    return tracks


def _is_chunk(content: bytes, at: int) -> bool:
    """Whether a chunk begins here: four printable characters and a length."""
    name = content[at : at + 4]
    return len(content) >= at + _CHUNK and name.isascii() and name.decode("ascii").isprintable()


def _division(division: int) -> tuple[int, int | None]:
    """Units per second, and units per tick where no tempo has influence."""
    if not division & 0x8000:
        if not division:
            raise _Broken("a division of 0 ticks per quarter")
        return division * 1_000_000, None
    frames, ticks = 256 - (division >> 8), division & 0xFF
    if frames not in _FRAME_RATES or not ticks:
        raise _Broken(f"a division of {ticks} ticks in each of {frames} SMPTE frames per second")
    numerator, denominator = _FRAME_RATES[frames]
    return numerator * ticks, denominator


def _merged(tracks: list[_Track], units: int, per_tick: int | None) -> MidiEvents:
    """The events of all tracks on one time axis."""
    end = max(track.end for track in tracks)
    changes = sorted((change for track in tracks for change in track.tempos), key=lambda change: change[0])
    tempo = _tempo_map([(0, DEFAULT_TEMPO), *changes] if per_tick is None else [(0, per_tick)], units, end)
    return MidiEvents(
        np.repeat(np.arange(len(tracks)), [len(track.ticks) for track in tracks]),
        np.concatenate([np.array(track.ticks, dtype=np.int64) for track in tracks]),
        np.frombuffer(b"".join(track.statuses for track in tracks), dtype=np.uint8),
        np.frombuffer(b"".join(track.data for track in tracks), dtype=np.uint8).reshape(-1, 2),
        end,
        tempo,
    )


def _tempo_map(changes: list[tuple[int, int]], units: int, end: int) -> TempoMap:
    """The map of changes (tick, units per tick); `end` is the last tick that is asked for."""
    elapsed = [0]
    for (start, per_tick), (stop, _) in zip(changes, [*changes[1:], (end, 0)], strict=True):
        elapsed.append(elapsed[-1] + (stop - start) * per_tick)
    if elapsed[-1] > MAX_SECONDS * units:
        raise _Broken(f"{elapsed[-1] / units:,.0f} s (the longest possible are {MAX_SECONDS:,.0f})")
    ticks, per_tick_of_each = np.array(changes, dtype=np.int64).T
    return TempoMap(ticks, np.array(elapsed[:-1], dtype=np.int64), per_tick_of_each, units)


class _TrackReader:
    """Reads the events of one track, from a position to the end of track or of its chunk."""

    def __init__(self, content: bytes, at: int, end: int, name: str) -> None:
        self.content, self.at, self.end, self.name = content, at, end, name
        self.track, self.running = _Track(), 0
        # Behind a right length the file ends, or a chunk begins; otherwise only the end of track can tell.
        self.needs_end = end != len(content) and not _is_chunk(content, end)

    def read(self) -> tuple[_Track, int]:
        """The events, and where the next chunk begins."""
        limit = len(self.content) if self.needs_end else self.end
        ended = False
        try:
            while self.at < limit and not ended:
                ended = self._event()
        except IndexError:
            raise _Broken(f"a truncated file ({self.name})") from None
        if not ended and (self.needs_end or self.at > limit):
            raise _Broken(f"a truncated file ({self.name})")
        next_follows = ended and self.content[self.at : self.at + 4] == b"MTrk"
        return self.track, self.at if next_follows or self.needs_end else self.end

    def _event(self) -> bool:
        """Read one event; whether it was the end of the track."""
        track = self.track
        track.end += self._variable_length()
        status = self.content[self.at]
        if status < NOTE_OFF:  # Running status, that of the last event of a channel.
            if not self.running:
                raise _Broken(f"an event without status ({self.name})")
            status = self.running
        else:
            self.at += 1
        if status >= 0xF0:
            return self._system(status)
        self.running = status
        self._channel(status)
        return False

    def _channel(self, status: int) -> None:
        """A message of a channel; those that touch neither notes nor pedal are skipped."""
        at, n_data = self.at, _N_DATA[status >> 4]
        self.at += n_data
        first, second = self.content[at], self.content[self.at - 1]
        if status < 0xA0 or (status & 0xF0 == CONTROL_CHANGE and first in _CONTROLLERS):
            if first > 127 or second > 127:
                raise _Broken(f"a byte above 127 in a note or controller ({self.name})")
            self.track.ticks.append(self.track.end)
            self.track.statuses.append(status)
            self.track.data += bytes((first, second))

    def _system(self, status: int) -> bool:
        """A meta or system message; whether it is the end of the track."""
        if status != _META and status not in (0xF0, 0xF7):
            if status not in _N_SYSTEM_DATA:
                raise _Broken(f"an undefined status {status:#x} ({self.name})")
            self.at += _N_SYSTEM_DATA[status]
            return False
        kind = None
        if status == _META:
            kind, self.at = self.content[self.at], self.at + 1
        length = self._variable_length()
        data, self.at = self.content[self.at : self.at + length][:3], self.at + length
        if self.at > len(self.content):
            raise IndexError
        if kind == _TEMPO:
            self._tempo(data)
        return kind == _END_OF_TRACK

    def _tempo(self, data: bytes) -> None:
        tempo = int.from_bytes(data, "big")
        if len(data) < 3 or not tempo:
            raise _Broken(f"a tempo of {len(data)} bytes and {tempo} µs per quarter ({self.name})")
        self.track.tempos.append((self.track.end, tempo))

    def _variable_length(self) -> int:
        """A number of 7 bits per byte, of four bytes at most."""
        value = 0
        for _ in range(4):
            byte = self.content[self.at]
            self.at += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise _Broken(f"a number of more than four bytes ({self.name})")
