"""raw_audio: the table of a dataset's tracks, every file decoded once from end to end."""

from dataclasses import asdict, fields
from typing import Any

import dagster as dg
from pydantic import Field

from assets import checks
from assets.metadata import stage_result, table
from assets.partitions import DATASETS, ONE_RUN, Made, each_dataset
from assets.preparation.duplicates import LANDMARKS, matches, recordings
from assets.resources import StoreResource
from mir_models import identification
from mir_models.errors import MirlitonError
from mir_models.resampling import resample
from storage.corpora.listing import Listing, Promises, TrackFiles, identity, stamp, steady
from storage.corpora.registrations import Registration
from storage.corpora.splits import decide
from storage.fingerprints import content_hash, fingerprint
from storage.freshness import changes
from storage.media import audio
from storage.media.audio import Part, Recording
from storage.tracks import stages
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.stages import Job, Refusal
from storage.workers.dask_workers import Workers

VERSION = 4
"""Raised when the record of a track changes for the same files."""
_HEARING = fingerprint(1, identification.VERSION, LANDMARKS)
"""Changes when the same file is heard otherwise: raise the number with what `storage.media.audio.inspect` tells."""


class RawAudioSettings(dg.Config):
    """What may happen to the table."""

    accept_gone: bool = Field(
        default=False, description="Forget tracks that are gone, however many; else a disk may be unplugged."
    )


@dg.asset(
    partitions_def=DATASETS,
    backfill_policy=ONE_RUN,
    group_name="corpus",
    kinds={"python", "zarr"},
    check_specs=checks.specs("raw_audio", checks.RAW_AUDIO),
)
def raw_audio(
    context: dg.AssetExecutionContext,
    config: RawAudioSettings,
    store: StoreResource,
    workers: dg.ResourceParam[Workers],
) -> Made:
    """The tracks of a dataset: path, content hash, duration, sampling rate, channels, work, classes, split, labels."""

    def table_of(name: str) -> dg.MaterializeResult:
        registration, dataset = store.registration(name), store.dataset(name)
        listing = registration.listing()
        gone = changes.gone(listing, dataset)
        if not config.accept_gone:
            _refuse_gone(gone, len(dataset.raw_audio.held()), registration.max_quarantined)
        return _table(registration, listing, dataset, workers, gone=len(gone))

    yield from each_dataset(context, store, table_of)


def _refuse_gone(gone: list[str], known: int, limit: float) -> None:
    """Refuse to forget more than a share of the known tracks: what was made of them would be deleted."""
    if len(gone) > limit * known:
        raise MirlitonError(
            f"at most {limit:.0%} of the known tracks gone from the corpus",
            received=f"{len(gone)} of {known}, the first {gone[0]}",
            remedy="look whether a disk is unplugged; if they are meant to be gone: mirliton backfill --accept-gone",
        )


def _table(
    registration: Registration, listing: Listing, dataset: DatasetStore, workers: Workers, *, gone: int
) -> dg.MaterializeResult:
    wanted, limit = _decided(registration, listing, dataset), registration.max_quarantined
    outcome = stages.run(dataset, "raw_audio", wanted, inspect, workers=workers, max_quarantined=limit)
    records, found = dataset.raw_audio.records(), matches(dataset)
    return stage_result(
        outcome,
        [job.fingerprint for job in wanted],
        checks.of_raw_audio(records, registration.rule(listing), recordings(records, found)),
        hours=round(sum(record["duration"] for record in records) / 3600, 3),
        duplicates=table([asdict(match) for match in found], "a b offset_s n_shared share"),
        gone=gone,
        dropped=table([{"track": each, "reason": why} for each, why in listing.dropped.items()], "track reason"),
        table=table(records, "track split work duration sr channels path"),
    )


def _decided(registration: Registration, listing: Listing, dataset: DatasetStore) -> list[Job]:
    """One job per track that the corpus lists; the splits decided here are kept with the dataset."""
    decision = decide(listing.tracks, dataset.splits.read(registration.rule(listing), registration.split_seed))
    dataset.splits.write(decision.assignment)
    refused = listing.refused | decision.refused
    usable = [track for track in listing.tracks if track.id not in refused]
    heard = {record["track"]: (record.get("heard"), name) for name, record in dataset.raw_audio.named_records().items()}
    place, version = (dataset.objects.address, dataset.name), registration.module.VERSION
    return [
        *(_job(track, decision.splits[track.id], listing.promises, heard, place, version) for track in usable),
        *(Job(track, "refused", Refusal(reason)) for track, reason in sorted(refused.items())),
    ]


def _job(
    track: TrackFiles,
    split: str,
    promises: Promises,
    heard: dict[str, tuple[str | None, str]],
    place: tuple[str, str],
    version: int,
) -> Job:
    """The work on one track; a file that was heard before is not decoded again when more or else is said of it."""
    stamps = stamp(track)
    hearing = fingerprint(_HEARING, stamps[0], track.start, track.end)
    known, name = heard.get(track.id, (None, None))
    said = {"split": split, "identity": identity(track), "stamp": stamps, "heard": hearing}
    made_from = fingerprint("raw_audio", VERSION, _promised(promises), said, *_raised(version))
    item = {"files": track, "promises": promises, "said": said, "place": place}
    return Job(track.id, made_from, {**item, "known": name if known == hearing else None})


def _raised(version: int) -> tuple[int, ...]:
    """What the version of a loader adds to a fingerprint: nothing before its first change."""
    return (version,) if version > 1 else ()


def _promised(promises: Promises) -> list[Any]:
    return [promises.kinds, promises.labels_exact, promises.pedal]


def inspect(item: dict[str, Any] | Refusal) -> Stored | Refusal:
    """The record of one track, or why it cannot be used."""
    if isinstance(item, Refusal):
        return item
    files, promises = item["files"], item["promises"]
    lacking = [kind for kind in promises.kinds if not files.has(kind)]
    if lacking:
        return Refusal(_without(files, lacking))
    with steady(item["said"]["stamp"]):
        recording, landmarks = _known(item) if item["known"] else _heard(files)
        said_of_notes = {"exact": promises.labels_exact, "pedal": promises.pedal}
        labels = {
            kind: {"path": str(path), "content": content_hash(path), **said_of_notes}
            for kind, path in files.labels.items()
        }
    about = {
        "track": files.id,
        "path": str(files.audio),
        "start": files.start,
        "end": files.end,
        "work": files.work,
        "classes": files.classes,
        **item["said"],
    }
    return Stored({**about, "labels": labels, **recording}, {"landmarks": landmarks})


def _heard(files: TrackFiles) -> tuple[dict[str, Any], Any]:
    """What a decoding of the recording tells, and its landmarks."""
    recording, y = audio.inspect(files.audio, Part(files.start, files.end))
    return recording.as_dict(), identification.extract(resample(y, recording.sr, LANDMARKS.sr), LANDMARKS)


def _known(item: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """What an earlier decoding of the same file told."""
    store, track = open_dataset(*item["place"]).raw_audio, item["files"].id
    made_from = item["known"].rsplit("@", 1)[1]
    record = store.attributes(track, made_from)
    recording = {field.name: record[field.name] for field in fields(Recording)}
    return recording, store.arrays(track, made_from)["landmarks"][...]


def _without(files: TrackFiles, lacking: list[str]) -> str:
    if "notes" in lacking:
        remedy = "put it beside the recording (same name, .mid), or remove the recording"
        return f"Expected notes for {files.audio.name}. Received: no such file. Remedy: {remedy}."
    kinds = " and ".join(lacking)
    return f"Expected {kinds} for {files.audio.name}. Received: none. Remedy: complete the corpus' metadata."
