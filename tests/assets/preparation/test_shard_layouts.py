"""Shards of one track in every layout: the same content and digest, targets bit by bit, made anew where set so."""

from __future__ import annotations

import uuid

import numpy as np
import pytest

from assets.preparation import shards as preparation
from assets.preparation.shards import ShardsItem
from mir_models.examples import shards
from mir_models.examples.shards import Params
from mir_models.notes.regressed_onsets import dequantize, read
from mir_models.setting_types import setting_types
from storage.examples.indexed import ShardExamples
from storage.examples.track_shards import TrackShards, digests, tracks
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.stage_update import Job
from storage.tracks.track_work import SettingError
from tests.conftest import Prepared

FIELDS = ("features", "mask", "start", "frame", "onset", "offset", "velocity", "onset_regressed")


def job_of(prepared: Prepared, params: Params) -> Job[ShardsItem]:
    return preparation.jobs(open_dataset(str(prepared.store), "tiny"), "cqt", params)[0]


def written(dataset: DatasetStore, job: Job[ShardsItem], *, instead_of: tuple[str, ...] = ()) -> list[TrackShards]:
    dataset.shards("cqt").write(job.track, job.fingerprint, preparation.draw(job.item), instead_of=instead_of)
    return tracks(dataset, "cqt")


def examples_of(chosen: list[TrackShards]) -> dict[str, np.ndarray]:
    examples = ShardExamples(chosen, FIELDS)
    return examples.gather(np.arange(len(examples)))


@pytest.fixture
def dataset() -> DatasetStore:
    return open_dataset(f"memory://{uuid.uuid4().hex}", "tiny")


def test_another_compression_is_made_anew_and_has_the_same_content_and_digest(
    prepared: Prepared, dataset: DatasetStore
) -> None:
    found, digest = {}, set()
    earlier: tuple[str, ...] = ()
    for compression in setting_types(Params)["compression"].choices:
        job = job_of(prepared, Params(compression=compression))
        chosen = written(dataset, job, instead_of=earlier)
        (earlier,) = (tuple(dataset.shards("cqt").held()),)
        record = chosen[0].store.record(job.track, job.fingerprint)
        assert (record.compression, record.dtype, len(earlier)) == (compression, "float32", 1)
        found[job.fingerprint] = examples_of(chosen)
        digest |= {digests(chosen)["tiny"]}
    assert (len(found), len(digest)) == (3, 1)
    first, *others = found.values()
    for each in others:
        for name, array in first.items():
            np.testing.assert_array_equal(each[name], array)


def test_shards_in_which_all_is_compressed_are_those_of_earlier_versions(prepared: Prepared) -> None:
    job = job_of(prepared, Params(compression="all"))
    stored = preparation.draw(job.item)
    assert preparation.content(job.item) == job.fingerprint
    assert not {"compression", "dtype", "content"} & stored.record.to_json().keys()
    assert stored.uncompressed == frozenset()


def test_float16_is_another_content_of_the_same_targets(prepared: Prepared, dataset: DatasetStore) -> None:
    full, half = job_of(prepared, Params()), job_of(prepared, Params(dtype="float16"))
    assert preparation.content(full.item) != preparation.content(half.item)
    expected = examples_of(written(dataset, full))
    found = examples_of(written(dataset, half, instead_of=tuple(dataset.shards("cqt").held())))
    for name in FIELDS[1:]:
        np.testing.assert_array_equal(found[name], expected[name])
    assert 0 < np.abs(found["features"] - expected["features"]).max() <= 1 / 32
    inside = found["mask"].astype(bool)
    grid = preparation.params_of_preset("cqt", {}).grid
    times = [read(dequantize(each["onset_regressed"][inside]), grid).times for each in (found, expected)]
    assert len(times[0])
    np.testing.assert_array_equal(*times)


def test_features_that_float16_cannot_hold_are_a_wrong_setting_and_no_fault_of_the_track(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(prepared, Params(dtype="float16"))
    monkeypatch.setattr(shards, "LARGEST_FLOAT16", 1.0)
    with pytest.raises(SettingError, match=rf"up to 1 for float16\. Received: .* in cqt of {job.track}\. .*=float32"):
        preparation.draw(job.item)
