"""A sample of tracks that stands for all of them: what it costs per second of audio, the whole costs as well.

The order is that of systematic sampling (Cochran, "Sampling Techniques", 3rd ed. 1977, ch. 8) over the tracks sorted by
duration, with multiples of the golden ratio for the places: any run of consecutive tracks of the order is spread
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
ASKED = 300
"""Headers that are read; the durations of more recordings are judged by the sizes of their files."""


def order(seconds: dict[str, float]) -> list[str]:
    """All tracks, so that any run of consecutive ones is spread evenly over the durations.

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
    tracks: Sequence[TrackFiles], *, ask: Callable[[Path], float] = audio.seconds, at_most: int = ASKED
) -> dict[str, float]:
    """Seconds of every track, without decoding any.

    Parameters
    ----------
    tracks : sequence of TrackFiles
    ask : function
        Path to seconds; raises TrackError where the file cannot be read.
    at_most : int
        Recordings that are asked, spread evenly over the sizes of the files; the others are taken to have as many
        seconds per byte as those asked that have the same ending, else as all asked.
    """
    files = {track.audio: _size(track.audio) for track in tracks}
    by_name = {str(path): path for path in files}
    asked = [by_name[name] for name in order({name: float(files[path]) for name, path in by_name.items()})[:at_most]]
    known = {path: found for path in asked if (found := _asked(ask, path)) is not None}
    rates = {suffix: _rate(known, files, suffix) for suffix in {path.suffix for path in files}}
    whole = {path: known.get(path, size * rates[path.suffix]) for path, size in files.items()}
    return {track.id: _part(track, whole[track.audio]) for track in tracks}


def _asked(ask: Callable[[Path], float], path: Path) -> float | None:
    try:
        return ask(path) or None
    except TrackError:
        return None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _rate(known: dict[Path, float], sizes: dict[Path, int], suffix: str) -> float:
    """Seconds per byte of the recordings with this ending, else of all; 1 where nothing is known."""
    alike = [path for path in known if path.suffix == suffix] or list(known)
    size = sum(sizes[path] for path in alike)
    return sum(known[path] for path in alike) / size if size else 1.0


def _part(track: TrackFiles, whole: float) -> float:
    """Seconds of the part of a recording that is the track."""
    end = min(track.end, whole) if track.end is not None and whole else track.end or whole
    return max(0.0, end - track.start)


def at_once(workers: Workers) -> int:
    """How many tracks these workers, or as many local ones, have under way at once."""
    from dask.system import CPU_COUNT

    return max(1, CPU_COUNT if workers.n_workers is None else workers.n_workers)
