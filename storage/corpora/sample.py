"""Systematic sampling of tracks by duration, to estimate the cost of all tracks per second of audio from a few.

The order is that of systematic sampling (Cochran, "Sampling Techniques", 3rd ed. 1977, ch. 8) over the tracks sorted by
duration, with multiples of the golden ratio for the positions: any run of consecutive tracks of the order is spread
evenly from the shortest to the longest. So the cost per second of a run is a fair ratio estimator (ch. 6) also where
every track costs something whatever its duration: the mean duration of the run is nearly that of all tracks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from mir_models.errors import TrackError
from storage.corpora.listing import TrackFiles
from storage.media import audio
from storage.workers.dask_workers import Workers

GOLDEN = (5**0.5 - 1) / 2
N_HEADERS = 300
"""Recordings whose headers are read; the durations of the others are estimated from the sizes of their files."""


def systematic_order(seconds: dict[str, float]) -> list[str]:
    """All tracks in an order in which any run of consecutive ones is spread evenly over the durations.

    Parameters
    ----------
    seconds : dict
        Duration by track id.
    """
    ranked = sorted(seconds, key=lambda track: (seconds[track], track))
    turns = sorted(range(len(ranked)), key=lambda turn: (0.5 + turn * GOLDEN) % 1)  # Of the shortest track first.
    return [track for _, track in sorted(zip(turns, ranked, strict=True))]


def longest(seconds: dict[str, float], n: int) -> list[str]:
    """The `n` longest tracks, the longest first."""
    return sorted(seconds, key=lambda track: (-seconds[track], track))[:n]


def durations(
    tracks: Sequence[TrackFiles], *, read_duration: Callable[[Path], float] = audio.duration, at_most: int = N_HEADERS
) -> dict[str, float]:
    """Duration of every track in seconds, without decoding any.

    Parameters
    ----------
    tracks : sequence of TrackFiles
    read_duration : function
        Path to seconds; raises TrackError when the file cannot be read.
    at_most : int
        Recordings whose duration is read, spread evenly over the sizes of the files; the others are taken to have as
        many seconds per byte as those read with the same extension, else as all that were read.
    """
    files = {track.audio: _size(track.audio) for track in tracks}
    by_name = {str(path): path for path in files}
    chosen = [
        by_name[name]
        for name in systematic_order({name: float(files[path]) for name, path in by_name.items()})[:at_most]
    ]
    known = {path: found for path in chosen if (found := _duration(read_duration, path)) is not None}
    rates = {suffix: _rate(known, files, suffix) for suffix in {path.suffix for path in files}}
    full = {path: known.get(path, size * rates[path.suffix]) for path, size in files.items()}
    return {track.id: _part(track, full[track.audio]) for track in tracks}


def _duration(read_duration: Callable[[Path], float], path: Path) -> float | None:
    try:
        return read_duration(path) or None
    except TrackError:
        return None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _rate(known: dict[Path, float], sizes: dict[Path, int], suffix: str) -> float:
    """Seconds per byte of the recordings with this extension, else of all; 1 where no duration is known."""
    same = [path for path in known if path.suffix == suffix] or list(known)
    size = sum(sizes[path] for path in same)
    return sum(known[path] for path in same) / size if size else 1.0


def _part(track: TrackFiles, full: float) -> float:
    """Seconds of the part of a recording that is the track."""
    end = min(track.end, full) if track.end is not None and full else track.end or full
    return max(0.0, end - track.start)


def n_concurrent(workers: Workers) -> int:
    """How many tracks are processed at the same time: local workers, or as many as there would be."""
    from dask.system import CPU_COUNT

    return max(1, CPU_COUNT if workers.n_workers is None else workers.n_workers)
