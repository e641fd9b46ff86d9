"""Scratch stores and the overlay of a store."""

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
from storage.objects.scratch import OverlayObjects, scratch
from storage.tracks.arrays import Stored, pack
from tests.storage.json_record import JsonRecord


@pytest.fixture(params=["folder", "url", "bucket"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "bucket":
        return str(request.getfixturevalue("bucket_address"))
    return str(tmp_path / "store") if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store"


def test_a_scratch_store_lies_among_the_unfinished_writes_of_this_process(address: str) -> None:
    with scratch(f"{address}/") as first, scratch(address) as second:
        assert first != second
        for temporary in (first, second):
            start = f"{address}/.incomplete/{socket.gethostname()}-{os.getpid()}-"
            assert temporary.startswith(start)
            assert re.fullmatch(r"[0-9a-f]{32}", temporary.removeprefix(start))


def test_a_scratch_store_is_deleted_afterwards_and_the_store_is_not(address: str) -> None:
    objects = open_objects(address)
    objects.write("kept", b"1")
    with suppress(KeyboardInterrupt), scratch(address) as temporary:
        open_objects(temporary).write_tree("x", {"y": b"22", "zarr.json": b"{}"})
        assert open_objects(temporary).read("x/y") == b"22"
        raise KeyboardInterrupt
    assert open_objects(temporary).read("x/y") is None
    assert objects.read("kept") == b"1"


@pytest.mark.parametrize("there", ["", "deep", "deep/store", "deep/store/.incomplete"])
def test_folders_that_were_not_there_before_go_too(tmp_path: Path, there: str) -> None:
    (tmp_path / there).mkdir(parents=True, exist_ok=True)
    before = sorted(tmp_path.rglob("*"))
    with scratch(str(tmp_path / "deep" / "store")) as temporary:
        open_objects(temporary).write("x", b"1")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_in_which_another_run_wrote_meanwhile_stays(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with scratch(str(store)) as temporary:
        open_objects(temporary).write("x", b"1")
        (store / "of another run").write_bytes(b"2")
    assert sorted(path.name for path in store.iterdir()) == ["of another run"]


@pytest.fixture
def below(address: str) -> Objects:
    objects = open_objects(address)
    objects.write("s/a", b"old")
    objects.write_tree("s/t", pack(Stored(JsonRecord({"track": "t"}), {"x": np.arange(3)})))
    return objects


def test_an_overlay_reads_from_the_store_and_writes_in_memory(below: Objects) -> None:
    objects = OverlayObjects(below)
    assert objects.address == below.address
    assert (objects.read("s/a"), objects.read("s/b")) == (b"old", None)
    objects.write("s/a", b"new")
    objects.write("s/empty", b"")
    objects.write_tree("s/u", {"x": b"1", "zarr.json": b"{}"})
    assert (objects.read("s/a"), objects.read("s/empty"), objects.read("s/u/x")) == (b"new", b"", b"1")
    assert objects.written == {"s/a": b"new", "s/empty": b"", "s/u/x": b"1", "s/u/zarr.json": b"{}"}
    assert (below.read("s/a"), below.read("s/empty"), below.names("s")) == (b"old", None, ["a", "t"])


def test_an_overlay_lists_and_opens_the_store_below(below: Objects) -> None:
    import zarr

    objects = OverlayObjects(below)
    objects.write_tree("s/u", {"zarr.json": b"{}"})
    assert (objects.names("s"), objects.trees("s")) == (["a", "t"], ["t"])
    group = zarr.open_group(objects.zarr_store("s/t"), mode="r")
    np.testing.assert_array_equal(group["x"][...], np.arange(3))


def test_an_overlay_deletes_and_sweeps_nothing_below(below: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("swept")

    monkeypatch.setattr(below, "sweep", fail)
    objects = OverlayObjects(below)
    objects.delete("s")
    objects.sweep()
    assert objects.read("s/a") == below.read("s/a") == b"old"
    assert below.trees("s") == ["t"]
