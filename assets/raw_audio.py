"""The asset raw_audio: the table of a dataset's tracks, every file decoded once from end to end."""

from dataclasses import asdict, dataclass

import dagster as dg

from assets import checks
from assets.config_forms import config_of, filled, form
from assets.metadata import stage_result, table
from assets.partitions import DATASETS, ONE_RUN, Made, each_dataset
from assets.preparation.duplicates import find_matches, same_recordings
from assets.preparation.raw_audio import check_gone, inspect, jobs
from assets.resources import StoreResource
from storage.corpora.listing import Listing
from storage.corpora.registrations import Registration
from storage.staleness import changes
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.stage_update import update_stage
from storage.workers.dask_workers import Workers


@dataclass(frozen=True)
class RawAudioSettings:
    """What may happen to the table.

    Attributes
    ----------
    accept_gone : bool
        Forget tracks that are gone, however many; else a disk may be unplugged.
    """

    accept_gone: bool = False


@dg.asset(
    partitions_def=DATASETS,
    backfill_policy=ONE_RUN,
    group_name="corpus",
    kinds={"python", "zarr"},
    config_schema=form(RawAudioSettings()),
    check_specs=checks.specs("raw_audio", checks.RAW_AUDIO),
)
def raw_audio(
    context: dg.AssetExecutionContext,
    store: StoreResource,
    workers: dg.ResourceParam[Workers],
) -> Made:
    """The tracks of a dataset: path, content hash, duration, sampling rate, channels, work, classes, split, labels."""
    settings = filled(config_of(context), RawAudioSettings())

    def table_of(name: str) -> dg.MaterializeResult:
        registration, dataset = store.registration(name), store.dataset(name)
        listing = registration.listing().with_stored({record.track for record in dataset.raw_audio.records()})
        gone = changes.gone(listing, dataset)
        if not settings.accept_gone:
            check_gone(gone, len(dataset.raw_audio.held()), registration.max_quarantined)
        return _make_table(registration, listing, dataset, workers, n_gone=len(gone))

    yield from each_dataset(context, store, table_of)


def _make_table(
    registration: Registration, listing: Listing, dataset: DatasetStore, workers: Workers, *, n_gone: int
) -> dg.MaterializeResult:
    planned, limit = jobs(registration, listing, dataset), registration.max_quarantined
    outcome = update_stage(dataset, "raw_audio", planned, inspect, workers=workers, max_quarantined=limit)
    records, found = dataset.raw_audio.records(), find_matches(dataset)
    groups = same_recordings({record.track: record.file for record in records}, found)
    duplicates = [asdict(match) for match in found]
    return stage_result(
        outcome,
        [job.fingerprint for job in planned],
        checks.of_raw_audio(records, registration.rule(listing), groups),
        hours=round(sum(record.duration for record in records) / 3600, 3),
        duplicates=table(duplicates, "a b offset_s n_shared share"),
        gone=n_gone,
        notices=list(listing.unused),
        dropped=table([{"track": each, "reason": why} for each, why in listing.dropped.items()], "track reason"),
        table=table(records, "track split work duration sr channels path"),
    )
