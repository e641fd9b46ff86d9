"""labels: the notes of every track, and by how much the recording lags behind them."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from assets import checks
from assets.forms import filled, form
from assets.partitions import DATASETS
from assets.raw_audio import raw_audio
from assets.resources import StoreResource
from assets.results import picture, stage_result, table
from mir_models import labelling, performances
from mir_models.alignment import ALIGNMENTS, Alignment
from mir_models.errors import TrackError
from mir_models.figures.alignment import lag_histogram, overlay
from mir_models.resampling import resample
from storage import audio, midi, stages
from storage.arrays import Stored
from storage.catalogue import Registration
from storage.fingerprints import fingerprint
from storage.notes import to_array
from storage.pictures import png
from storage.stages import Job, Refusal
from storage.workers import Workers

DEFAULTS = labelling.Params()
Settings = form(DEFAULTS, "labels_settings")


@dg.asset(
    deps=[raw_audio],
    partitions_def=DATASETS,
    group_name="corpus",
    kinds={"python", "zarr"},
    check_specs=checks.specs("labels", checks.LABELS),
)
def labels(
    context: dg.AssetExecutionContext,
    config: Settings,
    store: StoreResource,
    workers: dg.ResourceParam[Workers],
) -> dg.MaterializeResult:
    """Notes from MIDI, aligned to the recording by correlation where the corpus does not promise exact labels."""
    registration, params = store.registration(context.partition_key), filled(config, DEFAULTS)
    dataset = store.dataset(registration.name)
    jobs = [_job(record, registration, params) for record in dataset.raw_audio.records()]
    outcome = stages.run(dataset, "labels", jobs, label, workers=workers, max_quarantined=registration.max_quarantined)
    records = dataset.labels.records()
    lags = [record["measured_lag"] for record in records if record["measured_lag"] is not None]
    return stage_result(
        outcome,
        [job.fingerprint for job in jobs],
        checks.of_labels(records, exact=registration.module.PROMISES.labels_exact),
        notes=sum(record["n_notes"] for record in records),
        touched={**sum((Counter(record["counts"]) for record in records), Counter())},
        lags=picture(png(lag_histogram(lags)), "lags") if lags else "none measured",
        table=table(records, "track method lag measured_lag confidence n_notes"),
        **{
            f"why {row.track}": picture(shown, row.track)
            for row in outcome.quarantined[:12]
            if (shown := dataset.quarantine.picture("labels", row.track))
        },
    )


def _job(record: dict[str, Any], registration: Registration, params: labelling.Params) -> Job:
    promises, notes = registration.module.PROMISES, record["labels"]["notes"]
    method, settings = params.chosen(labels_exact=promises.labels_exact)
    versions = [performances.VERSION, ALIGNMENTS.get(method).VERSION]
    ingredients = [record["content"], notes["content"], promises.pedal, versions, method, settings]
    made_from = fingerprint("labels", *ingredients, params.performance, params.max_outside)
    item = {"record": record, "pedal": promises.pedal, "method": method, "settings": settings, "params": params}
    return Job(record["track"], made_from, item)


def label(item: dict[str, Any]) -> Stored | Refusal:
    """Runs in a worker: read the MIDI file, hear the recording, align."""
    record, params, settings = item["record"], item["params"], item["settings"]
    recording, score = Path(record["path"]), Path(record["labels"]["notes"]["path"])
    performance = midi.read(score)
    pedal = performance.pedal if item["pedal"] == "separate" else performance.pedal[:0]
    notes, counts = performances.sounding(performance.notes, pedal, params.performance)
    y, sr = audio.read_mono(recording)
    with _naming(score, recording):
        found = labelling.align(resample(y, sr, settings.sr), notes, item["method"], settings)
        if found.confidence < settings.confidence_threshold:
            return _unsure(found, score, recording, settings.confidence_threshold)
        labelling.refuse_outside(notes.shifted(found.lag), record["duration"], params.max_outside)
    rows = to_array(notes)
    about = {
        "track": record["track"],
        "content": hashlib.sha256(rows.tobytes() + repr(found.lag).encode()).hexdigest(),
        "method": found.method,
        "lag": found.lag,
        "measured_lag": found.measured_lag,
        "confidence": round(found.confidence, 4),
        "drift": found.drift,
        "n_notes": len(notes),
        "counts": {**counts.as_dict(), "drums": performance.n_drums},
        "pedal": "applied by the corpus" if item["pedal"] == "applied" else params.performance.pedal,
    }
    return Stored(about, {"notes": rows})


@contextmanager
def _naming(score: Path, recording: Path) -> Iterator[None]:
    """Say in an error about a pair of files which they are."""
    try:
        yield
    except TrackError as error:
        received = f"{error.received} in {score.name} and {recording.name}"
        raise TrackError(error.expected, received=received, remedy=error.remedy) from error


def _unsure(found: Alignment, score: Path, recording: Path, threshold: float) -> Refusal:
    reason = TrackError(
        f"an alignment with confidence {threshold:.2f} or more",
        received=f"{found.confidence:.2f} (lag {found.lag:.3f} s, parts differ by {found.drift:.3f} s) "
        f"in {score.name} and {recording.name}",
        remedy="check that the MIDI file belongs to this recording and plays at its tempo",
    )
    return Refusal(str(reason), png(overlay(found, recording.stem)))
