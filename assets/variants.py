"""variants: what recordings of the train split could have sounded like as well, made before the features.

A variant is called ``<track>~variant-<number>``. It is in the split, and of the work and the classes, of its source;
its notes are those of its source, seen through its time map. How many there are and how they are made is registered
with the dataset; validation and test have none.
"""

import dataclasses
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
from numpy.typing import NDArray

from assets import checks
from assets.metadata import stage_result, table
from assets.partitions import DATASETS, ONE_RUN, Made, each_dataset
from assets.raw_audio import raw_audio
from assets.resources import StoreResource
from mir_models.augmentation import variants as recipes
from mir_models.augmentation.waveform import refuse_false
from mir_models.errors import MirlitonError
from mir_models.resampling import resample
from storage.corpora.listing import steady, variant_id
from storage.corpora.registrations import Registration
from storage.fingerprints import fingerprint
from storage.media import audio
from storage.media.audio import Part
from storage.tracks import stages
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.stages import Job
from storage.workers.dask_workers import Workers

VERSION = 1
"""Raised when the record of a variant changes for the same sound."""
DEFAULTS = recipes.Params()
SPLIT = "train"
"""The only split that has variants."""


@dg.asset(
    deps=[raw_audio],
    partitions_def=DATASETS,
    backfill_policy=ONE_RUN,
    group_name="corpus",
    kinds={"python", "zarr"},
    check_specs=checks.specs("variants", checks.VARIANTS),
)
def variants(
    context: dg.AssetExecutionContext,
    store: StoreResource,
    workers: dg.ResourceParam[Workers],
) -> Made:
    """Augmented variants of the recordings of the train split, as many as are registered with the dataset."""
    yield from each_dataset(
        context, store, lambda name: _varied(store.registration(name), store.dataset(name), workers)
    )


def _varied(registration: Registration, dataset: DatasetStore, workers: Workers) -> dg.MaterializeResult:
    wanted, limit = jobs(dataset, registration), registration.max_quarantined
    outcome = stages.run(dataset, "variants", wanted, vary, workers=workers, max_quarantined=limit)
    records = dataset.variants.records()
    return stage_result(
        outcome,
        [job.fingerprint for job in wanted],
        checks.of_variants(records, dataset.raw_audio.records()),
        hours=round(sum(record["duration"] for record in records) / 3600, 3),
        applied=dict(Counter(name for record in records for name in record["applied"])),
        table=table(records, "track source split applied duration"),
    )


def params_of(registration: Registration) -> recipes.Params:
    """How the variants of a dataset are made."""
    return _replaced(DEFAULTS, registration.augmentation)


def refuse_false_variants(registration: Registration, label: str) -> None:
    """Refuse to learn a label from variants that do not keep it."""
    if registration.variants:
        refuse_false(params_of(registration).names, label)


def jobs(dataset: DatasetStore, registration: Registration) -> list[Job]:
    """One job per variant of each recording in the train split."""
    records, params = dataset.raw_audio.records(), params_of(registration)
    made_with = fingerprint("variants", VERSION, recipes.VERSION, params, params.versions)
    place, known = (dataset.objects.address, dataset.name), {record["track"] for record in records}
    wanted = []
    for record in (each for each in records if each["split"] == SPLIT):
        for number in range(1, registration.variants + 1):
            track = variant_id(record["track"], number)
            if track in known:
                raise MirlitonError("a recording with a name of its own", received=track, remedy="rename it")
            said = [record[key] for key in ("content", "track", "work", "classes")]
            item = {"record": record, "track": track, "number": number, "params": params, "place": place}
            wanted.append(Job(track, fingerprint(made_with, said, number), item))
    return wanted


def vary(item: dict[str, Any]) -> Stored:
    """Runs in a worker: one variant of one recording."""
    record, params = item["record"], item["params"]
    y, sr = sound(record, item["place"])
    seed = [params.seed, item["number"], int(record["content"][:16], 16)]
    made = recipes.vary(resample(y, sr, params.sr), params.sr, params, np.random.default_rng(seed))
    rows, knots = audio.packed(made.y, params.sr), made.time_map.knots
    about = {
        "track": item["track"],
        "source": record["track"],
        "of": record["content"],
        "content": hashlib.sha256(rows.tobytes() + knots.tobytes()).hexdigest(),
        "applied": list(made.applied),
        "duration": len(made.y) / params.sr,
        "sr": params.sr,
        **{key: record[key] for key in ("work", "classes", "split")},
    }
    return Stored(about, {"audio": rows, "time_map": knots})


def sound(record: dict[str, Any], place: tuple[str, str]) -> tuple[NDArray[np.float32], int]:
    """(n_samples,) float32 and the sampling rate of a recording or of a variant of the dataset at `place`."""
    if "source" in record:
        rows = open_dataset(*place).variants.arrays(record["track"], record["fingerprint"])["audio"]
        return audio.unpacked(np.asarray(rows[...]))
    with steady(record["stamp"][:1]):
        return audio.read_mono(Path(record["path"]), Part(record["start"], record["end"]))


def _replaced(params: Any, values: dict[str, Any]) -> Any:
    """A dataclass with some of its values replaced, nested as it is."""
    nested = {key: _replaced(getattr(params, key), each) for key, each in values.items() if isinstance(each, dict)}
    return dataclasses.replace(params, **values | nested)
