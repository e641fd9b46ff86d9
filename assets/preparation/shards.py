"""Shards of one preset, track by track: features cut into examples of 512 frames, with the piano rolls of the notes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.examples import shards
from mir_models.features import params_of_preset
from mir_models.notes import piano_roll, regressed_onsets
from mir_models.notes.annotations import Notes
from mir_models.notes.frames import FrameGrid
from storage.fingerprints import fingerprint, slug
from storage.tracks import note_arrays
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import AudioTrack, DatasetAddress, DatasetStore, open_dataset
from storage.tracks.records import LabelsRecord, ShardsRecord, VariantRecord
from storage.tracks.track_work import Job, SettingError

DEFAULTS = shards.Params()


@dataclass(frozen=True)
class ShardsItem:
    """The work on one track.

    Attributes
    ----------
    dataset : DatasetAddress
    preset : str
    track : AudioTrack
    notes_content : str or None
        Content hash of the notes to be drawn.
    targets : dict of str to int
        See `ShardsRecord`.
    features, labels : str
        Fingerprints under which its features, and the labels of its recording, are stored.
    compression, dtype : str
        See `mir_models.examples.shards.Params`.
    """

    dataset: DatasetAddress
    preset: str
    track: AudioTrack
    notes_content: str | None
    targets: dict[str, int]
    features: str
    labels: str
    compression: str
    dtype: str


def jobs(dataset: DatasetStore, preset: str, params: shards.Params = DEFAULTS) -> list[Job[ShardsItem]]:
    """One job per recording or variant that has features, and whose recording has labels."""
    features, labelled = dataset.features(preset).fingerprints(), dataset.labels.fingerprints()
    labels = {record.track: record for record in dataset.labels.records()}
    found = []
    for each in dataset.audio_tracks():
        extracted, record = features.get(slug(each.track)), labels.get(each.recording)
        if extracted is not None and record is not None:
            notes = record.content if record.n_notes else None
            made_of = (_targets(record, params), extracted, labelled[slug(record.track)])
            item = ShardsItem(dataset.address, preset, each, notes, *made_of, params.compression, params.dtype)
            found.append(Job(each.track, _fingerprint(item), item))
    return found


def _targets(labels: LabelsRecord, params: shards.Params) -> dict[str, int]:
    if not labels.n_notes:
        return {}
    return {"regressed_onsets": params.regressed_onsets, "version": regressed_onsets.VERSION}


def _fingerprint(item: ShardsItem) -> str:
    """Of the content and of its compression; without the latter where all is compressed, as by earlier versions."""
    return content(item) if item.compression == "all" else fingerprint(content(item), item.compression)


def content(item: ShardsItem) -> str:
    """The fingerprint of what shards hold, however they are compressed.

    Labels count by their content: notes that come out the same from other settings are drawn only once.
    """
    audio = item.track.record
    ingredients = {
        "track": audio.track,
        "work": audio.work,
        "split": audio.split,
        "audio": audio.content,
        "classes": audio.classes,
        "notes": item.notes_content,
        **({"targets": item.targets} if item.notes_content else {}),
        **({"dtype": item.dtype} if item.dtype != "float32" else {}),
    }
    return fingerprint("shards", item.features, ingredients, shards.VERSION, piano_roll.VERSION)


def draw(item: ShardsItem) -> Stored:
    """Runs in a worker: cut the features, and where there are notes, draw them on the frames and cut that as well."""
    dataset, audio = open_dataset(*item.dataset), item.track.record
    store = dataset.features(item.preset)
    extracted = store.record(audio.track, item.features)
    features = store.read(audio.track, item.features, "features")["features"]
    params = params_of_preset(item.preset, extracted.params)
    arrays = {
        "features": _rounded(shards.cut(features, fill=params.silence), item),
        "mask": shards.mask(len(features)),
        "start": shards.starts(len(features)),
    }
    if item.notes_content:
        arrays |= _draw_targets(_read_notes(dataset, item), params.grid, len(features), item.targets)
    record = ShardsRecord(
        track=audio.track,
        work=audio.work,
        split=audio.split,
        audio_content=audio.content,
        classes=audio.classes,
        notes_content=item.notes_content,
        targets=item.targets,
        feature=extracted.settings,
        n_frames=int(arrays["mask"].sum()),
        n_shards=len(arrays["start"]),
        seconds=len(features) / params.grid.frame_rate,
        dtype=item.dtype,
        compression=item.compression,
        content="" if item.compression == "all" else content(item),
    )
    return Stored(record, arrays, by_example=True, uncompressed=_uncompressed(item.compression, arrays))


def _rounded(features: NDArray[np.float32], item: ShardsItem) -> NDArray[Any]:
    """Features as they are stored; a type that they do not fit in is a wrong choice, not a fault of the track."""
    try:
        return shards.rounded(features, item.dtype)
    except ParameterError as error:
        received = f"{error.received} in {item.preset} of {item.track.track}"
        raise SettingError(error.expected, received=received, remedy=error.remedy) from error


def _uncompressed(compression: str, names: Collection[str]) -> frozenset[str]:
    """Names of the arrays that are not compressed."""
    return frozenset({"none": names, "targets": ["features"], "all": []}[compression])


def _read_notes(dataset: DatasetStore, item: ShardsItem) -> Notes:
    """The notes of a recording, or of a variant of it, in audio time."""
    notes, _ = note_arrays.read(dataset.labels, item.track.recording, item.labels)
    if isinstance(item.track.record, VariantRecord):
        return note_arrays.move_to_variant(notes, dataset.variants, item.track.track, item.track.fingerprint)
    return notes


def _draw_targets(notes: Notes, grid: FrameGrid, n_frames: int, targets: Mapping[str, int]) -> dict[str, NDArray[Any]]:
    """The piano rolls of a track, and the regressed onsets unless the settings turn them off, as shards."""
    rolls = piano_roll.draw(notes, grid, n_frames)
    drawn = {name: getattr(rolls, name) for name in ("frame", "onset", "offset", "velocity")}
    if reach := targets.get("regressed_onsets"):
        regressed = regressed_onsets.draw(notes, grid, n_frames, reach=reach)
        drawn["onset_regressed"] = regressed_onsets.quantize(regressed)
    return {name: shards.cut(roll) for name, roll in drawn.items()}
