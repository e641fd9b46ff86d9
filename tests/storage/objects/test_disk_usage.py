"""Sizes of what a store holds, and free disk."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from storage.objects.disk_usage import Size, free_disk, stored_size
from storage.objects.objects import open_objects


@pytest.fixture(params=["folder", "url", "bucket"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "bucket":
        return str(request.getfixturevalue("bucket_address"))
    return str(tmp_path / "store") if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store"


def test_sizes_add_up() -> None:
    assert Size(3, 4096) + Size(5, 8192) == Size(8, 12288)
    assert Size() == Size(0, 0)
    assert len({Size(1, 2), Size(1, 2), Size(2, 1)}) == 2


def test_a_size_counts_bytes_of_all_objects_below(address: str) -> None:
    objects = open_objects(address)
    objects.write("s/a", bytes(1000))
    objects.write("s/t/b", bytes(234))
    objects.write("other", bytes(5000))
    assert stored_size(address, "s").bytes == 1234
    assert stored_size(address, "s/t").bytes == 234
    assert stored_size(address, "nothing") == Size(0, 0)


def test_a_folders_size_on_disk_is_of_its_blocks(tmp_path: Path) -> None:
    open_objects(str(tmp_path)).write("s/t/a", bytes(10_000))
    parts = [tmp_path / part for part in ("s", "s/t", "s/t/a")]
    assert stored_size(str(tmp_path), "s") == Size(10_000, sum(512 * part.stat().st_blocks for part in parts))
    assert stored_size(str(tmp_path), "s/t/a") == Size(10_000, 512 * parts[-1].stat().st_blocks)


def test_behind_a_url_an_object_takes_its_bytes() -> None:
    address = f"memory://{uuid.uuid4().hex}/store"
    open_objects(address).write("s/a", bytes(1000))
    assert stored_size(address, "s") == Size(1000, 1000)


def test_free_disk_is_that_of_the_first_folder_that_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths: list[Path] = []

    class Usage:
        total, used, free = 30, 10, 20

    monkeypatch.setattr("storage.objects.disk_usage.shutil.disk_usage", lambda path: paths.append(path) or Usage)
    assert free_disk(str(tmp_path / "not" / "yet")) == 20
    assert free_disk(str(tmp_path)) == 20
    assert paths == [tmp_path, tmp_path]
    monkeypatch.chdir(tmp_path)
    assert free_disk("relative/store") == 20
    assert paths[-1] == tmp_path


def test_behind_a_url_free_disk_is_none() -> None:
    assert free_disk("memory://bucket/store") is None
