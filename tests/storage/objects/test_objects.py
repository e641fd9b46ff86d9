"""Objects: the same promises in a folder, behind a URL and in a bucket."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from storage.objects.objects import INCOMPLETE, FolderObjects, Objects, RemoteObjects, open_objects
from tests.storage.json_record import JsonRecord
from tests.storage.objects.example_trees import TREE


@pytest.fixture(params=["folder", "url", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "bucket":
        return open_objects(request.getfixturevalue("bucket_address"))
    return open_objects(str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store")


def test_an_address_decides_where_objects_lie(tmp_path: Path) -> None:
    assert isinstance(open_objects(str(tmp_path)), FolderObjects)
    assert isinstance(open_objects("memory://bucket"), RemoteObjects)


def test_what_is_written_is_read_and_replaced(store: Objects) -> None:
    store.write("a/b.json", b"1")
    store.write("a/b.json", b"22")
    assert store.read("a/b.json") == b"22"


def test_what_is_not_there_is_nothing(store: Objects) -> None:
    assert store.read("a/b.json") is None
    assert store.names("a") == []
    assert store.trees("a") == []
    store.delete("a")
    store.sweep()


def test_names_are_those_directly_below_sorted(store: Objects) -> None:
    for key in ("s/b/x", "s/a", "s/c/y/z"):
        store.write(key, b"")
    assert store.names("s") == ["a", "b", "c"]


def test_a_tree_replaces_the_one_before_it(store: Objects) -> None:
    store.write_tree("s/t", {"old": b"", **TREE})
    store.write_tree("s/t", TREE)
    assert store.names("s/t") == ["x", "zarr.json"]
    assert store.read("s/t/x/c/0/0") == b"rows"


def test_a_tree_without_its_last_object_is_not_there(store: Objects) -> None:
    store.write_tree("s/whole", TREE)
    store.write("s/killed/x/c/0/0", b"rows")
    store.write("s/zarr.json", b"{}")
    assert store.trees("s") == ["whole"]


def test_deleting_takes_an_object_or_all_below(store: Objects) -> None:
    store.write_tree("s/t", TREE)
    store.write("s/u.json", b"")
    store.delete("s/t")
    store.delete("s/u.json")
    assert store.read("s/t/zarr.json") is None
    assert store.names("s") == []


def test_zarr_reads_what_was_written(store: Objects) -> None:
    import numpy as np
    import zarr

    from storage.tracks.arrays import Stored, pack

    rows = np.arange(2100, dtype=np.float32).reshape(700, 3)
    store.write_tree("s/t", pack(Stored(JsonRecord({"track": "t"}), {"rows": rows})))
    group = zarr.open_group(store.zarr_store("s/t"), mode="r")
    np.testing.assert_array_equal(group["rows"][...], rows)


def test_an_address_is_kept_as_it_was_given_but_for_the_last_slash_of_a_url(tmp_path: Path) -> None:
    assert open_objects(f"{tmp_path}/x").address == f"{tmp_path}/x"
    assert open_objects("memory://bucket/store/").address == "memory://bucket/store"


def test_a_store_is_not_another_one(store: Objects) -> None:
    store.write("a/b", b"1")
    below = open_objects(f"{store.address}/a")
    assert below.read("b") == b"1"
    assert below.names("") == ["b"]
    assert open_objects(f"{store.address}-2").read("a/b") is None


def test_the_objects_of_a_tree_are_exactly_those_given(store: Objects) -> None:
    store.write_tree("deep/s/t", TREE)
    for key, content in TREE.items():
        assert store.read(f"deep/s/t/{key}") == content
    assert store.names("deep/s/t") == ["x", "zarr.json"]
    assert store.names("deep/s/t/x") == ["c", "zarr.json"]
    assert store.trees("deep/s") == ["t"]
    assert set(store.names("")) - {INCOMPLETE} == {"deep"}


def test_trees_are_sorted_and_files_are_none(store: Objects) -> None:
    for name in ("b", "a@1", "c~2"):
        store.write_tree(f"s/{name}", TREE)
    store.write("s/zarr.json", b"{}")
    store.write("s/a.records.json", b"{}")
    store.write("s/deep/er/zarr.json", b"{}")
    assert store.trees("s") == ["a@1", "b", "c~2"]


def test_deleting_leaves_what_only_begins_alike(store: Objects) -> None:
    for name in ("t", "t2"):
        store.write_tree(f"s/{name}", TREE)
    store.write("s/t.json", b"1")
    store.delete("s/t")
    assert store.names("s") == ["t.json", "t2"]
    assert store.trees("s") == ["t2"]


def test_a_zarr_store_is_for_reading_below_its_prefix(store: Objects) -> None:
    import zarr

    from storage.tracks.arrays import Stored, pack

    store.write_tree("s/t", pack(Stored(JsonRecord({"track": "t"}))))
    zarr_store = store.zarr_store("s/t")
    assert zarr_store.read_only
    assert dict(zarr.open_group(zarr_store, mode="r").attrs) == {"track": "t"}
    with pytest.raises(FileNotFoundError):
        zarr.open_group(store.zarr_store("s/u"), mode="r")
