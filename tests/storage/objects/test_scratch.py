"""Scratch places, sizes and the store that nothing changes."""

from __future__ import annotations

import os
import re
import socket
import uuid
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from storage.objects.objects import Objects, open_objects
from storage.objects.scratch import Size, Untouched, free, scratch, size
from storage.tracks.arrays import Stored, pack


@pytest.fixture(params=["folder", "url"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "store") if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store"


def test_sizes_add_up() -> None:
    assert Size(3, 4096) + Size(5, 8192) == Size(8, 12288)
    assert Size() == Size(0, 0)
    assert len({Size(1, 2), Size(1, 2), Size(2, 1)}) == 2


def test_a_scratch_place_lies_among_unfinished_writes_under_this_process(address: str) -> None:
    with scratch(f"{address}/") as first, scratch(address) as second:
        assert first != second
        for place in (first, second):
            start = f"{address}/.incomplete/{socket.gethostname()}-{os.getpid()}-"
            assert place.startswith(start)
            assert re.fullmatch(r"[0-9a-f]{32}", place.removeprefix(start))


def test_a_scratch_place_is_gone_afterwards_and_the_store_is_not(address: str) -> None:
    objects = open_objects(address)
    objects.write("kept", b"1")
    with suppress(KeyboardInterrupt), scratch(address) as place:
        open_objects(place).write_tree("x", {"y": b"22", "zarr.json": b"{}"})
        assert open_objects(place).read("x/y") == b"22"
        raise KeyboardInterrupt
    assert open_objects(place).read("x/y") is None
    assert objects.read("kept") == b"1"


@pytest.mark.parametrize("there", ["", "deep", "deep/store", "deep/store/.incomplete"])
def test_folders_that_were_not_there_before_go_too(tmp_path: Path, there: str) -> None:
    (tmp_path / there).mkdir(parents=True, exist_ok=True)
    before = sorted(tmp_path.rglob("*"))
    with scratch(str(tmp_path / "deep" / "store")) as place:
        open_objects(place).write("x", b"1")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_in_which_another_run_wrote_meanwhile_stays(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with scratch(str(store)) as place:
        open_objects(place).write("x", b"1")
        (store / "of another run").write_bytes(b"2")
    assert sorted(path.name for path in store.iterdir()) == ["of another run"]


def test_a_size_counts_bytes_of_all_objects_below(address: str) -> None:
    objects = open_objects(address)
    objects.write("s/a", bytes(1000))
    objects.write("s/t/b", bytes(234))
    objects.write("other", bytes(5000))
    assert size(address, "s").bytes == 1234
    assert size(address, "s/t").bytes == 234
    assert size(address, "nothing") == Size(0, 0)


def test_a_folders_size_on_disk_is_of_its_blocks(tmp_path: Path) -> None:
    open_objects(str(tmp_path)).write("s/t/a", bytes(10_000))
    parts = [tmp_path / part for part in ("s", "s/t", "s/t/a")]
    assert size(str(tmp_path), "s") == Size(10_000, sum(512 * part.stat().st_blocks for part in parts))
    assert size(str(tmp_path), "s/t/a") == Size(10_000, 512 * parts[-1].stat().st_blocks)


def test_behind_a_url_an_object_takes_its_bytes() -> None:
    address = f"memory://{uuid.uuid4().hex}/store"
    open_objects(address).write("s/a", bytes(1000))
    assert size(address, "s") == Size(1000, 1000)


def test_free_disk_is_asked_of_the_first_folder_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []

    class Usage:
        total, used, free = 30, 10, 20

    monkeypatch.setattr("storage.objects.scratch.shutil.disk_usage", lambda path: asked.append(path) or Usage)
    assert free(str(tmp_path / "not" / "yet")) == 20
    assert free(str(tmp_path)) == 20
    assert asked == [tmp_path, tmp_path]
    monkeypatch.chdir(tmp_path)
    assert free("relative/store") == 20
    assert asked[-1] == tmp_path


def test_behind_a_url_nobody_knows_what_is_free() -> None:
    assert free("memory://bucket/store") is None


@pytest.fixture
def below(address: str) -> Objects:
    objects = open_objects(address)
    objects.write("s/a", b"old")
    objects.write_tree("s/t", pack(Stored({"track": "t"}, {"x": np.arange(3)})))
    return objects


def test_an_untouched_store_is_read_through_and_written_in_memory(below: Objects) -> None:
    objects = Untouched(below)
    assert objects.address == below.address
    assert (objects.read("s/a"), objects.read("s/b")) == (b"old", None)
    objects.write("s/a", b"new")
    objects.write("s/empty", b"")
    objects.write_tree("s/u", {"x": b"1", "zarr.json": b"{}"})
    assert (objects.read("s/a"), objects.read("s/empty"), objects.read("s/u/x")) == (b"new", b"", b"1")
    assert objects.written == {"s/a": b"new", "s/empty": b"", "s/u/x": b"1", "s/u/zarr.json": b"{}"}
    assert (below.read("s/a"), below.read("s/empty"), below.names("s")) == (b"old", None, ["a", "t"])


def test_an_untouched_store_lists_and_opens_what_is_below(below: Objects) -> None:
    import zarr

    objects = Untouched(below)
    objects.write_tree("s/u", {"zarr.json": b"{}"})
    assert (objects.names("s"), objects.trees("s")) == (["a", "t"], ["t"])
    group = zarr.open_group(objects.zarr_store("s/t"), mode="r")
    np.testing.assert_array_equal(group["x"][...], np.arange(3))


def test_nothing_of_an_untouched_store_is_deleted_or_swept(below: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("swept")

    monkeypatch.setattr(below, "sweep", fail)
    objects = Untouched(below)
    objects.delete("s")
    objects.sweep()
    assert objects.read("s/a") == below.read("s/a") == b"old"
    assert below.trees("s") == ["t"]
