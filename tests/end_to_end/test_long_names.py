"""Recordings whose file names are as long as a disk takes: prepared, put into quarantine with a picture, inspected."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.preparation.inspection import inspect
from mir_models.notes.annotations import Notes
from storage.media import midi
from storage.tracks.dataset_store import DatasetStore, open_dataset
from tests.conftest import files_below, notes_of, write_track

LONGEST = 255 - len(".wav")
"""Bytes of a track's name: most disks take 255 of a file's."""
ASCII = "a" * (LONGEST - 1)
SNOWMEN = "☃" * (LONGEST // 3) + "a" * (LONGEST % 3)
DECOMPOSED = "e\u0301" * (LONGEST // 3) + "a" * (LONGEST % 3)
WRONG = "w" * LONGEST
NAMES = (f"{ASCII}1", f"{ASCII}2", SNOWMEN, DECOMPOSED, f"{'d' * 255}/{SNOWMEN[:-2]}bc", WRONG)


@pytest.fixture
def dataset(preparing: Callable[..., Any], home: Path, tmp_path: Path) -> DatasetStore:
    """A dataset of `NAMES`, of which `WRONG` has the notes of another piece."""
    for seed, name in enumerate(NAMES):
        write_track(tmp_path / "t", seed)
        assert max(map(len, map(os.fsencode, f"{name}.wav".split("/")))) == 255
        for suffix in (".wav", ".mid"):
            (tmp_path / "corpus" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(tmp_path / f"t{suffix}", tmp_path / "corpus" / f"{name}{suffix}")
    other: Notes = notes_of(99)
    (tmp_path / "corpus" / f"{WRONG}.mid").write_bytes(midi.encode(other))
    preparing("long", tmp_path / "corpus", max_quarantined=0.5)
    return open_dataset(str(home / "store"), "long")


def test_the_longest_names_are_prepared_quarantined_and_inspected(
    dataset: DatasetStore, home: Path, tmp_path: Path
) -> None:
    assert {record.track for record in dataset.raw_audio.records()} == {*NAMES[:3], NFC_DECOMPOSED, *NAMES[4:]}
    [row] = dataset.quarantine.rows()
    assert (row.track, row.stage) == (WRONG, "labels")
    picture = dataset.quarantine.picture("labels", WRONG)
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    assert len(dataset.shards("cqt").records()) == 5
    for name in (NAMES[0], SNOWMEN):
        files = inspect("long", name, tmp_path / "inspected")
        assert all(path.stat().st_size for path in files.paths)
    longest = max(len(os.fsencode(part)) for path in files_below(home) for part in path.split("/"))
    assert longest <= 143, "what is kept fits on an encrypted disk too (eCryptfs)"


NFC_DECOMPOSED = "é" * (LONGEST // 3) + "a" * (LONGEST % 3)
