"""A dataset's stores: every stage at its prefix, and nothing of another dataset."""

from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np
import pytest

from storage.corpora.split_table import SplitTable
from storage.corpora.splits import Assignment
from storage.fingerprints import slug
from storage.objects.objects import FolderObjects, RemoteObjects
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import AudioTrack, DatasetStore, open_dataset
from storage.tracks.quarantine import Quarantine, QuarantineRow
from storage.tracks.records import (
    FeaturesRecord,
    LabelsRecord,
    RawAudioRecord,
    ShardsRecord,
    TrackRecord,
    VariantRecord,
)
from storage.tracks.track_store import TrackStore
from tests.storage.json_record import JsonRecord
from tests.storage.track_records import raw_audio_record, variant_record

A, B = "a" * 16, "b" * 16


@pytest.fixture(params=["folder", "url"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store"


@pytest.fixture
def dataset(address: str) -> DatasetStore:
    return open_dataset(address, "tiny")


def test_a_dataset_is_opened_at_a_folder_or_a_url(address: str, dataset: DatasetStore) -> None:
    assert isinstance(dataset.objects, RemoteObjects if "://" in address else FolderObjects)
    assert (dataset.objects.address, dataset.name) == (address, "tiny")
    assert len({DatasetStore(dataset.objects, name) for name in ("a", "a", "b")}) == 2


def test_every_stage_has_its_prefix_and_its_name_in_messages(dataset: DatasetStore) -> None:
    o = dataset.objects
    assert dataset.stage("x/y") == TrackStore(o, "datasets/tiny/x/y", "x/y of tiny", TrackRecord)
    assert dataset.raw_audio == TrackStore(o, "datasets/tiny/raw_audio", "raw_audio of tiny", RawAudioRecord)
    assert dataset.variants == TrackStore(o, "datasets/tiny/variants", "variants of tiny", VariantRecord)
    assert dataset.labels == TrackStore(o, "datasets/tiny/labels", "labels of tiny", LabelsRecord)
    assert dataset.features("cqt") == TrackStore(
        o, "datasets/tiny/features/cqt", "features/cqt of tiny", FeaturesRecord
    )
    assert dataset.shards("cqt") == TrackStore(o, "datasets/tiny/shards/cqt", "shards/cqt of tiny", ShardsRecord)
    assert dataset.quarantine == Quarantine(o, "datasets/tiny/quarantine")
    assert dataset.splits == SplitTable(o, "datasets/tiny/splits")
    assert dataset.landmarks_key == "datasets/tiny/raw_audio.landmarks.npz"
    assert dataset.duplicates_key == "datasets/tiny/raw_audio.duplicates.json"


def test_a_dataset_exists_from_its_first_object_to_its_deletion(address: str, dataset: DatasetStore) -> None:
    other = open_dataset(address, "tiny-2")
    assert (dataset.exists, other.exists) == (False, False)
    dataset.labels.write("t", A, Stored(JsonRecord({"track": "t"})))
    other.labels.write("t", A, Stored(JsonRecord({"track": "t"})))
    dataset.quarantine.put(QuarantineRow("u", "labels", "x"))
    dataset.quarantine.put_picture("labels", "u", b"png")
    dataset.splits.write(Assignment("work", 0, groups={"t": "train"}))
    dataset.objects.write(dataset.landmarks_key, b"npz")
    assert (dataset.exists, other.exists) == (True, True)
    dataset.delete()
    assert (dataset.exists, other.exists) == (False, True)
    assert dataset.objects.names("datasets") == ["tiny-2"]
    assert other.labels.held() == {f"{slug('t')}@{A}"}


def test_presets_are_stores_not_their_tables(dataset: DatasetStore) -> None:
    assert dataset.presets("features") == []
    for preset in ("mel", "cqt"):
        dataset.features(preset).write("t", A, Stored(JsonRecord({"track": "t"})))
        dataset.features(preset).update_table(["t"])
    dataset.shards("cqt").write("t", A, Stored(JsonRecord({"track": "t"})))
    assert dataset.presets("features") == ["cqt", "mel"]
    assert dataset.presets("shards") == ["cqt"]


def test_what_features_are_made_of_are_recordings_and_their_variants_by_track(dataset: DatasetStore) -> None:
    assert dataset.audio_tracks() == []
    for track in ("b", "a"):
        dataset.raw_audio.write(track, A, Stored(raw_audio_record(track)))
    for track, made_from in (("b~variant-1", A), ("a~variant-1", B)):
        dataset.variants.write(track, made_from, Stored(variant_record(track, track[0]), {"y": np.zeros(3)}))
    found = dataset.audio_tracks()
    assert found == [
        AudioTrack(raw_audio_record("a"), A),
        AudioTrack(variant_record("a~variant-1", "a"), B),
        AudioTrack(raw_audio_record("b"), A),
        AudioTrack(variant_record("b~variant-1", "b"), A),
    ]
    assert [each.track for each in found] == ["a", "a~variant-1", "b", "b~variant-1"]
    assert [each.recording for each in found] == ["a", "a", "b", "b"]
