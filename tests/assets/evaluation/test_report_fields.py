"""Accounts: what every report says of its model, its data and its scores."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assets.evaluation import report_fields
from assets.evaluation.report_fields import account
from assets.training.corpora import Corpora
from storage.examples.shards import TrackShards
from storage.fingerprints import fingerprint
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.quarantine import Row

HOME = Path("/home/of/mirliton")
RECORD = {
    "task": "piano_transcription",
    "architecture": "convolutional",
    "fingerprint": "fedcba9876543210",
    "labels": "notes",
    "preset": "cqt",
    "run_id": "run-7",
    "network": {"width": 8},
    "training": {"epochs": 2},
    "feature": {"hop": 512},
    "decoding": {"onset": 0.5},
    "licences": {"tiny": "CC0"},
    "history": [{"loss": 1.0}],
}


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
    return TrackShards(store.name, track, track, "test", made_from, 512, 1, ("notes",), {}, "audio", shards)


@pytest.fixture
def corpora() -> Corpora:
    address = f"memory://{uuid.uuid4().hex}"
    stores = {name: open_dataset(address, name) for name in ("other", "tiny")}
    stores["tiny"].quarantine.put(Row("silent", "labels", "Expected notes.", {"lag": 1.5}))
    stores["other"].quarantine.put(Row("cut", "raw_audio", "Expected a whole file."))
    tracks = [_shards(stores["tiny"], "a", "1" * 16), _shards(stores["other"], "b", "2" * 16)]
    return Corpora(stores, tracks, {}, {})


def test_an_account_says_who_was_evaluated_on_what_when_and_how_well(corpora: Corpora) -> None:
    assert account(RECORD, corpora, {"f1": 0.5}, "0123456789abcdef", HOME) == {
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
            "feature": {"hop": 512},
            "decoding": {"onset": 0.5},
            "licences": {"tiny": "CC0"},
        },
        "links": {"MLflow run": "http://mlflow/mirliton/run-7"},
    }


def test_parameters_are_the_settings_that_the_record_has_in_one_order(corpora: Corpora) -> None:
    settings = {"licences": 1, "decoding": 2, "feature": 3, "members": 4, "start": 5, "augmentation": 6, "training": 7}
    plain = {key: value for key, value in RECORD.items() if key not in report_fields.SETTINGS}
    shown = account({**plain, **settings, "network": 8}, corpora, {}, "x", HOME)["parameters"]
    assert list(shown.items()) == [
        ("network", 8), ("training", 7), ("augmentation", 6), ("start", 5), ("members", 4), ("feature", 3),
        ("decoding", 2), ("licences", 1),
    ]  # fmt: skip
    assert account(plain, corpora, {}, "x", HOME)["parameters"] == {}
