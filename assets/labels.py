"""labels: the classes of every track, its notes, and where in the recording they are heard."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np

from assets import checks
from assets.config_forms import filled, form
from assets.metadata import stage_result, table
from assets.partitions import DATASETS, ONE_RUN, Made, each_dataset
from assets.preparation import alignments
from assets.raw_audio import raw_audio
from assets.resources import StoreResource
from mir_models import alignment
from mir_models import labels as labelling
from mir_models.alignment import ALIGNMENTS, Alignment
from mir_models.errors import MirlitonError, TrackError
from mir_models.figures.alignment import overlay
from mir_models.notes import performances
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from storage.corpora.listing import steady
from storage.corpora.registrations import Registration, read_notes
from storage.fingerprints import fingerprint
from storage.media import audio
from storage.media.audio import WHOLE, Part
from storage.media.png import png
from storage.tracks import stages
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.note_arrays import to_array
from storage.tracks.stages import Job, Refusal
from storage.workers.dask_workers import Workers

VERSION = 2
"""Raised when a record or its arrays change for the same notes and the same alignment."""
DEFAULTS = labelling.Params()
Settings = form(DEFAULTS, "labels_settings")
NO_NOTES = {
    "method": None,
    "score": None,
    "lag": 0.0,
    "measured_lag": None,
    "confidence": None,
    "n_notes": 0,
    "counts": {},
}
"""What the record of a track says that has only classes."""


@dg.asset(
    deps=[raw_audio],
    partitions_def=DATASETS,
    backfill_policy=ONE_RUN,
    group_name="corpus",
    kinds={"python", "zarr"},
    check_specs=checks.specs("labels", checks.LABELS),
)
def labels(
    context: dg.AssetExecutionContext,
    config: Settings,
    store: StoreResource,
    workers: dg.ResourceParam[Workers],
) -> Made:
    """What is said of every track: its classes, and its notes, aligned to the recording unless they are exact."""
    params = filled(config, DEFAULTS)
    yield from each_dataset(
        context, store, lambda name: _labels(store.registration(name), store.dataset(name), params, workers)
    )


def _labels(
    registration: Registration, dataset: DatasetStore, params: labelling.Params, workers: Workers
) -> dg.MaterializeResult:
    wanted, limit = jobs(dataset.raw_audio.records(), registration, params), registration.max_quarantined
    try:
        outcome = stages.run(dataset, "labels", wanted, label, workers=workers, max_quarantined=limit)
    except MirlitonError:
        alignments.tell(dataset)  # Too many in quarantine: the page shows why.
        raise
    records = dataset.labels.records()
    return stage_result(
        outcome,
        [job.fingerprint for job in wanted],
        checks.of_labels(records),
        notes=sum(record["n_notes"] for record in records),
        touched={**sum((Counter(record["counts"]) for record in records), Counter())},
        **alignments.tell(dataset),
        table=table(records, "track method lag measured_lag confidence n_notes classes"),
    )


@dataclass(frozen=True)
class _Method:
    """How notes are aligned: by which method, with which settings, and the fingerprint of all that."""

    name: str
    settings: Any
    fingerprint: str


def _method(params: labelling.Params, *, exact: bool) -> _Method:
    name, settings = params.chosen(labels_exact=exact)
    versions = [VERSION, performances.VERSION, alignment.VERSION, ALIGNMENTS.get(name).VERSION]
    made_with = fingerprint(versions, name, settings, params.performance, params.max_outside)
    return _Method(name, settings, made_with)


def jobs(records: list[dict[str, Any]], registration: Registration, params: labelling.Params) -> list[Job]:
    """The work on some tracks of the track table."""
    methods = {exact: _method(params, exact=exact) for exact in (True, False)}
    return [_job(record, registration, params, methods) for record in records]


def _job(
    record: dict[str, Any], registration: Registration, params: labelling.Params, methods: dict[bool, _Method]
) -> Job:
    track, notes = record["track"], record["labels"].get("notes")
    ingredients = [record["content"], record["classes"]]
    if notes is None:
        return Job(track, fingerprint("labels", *ingredients), {"record": record})
    method, reader = methods[notes["exact"]], (registration.loader, registration.options)
    made_from = fingerprint("labels", *ingredients, notes["content"], notes["pedal"], method.fingerprint)
    item = {"record": record, "reader": reader, "method": method.name, "settings": method.settings, "params": params}
    return Job(track, made_from, item)


def label(item: dict[str, Any]) -> Stored | Refusal:
    """Runs in a worker: what is said of one track."""
    record = item["record"]
    about = {"track": record["track"], "audio": record["content"], "classes": record["classes"]}
    if "notes" not in record["labels"]:
        return Stored({**about, **NO_NOTES, "content": fingerprint(record["classes"])})
    with steady(record["stamp"]):
        heard = _hear(item)
    if isinstance(heard, Refusal):
        return heard
    notes, found, said = heard
    rows, time_map = to_array(notes), found.time_map.knots
    content = hashlib.sha256(rows.tobytes() + time_map.tobytes()).hexdigest()
    kept = {"notes": rows, "time_map": time_map, **_measurement(found)}
    return Stored({**about, **said, "content": content, "n_notes": len(notes)}, kept)


def _hear(item: dict[str, Any]) -> tuple[Notes, Alignment, dict[str, Any]] | Refusal:
    """Read the notes, hear the recording, align; the notes in label time, and what is known of them."""
    record, params, settings = item["record"], item["params"], item["settings"]
    recording, score = Path(record["path"]), Path(record["labels"]["notes"]["path"])
    notes, written = notes_of(item)
    y, sr = audio.read_mono(recording, Part(record["start"], record["end"]))
    with _naming(score, recording):
        found = labelling.align(resample(y, sr, settings.sr), notes, item["method"], settings)
        said = {"threshold": settings.confidence_threshold, **written, **measured(found)}
        if found.confidence < settings.confidence_threshold:
            return _unsure(found, said, settings.judging.doubt(found.evidence), score, recording)
        if not written["exact"] and Part(record["start"], record["end"]) != WHOLE:
            notes = labelling.sounding_within(notes, found.time_map, record["duration"])
        played = found.time_map.moved(notes)
        labelling.refuse_outside(played, record["duration"], params.max_outside)
    return notes, found, {**said, "seconds": record["duration"], "last_offset": played.duration}


def notes_of(item: dict[str, Any]) -> tuple[Notes, dict[str, Any]]:
    """The notes that sound, in label time, and what the record of the labels says of them."""
    record, rules = item["record"], item["params"].performance
    files, part = record["labels"]["notes"], Part(record["start"], record["end"])
    performance = read_notes(Path(files["path"]), *item["reader"])
    pedalled = performance.pedal if files["pedal"] == "separate" else performance.pedal[:0]
    notes, counts = performances.sounding(performance.notes, pedalled, rules)
    margin = 0.0 if files["exact"] else labelling.EXCERPT_MARGIN
    heard = notes if part == WHOLE else labelling.excerpt(notes, part.start, record["duration"], margin=margin)
    return heard, {
        "exact": files["exact"],
        "score": files["content"],
        "counts": {**counts.as_dict(), "drums": performance.n_drums},
        "pedal": "applied by the corpus" if files["pedal"] == "applied" else rules.pedal,
    }


def measured(found: Alignment) -> dict[str, Any]:
    """What the record of the labels says of an alignment."""
    return {
        "method": found.method,
        "lag": found.lag,
        "measured_lag": found.measured_lag,
        "tempo_ratio": float(np.median(found.measured.ratios())) if found.measured else None,
        "frame_rate": found.frame_rate,
        "confidence": round(found.confidence, 4),
        "evidence": asdict(found.evidence),
    }


def _measurement(found: Alignment) -> dict[str, Any]:
    """Arrays that show how the notes lie on the recording, without decoding it again; `heard` to three digits."""
    knots = found.measured.knots if found.measured else np.zeros((0, 2))
    return {"measured": knots, "residuals": found.residuals, "heard": found.audio_curve.astype(np.float16)}


@contextmanager
def _naming(score: Path, recording: Path) -> Iterator[None]:
    """Say in an error about a pair of files which they are."""
    try:
        yield
    except TrackError as error:
        received = f"{error.received} in {score.name} and {recording.name}"
        raise TrackError(error.expected, received=received, remedy=error.remedy) from error


def _unsure(found: Alignment, said: dict[str, Any], doubt: tuple[str, str], score: Path, recording: Path) -> Refusal:
    why, remedy = doubt
    received = f"{found.confidence:.2f} ({found.method}, lag {found.lag:.3f} s): {why}"
    reason = TrackError(
        f"an alignment with confidence {said['threshold']:.2f} or more",
        received=f"{received} in {score.name} and {recording.name}",
        remedy=remedy,
    )
    return Refusal(str(reason), png(overlay(found, recording.stem)), said)
