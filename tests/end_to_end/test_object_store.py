"""The chain on a bucket: the same bytes as in a folder, whatever the server does meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.object_store.comparison import keras_weights, objects_of
from experiments.object_store.fault_proxy import FaultProxy
from pipelines.runs import materialise
from storage.home import store_address
from storage.objects.objects import open_objects
from storage.objects.store_error import StoreError
from storage.tracks.dataset_store import open_dataset
from tests.conftest import write_track

MODEL, REPORT = "models/piano_transcription/lstm", "reports/piano_transcription/lstm"
TINY = {"datasets": ["two"], "network": {"units": 6}, "training": {"epochs": 1, "batch_size": 2}}
WORKS = ("aria", "fugue")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few recordings of some seconds."""
    root = tmp_path_factory.mktemp("corpus")
    for seed, work in enumerate(WORKS):
        write_track(root / work, seed)
    return root


def _prepare(
    preparing: Callable[..., Any], corpus: Path, monkeypatch: pytest.MonkeyPatch, address: str, preset: str = "cqt"
) -> Any:
    monkeypatch.setenv("MIRLITON_STORE", address)
    return preparing("two", corpus, presets=(preset,), raise_on_error=False)


def test_a_bucket_holds_the_bytes_of_a_folder_although_its_server_fails(
    preparing: Callable[..., Any],
    corpus: Path,
    bucket_address: str,
    proxy: FaultProxy,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    assert _prepare(preparing, corpus, monkeypatch, str(tmp_path / "store")).success
    faults = ["500", "503", "cut", "half", "lost"]
    proxy.choose = lambda *_: faults[len(proxy.requests) // 9 % 5] if len(proxy.requests) % 9 == 3 else None
    assert _prepare(preparing, corpus, monkeypatch, bucket_address).success
    assert {each.fault for each in proxy.requests} == {None, *faults}
    folder, bucket = objects_of(str(tmp_path / "store")), objects_of(bucket_address)
    assert len(folder) > 20
    assert sorted(bucket) == sorted(folder)
    assert bucket == folder


def test_a_server_that_goes_down_ends_the_run_and_blames_no_track(
    preparing: Callable[..., Any],
    corpus: Path,
    bucket_address: str,
    proxy: FaultProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MIRLITON_STORE_PATIENCE", "0.3")
    proxy.choose = lambda method, path: "503" if method == "PUT" and "/datasets/two/raw_audio/" in path else None
    result = _prepare(preparing, corpus, monkeypatch, bucket_address)
    assert not result.success
    errors = [event.event_specific_data.error for event in result.all_events if event.is_step_failure]
    assert any(
        StoreError.__name__ in str(each) and "503 Service Unavailable (SlowDown)" in str(each) for each in errors
    )
    proxy.choose = None
    assert open_dataset(bucket_address, "two").quarantine.rows() == []
    assert not open_dataset(bucket_address, "two").raw_audio.held()


@pytest.mark.slow
def test_the_chain_on_a_bucket_gives_the_network_of_a_folder(
    preparing: Callable[..., Any],
    tiny_corpus: Path,
    bucket_address: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    from assets.inference.transcriber import load_transcriber

    found = []
    for address in (str(tmp_path / "store"), bucket_address):
        assert _prepare(preparing, tiny_corpus, monkeypatch, address, "cqt_84").success
        finished = materialise("train_piano_transcription", assets=[MODEL, REPORT], config={MODEL: TINY})
        assert finished.metadata[MODEL]["trained_now"]
        before = objects_of(address)
        assert _prepare(preparing, tiny_corpus, monkeypatch, address, "cqt_84").success
        assert objects_of(address) == before, "what is up to date is not made again"
        transcriber = load_transcriber("piano_transcription", "lstm")
        notes = transcriber.transcribe(tiny_corpus / "aria.wav", warn=print)
        objects = open_objects(store_address())
        report = json.loads(objects.read(f"{REPORT}/report.json") or b"")
        weights = keras_weights(next(value for key, value in objects_of(address).items() if "model.keras" in key))
        found.append((weights, report["evaluation"], transcriber.encoded(notes, "csv", "aria")))
    (weights, *rest), (other_weights, *other_rest) = found
    assert weights.keys() == other_weights.keys()
    for name, values in weights.items():
        np.testing.assert_array_equal(values, other_weights[name])
    assert rest == other_rest
