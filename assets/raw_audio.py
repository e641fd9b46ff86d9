"""raw_audio: the table of a dataset's tracks, every file decoded once from end to end."""

from pathlib import Path
from typing import Any

import dagster as dg

from assets import checks
from assets.partitions import DATASETS
from assets.resources import StoreResource
from assets.results import stage_result, table
from storage import audio, stages
from storage.arrays import Stored
from storage.catalogue import Registration
from storage.corpus import TrackFiles, stamp
from storage.fingerprints import content_hash, fingerprint
from storage.stages import Job, Refusal
from storage.workers import Workers


@dg.asset(
    partitions_def=DATASETS,
    group_name="corpus",
    kinds={"python", "zarr"},
    check_specs=checks.specs("raw_audio", checks.RAW_AUDIO),
)
def raw_audio(
    context: dg.AssetExecutionContext, store: StoreResource, workers: dg.ResourceParam[Workers]
) -> dg.MaterializeResult:
    """The tracks of a dataset: path, content hash, duration, sampling rate, channels, work, split, labels."""
    registration = store.registration(context.partition_key)
    dataset = store.dataset(registration.name)
    listing = registration.listing()
    jobs = [_job(registration, track) for track in listing.tracks]
    jobs += [Job(track, "refused", Refusal(reason)) for track, reason in sorted(listing.refused.items())]
    outcome = stages.run(
        dataset, "raw_audio", jobs, inspect, workers=workers, max_quarantined=registration.max_quarantined
    )
    records = dataset.raw_audio.records()
    return stage_result(
        outcome,
        [job.fingerprint for job in jobs],
        checks.of_raw_audio(records),
        hours=round(sum(record["duration"] for record in records) / 3600, 3),
        dropped=table([{"track": each, "reason": why} for each, why in listing.dropped.items()], "track reason"),
        table=table(records, "track split work duration sr channels path"),
    )


def _job(registration: Registration, track: TrackFiles) -> Job:
    split, promised = registration.split(track), registration.module.PROMISES.kinds
    made_from = fingerprint("raw_audio", track.id, track.work, split, promised, stamp(track))
    return Job(track.id, made_from, {"files": track, "split": split, "promised": promised})


def inspect(item: dict[str, Any] | Refusal) -> Stored | Refusal:
    """The record of one track, or why it cannot be used."""
    if isinstance(item, Refusal):
        return item
    files: TrackFiles = item["files"]
    lacking = [kind for kind in item["promised"] if kind not in files.labels]
    if lacking:
        return Refusal(
            f"Expected {' and '.join(lacking)} for {files.audio.name}. Received: no such file. "
            "Remedy: put it beside the recording (same name, .mid), or remove the recording."
        )
    recording = audio.inspect(files.audio)
    labels = {kind: {"path": str(path), "content": content_hash(path)} for kind, path in files.labels.items()}
    about = {"track": files.id, "path": str(Path(files.audio)), "work": files.work, "split": item["split"]}
    return Stored({**about, "labels": labels, **recording.as_dict()})
