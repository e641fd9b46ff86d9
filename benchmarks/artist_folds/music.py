"""The music: tracks with their artists, and features that are computed once per preset and kept in one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.artist_folds.plan import Plan
from mir_models.errors import MirlitonError
from mir_models.features import preset as feature_of
from mir_models.resampling import resample
from storage import audio
from storage.corpus import TrackFiles
from storage.datasets import table
from storage.fingerprints import fingerprint

Features = dict[str, np.ndarray]


@dataclass(frozen=True)
class Music:
    """Tracks of named artists.

    Attributes
    ----------
    tracks : tuple of TrackFiles
    out : Path
        Where features are kept.
    """

    tracks: tuple[TrackFiles, ...]
    out: Path

    @property
    def artists(self) -> dict[str, str]:
        """Artist by track."""
        return {track.id: track.classes["artist"] for track in self.tracks}

    def asked(self, plan: Plan) -> list[str]:
        """The tracks of the artists that have enough of them; refuses fewer than two artists."""
        counts = Counter(self.artists.values())
        enough = {artist for artist, n in counts.items() if n >= max(plan.at_least, plan.folds)}
        if len(enough) < 2:
            remedy = "give a corpus with more of them, or fewer folds and --at-least"
            raise MirlitonError(f"two artists of {plan.at_least} tracks", received=dict(counts), remedy=remedy)
        return [track for track, artist in self.artists.items() if artist in enough]

    def features(self, preset: str) -> Features:
        """(n_frames, n_bins) features by track, from the file in `out` if it is there."""
        feature = feature_of(preset)
        about = fingerprint(feature.VERSION, feature.PRESETS[preset], [str(each.audio) for each in self.tracks])
        kept = self.out / f"{preset}-{about}.npz"
        if not kept.exists():
            self.out.mkdir(parents=True, exist_ok=True)
            draft = kept.with_suffix(".part.npz")
            np.savez(draft, **{str(n): _heard(each, preset) for n, each in enumerate(self.tracks)})
            draft.replace(kept)
        with np.load(kept) as arrays:
            return {each.id: arrays[str(n)] for n, each in enumerate(self.tracks)}


def _heard(track: TrackFiles, preset: str) -> np.ndarray:
    feature = feature_of(preset)
    params = feature.PRESETS[preset]
    recording, samples = audio.inspect(track.audio)
    return feature.extract(resample(samples, recording.sr, params.sr), params)


def load(folder: Path, out: Path, without: Sequence[str] = ()) -> Music:
    """The tracks of a folder with a table, less those named in `without`."""
    listing = table.tracks(folder, table.Options())
    named = [each for each in listing.tracks if "artist" in each.classes and each.id not in without]
    return Music(tuple(named), out)
