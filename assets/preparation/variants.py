"""Augmented variants of recordings of the train split, made before the features.

A variant is called ``<track>~variant-<number>``. It is in the split, and of the work and the classes, of its source;
its notes are those of its source, mapped through its time map. How many there are and how they are made is registered
with the dataset; validation and test have none.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation import variants
from mir_models.augmentation.waveform import check_label_kept
from mir_models.errors import MirlitonError
from mir_models.resampling import resample
from storage.corpora.listing import check_unchanged, variant_id
from storage.corpora.registrations import Registration
from storage.fingerprints import fingerprint
from storage.media import audio
from storage.media.audio import Part
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import AudioTrack, DatasetAddress, DatasetStore, open_dataset
from storage.tracks.records import RawAudioRecord, VariantRecord
from storage.tracks.track_work import Job

VERSION = 1
"""Raised when the record of a variant changes for the same audio."""
DEFAULTS = {"preset": variants.DEFAULT, **dataclasses.asdict(variants.preset(variants.DEFAULT))}
"""Settings of variants as a registration has them, nested: whatever it leaves out is as the preset has it."""
SPLIT = "train"
"""The only split that has variants."""


@dataclass(frozen=True)
class VariantItem:
    """The work on one variant: its id and number, its source, and how it is made."""

    track: str
    number: int
    source: RawAudioRecord
    params: variants.Params


def params_of(registration: Registration) -> variants.Params:
    """How the variants of a dataset are made: the settings of its preset, some of them replaced."""
    settings = dict(registration.augmentation)
    return _replace(variants.preset(str(settings.pop("preset", variants.DEFAULT))), settings)


def check_variants_keep(registration: Registration, label: str) -> None:
    """Raise where variants of a dataset do not keep a label, so that no network can be trained on it with them."""
    if registration.variants:
        check_label_kept(params_of(registration).names, label)


def jobs(dataset: DatasetStore, registration: Registration) -> list[Job[VariantItem]]:
    """One job per variant of each recording in the train split."""
    records, params = dataset.raw_audio.records(), params_of(registration)
    made_with = fingerprint("variants", VERSION, variants.VERSION, params.ingredients, params.versions)
    recordings, found = {record.track for record in records}, []
    for record in (each for each in records if each.split == SPLIT):
        for number in range(1, registration.variants + 1):
            track = variant_id(record.track, number)
            if track in recordings:
                raise MirlitonError("a recording with a name of its own", received=track, remedy="rename it")
            made_from = fingerprint(made_with, [record.content, record.track, record.work, record.classes], number)
            item = VariantItem(track, number, record, params)
            found.append(Job(track, made_from, item, reads=(record.path,)))
    return found


def vary(item: VariantItem) -> Stored:
    """Runs in a worker: one variant of one recording, its audio and its time map."""
    source, params = item.source, item.params
    y, sr = _read_recording(source)
    seed = [params.seed, item.number, int(source.content[:16], 16)]
    made = variants.vary(resample(y, sr, params.sr), params.sr, params, np.random.default_rng(seed))
    rows, knots = audio.encode_flac(made.y, params.sr), made.time_map.knots
    record = VariantRecord(
        track=item.track,
        source=source.track,
        source_content=source.content,
        content=hashlib.sha256(rows.tobytes() + knots.tobytes()).hexdigest(),
        applied=list(made.applied),
        duration=len(made.y) / params.sr,
        sr=params.sr,
        work=source.work,
        classes=source.classes,
        split=source.split,
    )
    return Stored(record, {"audio": rows, "time_map": knots})


def read_audio(track: AudioTrack, dataset: DatasetAddress) -> tuple[NDArray[np.float32], int]:
    """(n_samples,) float32 and the sampling rate of a recording, or of a variant in the stores of `dataset`."""
    if isinstance(track.record, RawAudioRecord):
        return _read_recording(track.record)
    return audio.decode_flac(open_dataset(*dataset).variants.read(track.track, track.fingerprint, "audio")["audio"])


def _read_recording(record: RawAudioRecord) -> tuple[NDArray[np.float32], int]:
    with check_unchanged(record.stamp[:1]):
        return audio.read_mono(Path(record.path), Part(record.start, record.end))


def _replace(params: Any, values: Mapping[str, object]) -> Any:
    """A dataclass with some of its values replaced, nested as it is."""
    nested = {key: _replace(getattr(params, key), each) for key, each in values.items() if isinstance(each, dict)}
    return dataclasses.replace(params, **{**values, **nested})
