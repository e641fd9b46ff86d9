"""Fields that every report has: model, data, date and scores."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assets.evaluation import report_fields
from assets.evaluation.report_fields import base_report
from assets.training.dataset_shards import DatasetShards
from storage.examples.track_shards import TrackShards
from storage.fingerprints import fingerprint
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.quarantine import QuarantineRow
from storage.tracks.records import FeatureSettings
from tests.storage.track_records import alignment_measurements
from tests.stored_records import model_record

HOME = Path("/home/of/mirliton")
RECORD = model_record(
    fingerprint="fedcba9876543210",
    labels="notes",
    run_id="run-7",
    network={"width": 8},
    training={"epochs": 2},
    feature=FeatureSettings("cqt", 1, {"hop_length": 512}),
    decoding={"onset": 0.5},
    licences={"tiny": "CC0"},
    history=[{"loss": 1.0}],
)


@pytest.fixture(autouse=True)
def _fixed_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """One day, an hour before midnight in UTC, and a tracking server that is not asked."""

    class Clock:
        @staticmethod
        def now(zone: Any) -> datetime:
            assert zone is UTC
            return datetime(2024, 2, 29, 23, 0, tzinfo=UTC)

    monkeypatch.setattr(report_fields, "datetime", Clock)
    monkeypatch.setattr(report_fields, "run_address", lambda home, run: f"http://mlflow/{home.name}/{run}")


def _shards(store: DatasetStore, track: str, made_from: str) -> TrackShards:
    shards = store.shards("cqt")
    return TrackShards(store.name, track, track, "test", made_from, 512, 1, ("notes",), {}, "audio", shards, made_from)


@pytest.fixture
def data() -> DatasetShards:
    address = f"memory://{uuid.uuid4().hex}"
    stores = {name: open_dataset(address, name) for name in ("other", "tiny")}
    stores["tiny"].quarantine.put(QuarantineRow("silent", "labels", "Expected notes.", alignment_measurements(lag=1.5)))
    stores["other"].quarantine.put(QuarantineRow("cut", "raw_audio", "Expected a whole file."))
    tracks = [_shards(stores["tiny"], "a", "1" * 16), _shards(stores["other"], "b", "2" * 16)]
    return DatasetShards(stores, tracks, {}, {})


def test_the_fields_name_model_data_date_and_scores(data: DatasetShards) -> None:
    assert base_report(RECORD, data, {"f1": 0.5}, "0123456789abcdef", HOME).to_json() == {
        "task": "piano_transcription",
        "architecture": "convolutional",
        "date": "2024-02-29",
        "fingerprint": "0123456789abcdef",
        "model": "fedcba9876543210",
        "labels": "notes",
        "preset": "cqt",
        "shards": {"other": fingerprint([("b", "2" * 16)]), "tiny": fingerprint([("a", "1" * 16)])},
        "evaluation": {"f1": 0.5},
        "quarantine": [
            {"track": "other: cut", "stage": "raw_audio", "reason": "Expected a whole file."},
            {"track": "tiny: silent", "stage": "labels", "reason": "Expected notes."},
        ],
        "parameters": {
            "network": {"width": 8},
            "training": {"epochs": 2},
            "feature": {"feature": "cqt", "version": 1, "params": {"hop_length": 512}},
            "decoding": {"onset": 0.5},
            "licences": {"tiny": "CC0"},
        },
        "links": {"MLflow run": "http://mlflow/mirliton/run-7"},
        "lineage": [
            {"dataset": "other", "licence": "", "protocol": "", "tracks": [_lineage("b", "2" * 16)]},
            {"dataset": "tiny", "licence": "", "protocol": "", "tracks": [_lineage("a", "1" * 16)]},
        ],
    }


def _lineage(track: str, shards: str) -> dict[str, str]:
    return {"track": track, "split": "test", "file": "", "audio": "audio", "labels": "", "shards": shards}


def test_parameters_are_the_settings_that_the_record_has_in_one_order(data: DatasetShards) -> None:
    start = {"model": "t/n", "frozen": 1}
    record = replace(RECORD, start=start, augmentation={"noise": 0.5}, members={"crnn": {"start": {}}})
    shown = base_report(record, data, {}, "x", HOME).parameters
    assert list(shown.items()) == [
        ("network", {"width": 8}), ("training", {"epochs": 2}), ("augmentation", {"noise": 0.5}), ("start", start),
        ("members", {"crnn": {"start": {}}}),
        ("feature", {"feature": "cqt", "version": 1, "params": {"hop_length": 512}}),
        ("decoding", {"onset": 0.5}), ("licences", {"tiny": "CC0"}),
    ]  # fmt: skip
    plain = base_report(model_record(), data, {}, "x", HOME).parameters
    assert list(plain) == ["network", "training", "feature"], "what every record has"
