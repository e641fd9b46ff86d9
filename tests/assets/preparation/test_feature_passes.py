"""Passes over the recordings of a run: decoded once for all presets, and each preset as if it were made alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from assets.preparation import features
from mir_models.errors import TrackError
from mir_models.features import FeatureParams, extract_presets
from storage.tracks.dataset_store import DatasetStore, open_dataset
from tests.conftest import WORKS, files_below, write_track

TRACKS, PRESETS = WORKS[:3], ("cqt", "cqt_36", "cqt_84")
Extracted = Iterator[tuple[str, NDArray[np.float32]]]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for seed, work in enumerate(TRACKS):
        write_track(folder / work, seed)
    return folder


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tracks that were decoded for features, in order."""
    found, read = [], features.read_audio

    def counted(track: Any, dataset: Any) -> Any:
        found.append(track.track)
        return read(track, dataset)

    monkeypatch.setattr(features, "read_audio", counted)
    return found


def _stores(home: Path) -> DatasetStore:
    return open_dataset(str(home / "store"), "tiny")


def _features(home: Path) -> dict[str, dict[str, bytes]]:
    folder = home / "store/datasets/tiny/features"
    return {preset: files_below(folder / preset) for preset in PRESETS}


def _metadata(result: Any, preset: str) -> dict[str, Any]:
    (event,) = result.asset_materializations_for_node(f"features__{preset}")
    return {key: value.value for key, value in event.metadata.items()}


def test_a_recording_is_decoded_once_for_all_presets_of_a_run_and_each_is_as_if_made_alone(
    home: Path, corpus: Path, decoded: list[str], preparing: Callable[..., Any]
) -> None:
    result = preparing("tiny", corpus, presets=PRESETS)
    assert sorted(decoded) == sorted(TRACKS)
    for preset in PRESETS:
        found = _metadata(result, preset)
        assert (found["tracks"], found["made"], found["up_to_date"]) == (3, 3, 0), preset
    together = _features(home)
    _stores(home).delete()
    decoded.clear()
    preparing("tiny", corpus, presets=("cqt",))
    result = preparing("tiny", corpus, presets=PRESETS)
    assert sorted(decoded) == sorted(TRACKS * 2), "once in each of the two runs"
    assert [_metadata(result, preset)["made"] for preset in PRESETS] == [0, 3, 3], "what is missing, and no more"
    assert _features(home) == together


def test_a_preset_that_fails_is_in_quarantine_of_its_own_stage_alone(
    home: Path, corpus: Path, preparing: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(y: NDArray[np.float32], sr: int, params: dict[str, FeatureParams]) -> Extracted:
        for preset, each in extract_presets(y, sr, params):
            if preset == "cqt_36":
                raise TrackError("a recording for cqt_36", received="another", remedy="none")
            yield preset, each

    monkeypatch.setattr(features, "extract_presets", failing)
    result = preparing("tiny", corpus, presets=PRESETS, raise_on_error=False)
    assert not result.success, "all its tracks are in quarantine"
    rows = _stores(home).quarantine.rows()
    assert [(row.track, row.stage) for row in rows] == [(work, "features/cqt_36") for work in sorted(TRACKS)]
    made = {preset: len(_stores(home).features(preset).held()) for preset in PRESETS}
    assert made == {"cqt": 3, "cqt_36": 0, "cqt_84": 3}
    made_shards = {preset: len(_stores(home).shards(preset).held()) for preset in PRESETS}
    assert made_shards == made, "the shards of the others are made"
    monkeypatch.undo()


def test_a_preset_made_ahead_and_lost_is_made_again(
    home: Path, corpus: Path, preparing: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a pass has made is looked at before it counts."""
    attempt = features.FeaturePasses.attempt

    def losing(self: Any, dataset: DatasetStore, tracks: Any, presets: Any, preset: str, workers: Any) -> Any:
        found = attempt(self, dataset, tracks, presets, preset, workers)
        if preset == "cqt_36":
            name = sorted(dataset.features(preset).held())[0]
            dataset.objects.delete(f"datasets/tiny/features/{preset}/{name}")
        return found

    monkeypatch.setattr(features.FeaturePasses, "attempt", losing)
    result = preparing("tiny", corpus, presets=PRESETS)
    assert len(_stores(home).features("cqt_36").held()) == 3
    assert _metadata(result, "cqt_36")["tracks"] == 3
