"""What the next backfill makes once more though nothing changed on disk: by another version, or with other settings."""

from collections.abc import Sequence
from typing import Any

from assets.preparation import features, labels, raw_audio, shards, variants
from mir_models.features import presets
from storage.corpora.registrations import Registration
from storage.staleness.changes import remade_tracks
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.track_work import Job


def remade_by_stage(registration: Registration, dataset: DatasetStore) -> dict[str, list[str]]:
    """Tracks, by stage, that a backfill with default settings makes once more; stages without any are left out."""
    decoded = {"raw_audio": raw_audio.decoded_before(dataset.raw_audio.records())}
    planned = {stage: remade_tracks(dataset, stage, jobs) for stage, jobs in _jobs(registration, dataset).items()}
    return {stage: tracks for stage, tracks in (decoded | planned).items() if tracks}


def _jobs(registration: Registration, dataset: DatasetStore) -> dict[str, Sequence[Job[Any]]]:
    """The jobs of every stage but the first, of what is stored of the one before."""
    by_preset, tracks = presets(), dataset.audio_tracks()
    return {
        "variants": variants.jobs(dataset, registration),
        "labels": labels.jobs(dataset.raw_audio.records(), registration, labels.DEFAULTS),
        **{
            f"features/{preset}": features.jobs(tracks, preset, by_preset[preset].PRESETS[preset], dataset.address)
            for preset in dataset.presets("features")
            if preset in by_preset
        },
        **{f"shards/{preset}": shards.jobs(dataset, preset) for preset in dataset.presets("shards")},
    }
