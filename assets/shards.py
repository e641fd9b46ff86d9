"""shards/<preset>: training examples of 512 frames, features beside the piano rolls of their notes."""

from dataclasses import asdict
from typing import Any

import dagster as dg
import numpy as np

from assets import checks
from assets.config_forms import filled, form
from assets.labels import labels
from assets.metadata import stage_result
from assets.partitions import DATASETS, ONE_RUN, Made, each_dataset
from assets.resources import StoreResource
from mir_models import features
from mir_models.examples import shards
from mir_models.notes import piano_roll, regressed_onsets
from mir_models.notes.annotations import Notes
from mir_models.notes.frames import FrameGrid
from storage.corpora.registrations import Registration
from storage.fingerprints import fingerprint, slug
from storage.freshness.stale import mark_reports
from storage.tracks import note_arrays, stages
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.stages import Job
from storage.workers.dask_workers import Workers

DEFAULTS = shards.Params()
Settings = form(DEFAULTS, "shards_settings")


def shards_asset(preset: str) -> dg.AssetsDefinition:
    """The asset of one preset."""

    @dg.asset(
        name=preset,
        key_prefix="shards",
        deps=[dg.AssetKey(["features", preset]), labels],
        partitions_def=DATASETS,
        backfill_policy=ONE_RUN,
        group_name="shards",
        kinds={"zarr"},
        description="Shards of 512 frames: features, piano rolls, mask of the padded tail, start, split.",
        check_specs=checks.specs(["shards", preset], checks.SHARDS),
    )
    def cut(
        context: dg.AssetExecutionContext,
        config: Settings,
        store: StoreResource,
        workers: dg.ResourceParam[Workers],
    ) -> Made:
        params = filled(config, DEFAULTS)
        yield from each_dataset(
            context, store, lambda name: _cut(store.registration(name), store.dataset(name), preset, params, workers)
        )

    return cut


def _cut(
    registration: Registration, dataset: DatasetStore, preset: str, params: shards.Params, workers: Workers
) -> dg.MaterializeResult:
    wanted, limit = jobs(dataset, preset, params), registration.max_quarantined
    outcome = stages.run(dataset, f"shards/{preset}", wanted, draw, workers=workers, max_quarantined=limit)
    records = dataset.shards(preset).records()
    return stage_result(
        outcome,
        [job.fingerprint for job in wanted],
        checks.of_shards(preset, records, dataset.features(preset).records()),
        shards=sum(record["n_shards"] for record in records),
        hours=round(sum(record["seconds"] for record in records) / 3600, 3),
        stale_reports=mark_reports(dataset),
    )


def jobs(dataset: DatasetStore, preset: str, params: shards.Params = DEFAULTS) -> list[Job]:
    """One job per track that has both features and labels."""
    heard, labelled = dataset.features(preset).fingerprints(), dataset.labels.fingerprints()
    labels = {record["track"]: record for record in dataset.labels.records()}
    return [
        _job(dataset, preset, params, record, labels[source(record)], heard[slug(record["track"])], labelled)
        for record in dataset.sounding()
        if slug(record["track"]) in heard and source(record) in labels
    ]


def source(record: dict[str, Any]) -> str:
    """The track whose labels a recording or a variant has."""
    return record.get("source", record["track"])


def _job(
    dataset: DatasetStore,
    preset: str,
    params: shards.Params,
    record: dict[str, Any],
    label: dict[str, Any],
    heard: str,
    labelled: dict,
) -> Job:
    """Labels count by their content: notes that come out the same from other settings are drawn only once."""
    about = {
        "track": record["track"],
        "work": record["work"],
        "split": record["split"],
        "audio": record["content"],
        "classes": record["classes"],
        "notes": label["content"] if label["n_notes"] else None,
    }
    about |= {"targets": {**asdict(params), "version": regressed_onsets.VERSION}} if about["notes"] else {}
    made_from = fingerprint("shards", heard, about, shards.VERSION, piano_roll.VERSION)
    place = {"address": dataset.objects.address, "dataset": dataset.name, "preset": preset}
    labels, variant = labelled[slug(source(record))], record["fingerprint"] if "source" in record else None
    item = {**place, "about": about, "features": heard, "labels": labels, "source": source(record), "variant": variant}
    return Job(record["track"], made_from, item)


def draw(item: dict[str, Any]) -> Stored:
    """Runs in a worker: cut the features, and where there are notes, draw them on the frames and cut that as well."""
    dataset, track = open_dataset(item["address"], item["dataset"]), item["about"]["track"]
    store = dataset.features(item["preset"])
    record = store.attributes(track, item["features"])
    heard = np.asarray(store.arrays(track, item["features"])["features"][...])
    params = type(features.preset(item["preset"]).PRESETS[item["preset"]])(**record["params"])
    arrays = {
        "features": shards.cut(heard, fill=params.silence),
        "mask": shards.mask(len(heard)),
        "start": shards.starts(len(heard)),
    }
    if item["about"]["notes"]:
        played, _ = note_arrays.read(dataset.labels, item["source"], item["labels"])
        if item["variant"]:
            played = note_arrays.varied(played, dataset.variants, track, item["variant"])
        arrays |= _drawn(played, params.grid, len(heard), item["about"].get("targets", {}))
    about = {
        **item["about"],
        "feature": {key: record[key] for key in ("feature", "version", "params")},
        "n_frames": int(arrays["mask"].sum()),
        "n_shards": len(arrays["start"]),
        "seconds": len(heard) / params.grid.frame_rate,
    }
    return Stored(about, arrays, by_example=True)


def _drawn(notes: Notes, grid: FrameGrid, n_frames: int, targets: dict[str, Any]) -> dict[str, Any]:
    """The piano rolls of a track, and the regressed onsets where they are wanted, as shards."""
    rolls = piano_roll.draw(notes, grid, n_frames)
    drawn = {name: getattr(rolls, name) for name in ("frame", "onset", "offset", "velocity")}
    if reach := targets.get("regressed_onsets"):
        drawn["onset_regressed"] = regressed_onsets.stored(regressed_onsets.draw(notes, grid, n_frames, reach=reach))
    return {name: shards.cut(roll) for name, roll in drawn.items()}


shards_assets = [shards_asset(preset) for preset in sorted(features.presets())]
