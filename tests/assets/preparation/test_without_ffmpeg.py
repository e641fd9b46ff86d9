"""A dataset with an M4A file where ffmpeg is missing: whatever has to be made anew of it, what is stored stays."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assets.preparation import labels, raw_audio
from mir_models.features import FEATURES
from storage.media import ffmpeg
from storage.tracks.dataset_store import DatasetStore, open_dataset
from tests.conftest import prepare, settle, write_track

NAMES = ["a", "b", "c", "d", "e", "f"]
STAGES = ("raw_audio", "labels", "features/cqt", "shards/cqt")
pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg, which writes the M4A file, is missing")


def _held(dataset: DatasetStore, track: str) -> dict[str, list[str]]:
    """Names under which a track is stored, by stage."""
    named = {stage: dataset.stage(stage).named_records().items() for stage in STAGES}
    return {stage: [name for name, record in found if record.track == track] for stage, found in named.items()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Six recordings, one of them an M4A file, and a home in which they were prepared while ffmpeg was there."""
    root, home = tmp_path_factory.mktemp("corpus"), tmp_path_factory.mktemp("made")
    for seed, name in enumerate(NAMES):
        write_track(root / name, seed)
    subprocess.run(["ffmpeg", "-v", "error", "-i", root / "a.wav", root / "a.m4a"], check=True)
    (root / "a.wav").unlink()
    with pytest.MonkeyPatch.context() as patch:
        settle(home, patch)
        prepare("mine", root)
    return root, home


@pytest.fixture
def root(made: tuple[Path, Path], home: Path) -> Iterator[Path]:
    """The recordings of `made`, whose home is this test's own; a time that is changed is put back afterwards."""
    shutil.copytree(made[1], home, dirs_exist_ok=True)
    changed = (made[0] / "a.m4a").stat()
    yield made[0]
    os.utime(made[0] / "a.m4a", ns=(changed.st_atime_ns, changed.st_mtime_ns))


@pytest.mark.parametrize("change", ["touched", "decoding", "labels and features", "touched, labels and features"])
def test_what_is_stored_stays_whatever_has_to_be_made_anew(
    root: Path, home: Path, preparing: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
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
