"""Tracks with their artists, and their features, computed once per preset and kept in one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.arrays import save_arrays
from experiments.artists.plan import Plan
from mir_models.errors import MirlitonError, ParameterError
from mir_models.features import feature_of
from mir_models.resampling import resample
from storage.corpora.listing import TrackFiles, group_of
from storage.datasets import table
from storage.fingerprints import fingerprint
from storage.media import audio

TRACK, ALBUM = "track", "album"
GROUPS = (TRACK, ALBUM)
"""What folds keep together: by album, the sound of a production cannot give its artist away."""
Features = dict[str, NDArray[np.float32]]
"""(n_frames, n_bins) by track."""


@dataclass(frozen=True)
class Music:
    """Tracks of named artists.

    Attributes
    ----------
    tracks : tuple of TrackFiles
    out : Path
        Where features are kept.
    group : str
        What no fold divides: `TRACK` or `ALBUM`.
    """

    tracks: tuple[TrackFiles, ...]
    out: Path
    group: str = TRACK

    @property
    def artists(self) -> dict[str, str]:
        """Artist by track."""
        return {track.id: track.classes["artist"] for track in self.tracks}

    @property
    def groups(self) -> dict[str, str]:
        """Group by track: what no fold divides."""
        return {track.id: track.id if self.group == TRACK else group_of(track.classes, ALBUM) for track in self.tracks}

    def target_tracks(self, plan: Plan) -> list[str]:
        """Tracks of the artists to be recognised: of those with `at_least` tracks, and groups for all folds.

        Raises
        ------
        MirlitonError
            For fewer than two such artists.
        """
        groups, counts = self.groups, Counter(self.artists.values())
        divisible = Counter(artist for artist, _ in {(self.artists[track], of) for track, of in groups.items()})
        enough = {each for each, n in counts.items() if n >= plan.at_least and divisible[each] >= plan.folds}
        if len(enough) < 2:
            expected = f"two artists of {plan.at_least} tracks and {plan.folds} {self.group}s"
            remedy = "give a corpus with more of them, or fewer --folds and --at-least"
            raise MirlitonError(expected, received=dict(divisible), remedy=remedy)
        return [track for track, artist in self.artists.items() if artist in enough]

    def features(self, preset: str) -> Features:
        """(n_frames, n_bins) features by track, from the file in `out` if it exists."""
        feature = feature_of(preset)
        made_of = fingerprint(feature.VERSION, feature.PRESETS[preset], [str(each.audio) for each in self.tracks])
        path = self.out / f"{preset}-{made_of}.npz"
        if not path.exists():
            save_arrays(path, {str(n): _extract(each, preset) for n, each in enumerate(self.tracks)})
        with np.load(path) as arrays:
            return {each.id: arrays[str(n)] for n, each in enumerate(self.tracks)}


def _extract(track: TrackFiles, preset: str) -> NDArray[np.float32]:
    feature = feature_of(preset)
    params = feature.PRESETS[preset]
    recording, samples = audio.read_checked(track.audio)
    return feature.extract(resample(samples, recording.sr, params.sr), params)


def load(folder: Path, out: Path, without: Sequence[str] = (), group: str = TRACK) -> Music:
    """The tracks of a folder with a table that name artist and group, less those named in `without`."""
    listing, needed = table.tracks(folder, table.Options()), {"artist", group} - {TRACK}
    unknown = sorted(set(without) - {each.id for each in listing.tracks})
    if unknown:
        remedy = f"name them as the table's loader does, e.g. {listing.tracks[0].id}"
        raise ParameterError("tracks to leave out that are there", received=", ".join(unknown), remedy=remedy)
    named = [each for each in listing.tracks if needed <= each.classes.keys() and each.id not in without]
    return Music(tuple(named), out, group)
