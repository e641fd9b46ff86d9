"""A dataset with an M4A file where ffmpeg is missing: whatever has to be made anew of it, what is stored stays."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.preparation import labels, raw_audio
from mir_models.features import FEATURES
from storage.media import ffmpeg
from storage.tracks.dataset_store import DatasetStore, open_dataset
from tests.conftest import write_track

NAMES = ["a", "b", "c", "d", "e", "f"]
STAGES = ("raw_audio", "labels", "features/cqt", "shards/cqt")
pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg, which writes the M4A file, is missing")


def _held(dataset: DatasetStore, track: str) -> dict[str, list[str]]:
    """Names under which a track is stored, by stage."""
    named = {stage: dataset.stage(stage).named_records().items() for stage in STAGES}
    return {stage: [name for name, record in found if record.track == track] for stage, found in named.items()}


@pytest.mark.parametrize("change", ["touched", "decoding", "labels and features", "touched, labels and features"])
def test_what_is_stored_stays_whatever_has_to_be_made_anew(
    tmp_path: Path, home: Path, preparing: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    root = tmp_path / "corpus"
    for seed, name in enumerate(NAMES):
        write_track(root / name, seed)
    subprocess.run(["ffmpeg", "-v", "error", "-i", root / "a.wav", root / "a.m4a"], check=True)
    (root / "a.wav").unlink()
    preparing("mine", root)
    dataset = open_dataset(str(home / "store"), "mine")
    before = _held(dataset, "a")
    assert [len(names) for names in before.values()] == [1, 1, 1, 1]
    monkeypatch.setattr(ffmpeg, "is_installed", lambda: False)
    if "touched" in change:
        os.utime(root / "a.m4a", (1, 1))
    if "decoding" in change:
        monkeypatch.setattr(raw_audio, "_DECODING", "another")
    if "labels" in change:
        monkeypatch.setattr(labels, "VERSION", labels.VERSION + 1)
        monkeypatch.setattr(FEATURES.get("cqt"), "VERSION", 99)
    preparing("mine", root)
    assert _held(dataset, "a") == before
    rows = dataset.quarantine.rows()
    assert {row.track for row in rows} == {"a"}
    assert any("install ffmpeg" in row.reason for row in rows)
    assert [each.track for each in dataset.shards("cqt").records()] == NAMES
    monkeypatch.setattr(ffmpeg, "is_installed", lambda: True)
    preparing("mine", root)
    assert dataset.quarantine.rows() == []
    assert _held(dataset, "a") != before
