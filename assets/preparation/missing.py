"""Whether a dataset has to be prepared: its files changed, or something of it is not there or was made of others."""

from collections.abc import Iterable

from storage.corpora.listing import Listing
from storage.staleness.changes import changes, stale_tracks
from storage.tracks.dataset_store import DatasetStore


def is_to_prepare(listing: Listing, dataset: DatasetStore, presets: Iterable[str]) -> bool:
    """Whether files changed since a dataset's track table was made, or shards of presets are missing or stale."""
    if changes(listing.tracks, dataset):
        return True
    return any(not dataset.shards(each).fingerprints() or stale_tracks(dataset, f"shards/{each}") for each in presets)
