"""A picture of a training example of a dataset: the features of a shard, with the piano rolls of its notes."""

import numpy as np

from mir_models.examples.shards import SHARD_FRAMES
from mir_models.features import params_of_preset
from mir_models.figures.example import features_and_targets
from storage.examples.indexed import ShardExamples
from storage.examples.track_shards import TrackShards, tracks
from storage.media.png import png
from storage.tracks.dataset_store import DatasetStore


def example_picture(dataset: DatasetStore, preset: str, made_from: str) -> bytes | None:
    """A PNG of a shard in the middle of a track that is drawn at random; None where there are no shards.

    Parameters
    ----------
    dataset : DatasetStore
    preset : str
    made_from : str
        Hexadecimal digits, of which the draw is a function.
    """
    found = tracks(dataset, preset)
    if not found:
        return None
    track = found[int(np.random.default_rng(int(made_from, 16)).integers(len(found)))]
    params = params_of_preset(preset, track.store.record(track.track, track.fingerprint).feature.params)
    number = track.n_shards // 2
    arrays = _read(track, number)
    n_frames = min(SHARD_FRAMES, track.n_frames - number * SHARD_FRAMES)
    rolls = {name: arrays[name][:n_frames] for name in ("frame", "onset") if name in arrays}
    figure = features_and_targets(
        arrays["features"][:n_frames],
        params.grid.frame_rate,
        start=float(params.grid.times(number * SHARD_FRAMES)),
        title=", ".join([f"{track.track} ({track.split})", *track.classes.values()]),
        **rolls,
    )
    return png(figure)


def _read(track: TrackShards, number: int) -> dict[str, np.ndarray]:
    """The arrays of one shard of a track, piano rolls where it has notes."""
    fields = ("features", *(("frame", "onset") if "notes" in track.kinds else ()))
    read = ShardExamples([track], fields).gather(np.array([number]))
    return {name: stacked[0] for name, stacked in read.items()}
