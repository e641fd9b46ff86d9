"""A recording with an inverted channel: features, notes and classes are those of the plain one, and commands warn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipelines.runs import RunResult
from storage.fingerprints import slug
from storage.tracks.dataset_store import DatasetStore, open_dataset
from tests.conftest import write_track
from tests.pipelines.cli.test_commands import Command, mirliton  # noqa: F401
from tests.two_bands import TASK

MIX = "mean with channel 2 inverted"
PRESET = "cqt"


def write_both(folder: Path) -> None:
    """``plain.wav`` in stereo, and ``inverted.wav``, the same with its second channel inverted."""
    for name in ("plain", "inverted"):
        write_track(folder / name, 0, n_channels=2, subtype="FLOAT")
    y, sr = soundfile.read(folder / "inverted.wav")
    soundfile.write(folder / "inverted.wav", y * [1, -1], sr, subtype="FLOAT")


@pytest.fixture
def dataset(preparing: Callable[..., Any], home: Path, tmp_path: Path) -> DatasetStore:
    """A dataset of both."""
    write_both(tmp_path / "corpus")
    preparing("both", tmp_path / "corpus", presets=(PRESET,), raise_on_error=False)
    return open_dataset(str(home / "store"), "both")


def test_its_features_are_those_of_the_plain_recording_and_the_record_has_its_mix(dataset: DatasetStore) -> None:
    assert {record.track: record.mix for record in dataset.raw_audio.records()} == {"plain": "mean", "inverted": MIX}
    store, fingerprints = dataset.features(PRESET), dataset.features(PRESET).fingerprints()
    plain, inverted = (
        np.asarray(store.arrays(name, fingerprints[slug(name)])["features"]) for name in ("plain", "inverted")
    )
    np.testing.assert_allclose(inverted, plain, atol=1e-4)
    assert np.ptp(plain) > 40


def test_its_notes_are_those_of_the_plain_recording_with_a_warning(mirliton: Command, tmp_path: Path) -> None:  # noqa: F811
    write_both(tmp_path)
    found = []
    for name in ("plain", "inverted"):
        result = mirliton("transcribe", tmp_path / f"{name}.wav", "-o", tmp_path / "out", "--format", "json")
        assert result.code == 0
        assert (f"{MIX} is used" in result.out + result.err) == (name == "inverted")
        found.append(json.loads((tmp_path / "out" / f"{name}.json").read_text())["notes"])
    assert found[0] == found[1]
    assert len(found[0]) > 10


def test_its_classes_are_those_of_the_plain_recording_with_a_warning(
    mirliton: Command,  # noqa: F811
    two_bands: tuple[Path, RunResult],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MIRLITON_HOME", str(two_bands[0]))
    write_both(tmp_path)
    found = []
    for name in ("plain", "inverted"):
        words = ("classify", tmp_path / f"{name}.wav", "--task", TASK, "-o", tmp_path / "out", "--format", "json")
        result = mirliton(*words)
        assert result.code == 0
        assert (f"{MIX} is used" in result.out + result.err) == (name == "inverted")
        found.append(json.loads((tmp_path / "out" / f"{name}.json").read_text())["windows"])
    for plain, inverted in zip(*found, strict=True):
        np.testing.assert_allclose(inverted["probabilities"], plain["probabilities"], atol=1e-3)
