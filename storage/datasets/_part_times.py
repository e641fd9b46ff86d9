"""Start and end of parts of recordings in a table: as people write them, and whether they lie in these recordings."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

from mir_models.errors import TrackError
from storage.corpora.listing import TrackFiles
from storage.corpora.recordings import needs_ffmpeg
from storage.media import audio

N_DURATIONS = 20
"""Recordings whose duration is read, spread evenly over those of which a part is a track."""

_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+)", re.ASCII | re.IGNORECASE)


def parse_seconds(text: str) -> float | None:
    """Seconds in ``83.5``, ``1:23.5`` or ``0:01:23.5``; None for any other text."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    in_range = (match[2] is None or seconds < 60) and (match[1] is None or minutes < 60)
    total = 3600 * hours + 60 * minutes + seconds
    return total if in_range and math.isfinite(total) else None


def canonical(text: str) -> str:
    """A time as written in ids: the same for the same seconds."""
    seconds = parse_seconds(text)
    return text if seconds is None else f"{seconds:.15g}"


def behind_the_end(tracks: Sequence[TrackFiles], columns: Sequence[str]) -> tuple[str, ...]:
    """A sentence where most parts, by a sample, begin behind the end of their recordings; else none.

    Parameters
    ----------
    tracks : sequence of TrackFiles
    columns : sequence of str
        The table's columns of start and end.
    """
    parts = [track for track in tracks if track.start > 0 and not needs_ffmpeg(track.audio)]
    sample = [parts[n * len(parts) // N_DURATIONS] for n in range(N_DURATIONS)] if len(parts) > N_DURATIONS else parts
    durations = {track.audio: _duration(track.audio) for track in sample}
    measured = [(track, seconds) for track in sample if (seconds := durations[track.audio])]
    late = [(track, seconds) for track, seconds in measured if track.start >= seconds]
    if 2 * len(late) <= len(measured):
        return ()
    track, seconds = late[0]
    return (
        f"{len(late)} of {len(measured)} parts that were looked at begin behind the end of their recordings, such as "
        f"{track.audio.name}: start {track.start:g} s, the file ends at {seconds:.1f} s. Remedy: where "
        f"{' and '.join(map(repr, columns))} are times of other files: --option columns=start=,end= leaves them out.",
    )


def _duration(path: Path) -> float | None:
    """Seconds of a recording; None where it cannot be read: the backfill tells why."""
    try:
        return audio.duration(path)
    except TrackError:
        return None
