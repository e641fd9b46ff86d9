"""Bundles: arrays of many tracks in one object, each as it was."""

from __future__ import annotations

import io
import uuid
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.objects.objects import Objects, open_objects
from storage.tracks.bundles import Bundle


@pytest.fixture(params=["folder", "url"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    return open_objects(str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store")


def test_every_array_comes_back_under_its_name(objects: Objects) -> None:
    bundle = Bundle(objects, "datasets/tiny/raw_audio.landmarks.npz")
    arrays = {
        "b": np.array([[1, 2], [3, 4], [5, 6]], np.uint32),
        "é@1": np.zeros((0, 2), np.uint32),
        "a": np.array([[2**32 - 1, 0]], np.uint32),
    }
    bundle.write(arrays)
    read = bundle.read()
    assert list(read) == ["a", "b", "é@1"]
    for name, array in arrays.items():
        assert read[name].dtype == np.uint32
        np.testing.assert_array_equal(read[name], array)
        assert read[name].shape == array.shape
    assert objects.names("datasets/tiny") == ["raw_audio.landmarks.npz"]


def test_the_object_is_rows_one_after_the_other_and_their_ends(objects: Objects) -> None:
    Bundle(objects, "x.npz").write({"b": np.array([3.0]), "a": np.array([1.0, 2.0]), "c": np.zeros(0)})
    with np.load(io.BytesIO(objects.read("x.npz") or b"")) as kept:
        assert sorted(kept.files) == ["ends", "names", "rows"]
        assert kept["names"].tolist() == ["a", "b", "c"]
        assert kept["ends"].tolist() == [2, 3, 3]
        assert kept["ends"].dtype == np.int64
        assert kept["rows"].tolist() == [1.0, 2.0, 3.0]


def test_no_bundle_and_an_empty_one_have_no_arrays(objects: Objects) -> None:
    bundle = Bundle(objects, "x.npz")
    assert bundle.read() == {}
    bundle.write({})
    assert bundle.read() == {}
    with np.load(io.BytesIO(objects.read("x.npz") or b"")) as kept:
        assert [kept[name].shape for name in ("names", "ends", "rows")] == [(0,)] * 3
        assert [kept[name].dtype.kind for name in ("names", "ends", "rows")] == ["U", "i", "f"]


@pytest.mark.parametrize("ends", [[1], [1, 2, 3]])
def test_a_bundle_whose_ends_are_not_those_of_its_names_is_not_read(objects: Objects, ends: list[int]) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, names=np.array(["a", "b"]), ends=np.array(ends), rows=np.zeros(3))
    objects.write("x.npz", buffer.getvalue())
    with pytest.raises(ValueError, match="zip"):
        Bundle(objects, "x.npz").read()


def test_writing_replaces_and_the_order_leaves_no_trace(objects: Objects) -> None:
    one, two = np.arange(3), np.arange(5)
    bundle = Bundle(objects, "x.npz")
    bundle.write({"gone": one})
    bundle.write({"a": one, "b": two})
    first = objects.read("x.npz")
    bundle.write({"b": two, "a": one})
    assert objects.read("x.npz") == first
    assert bundle.read().keys() == {"a", "b"}


def test_bundles_are_values(objects: Objects) -> None:
    assert len({Bundle(objects, key) for key in ("a", "a", "b")}) == 2


@given(st.dictionaries(st.text("abcé", min_size=1), st.integers(0, 4), max_size=6))
def test_any_lengths_come_back(lengths: dict[str, int]) -> None:
    bundle = Bundle(open_objects(f"memory://{uuid.uuid4().hex}"), "x.npz")
    arrays = {name: np.full((n, 2), place, np.int16) for place, (name, n) in enumerate(lengths.items())}
    bundle.write(arrays)
    assert {name: array.tolist() for name, array in bundle.read().items()} == {
        name: array.tolist() for name, array in arrays.items()
    }
