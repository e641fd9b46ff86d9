"""Ranges of objects: the same bytes from a folder, a URL, a bucket, and through an overlay."""

from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np
import pytest

from storage.examples.indexed import ShardExamples
from storage.objects.objects import Objects, open_objects
from storage.objects.ranges import Range
from storage.objects.scratch import OverlayObjects
from tests.storage.examples.shard_stores import written_tracks

FIELDS = ("features", "onset", "mask", "start")


@pytest.fixture(params=["folder", "memory", "bucket"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "bucket":
        return str(request.getfixturevalue("bucket_address"))
    return str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}"


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [(0, None, b"0123456789"), (2, 5, b"234"), (8, 20, b"89"), (4, None, b"456789"), (-3, None, b"789")],
)
def test_ranges_of_objects(address: str, start: int, stop: int | None, expected: bytes) -> None:
    below, key = open_objects(address), f"a/{uuid.uuid4().hex}"
    above = OverlayObjects(below)
    above.write(f"{key}/b", b"0123456789")
    assert read(above, key, start, stop) == [expected, None, b"1"]
    below.write(f"{key}/b", b"0123456789")
    for objects in (below, OverlayObjects(below)):
        assert read(objects, key, start, stop) == [expected, None, b"1"]
    assert list(below.read_ranges([])) == []


def read(objects: Objects, key: str, start: int, stop: int | None) -> list[bytes | None]:
    """A range of an object, one of none, and another one of the first."""
    ranges = [Range(f"{key}/b", start, stop), Range(f"{key}/none", start, stop), Range(f"{key}/b", 1, 2)]
    return list(objects.read_ranges(ranges))


def test_more_than_there_is_from_the_end_is_all(address: str) -> None:
    objects = open_objects(address)
    objects.write("c", b"012")
    assert list(objects.read_ranges([Range("c", -30)])) == [b"012"]


def test_examples_are_the_same_wherever_they_lie(address: str, tmp_path: Path) -> None:
    here = ShardExamples(written_tracks(str(tmp_path / "here"), [700, 1500], "targets", "all"), FIELDS)
    there = ShardExamples(written_tracks(f"{address}/there", [700, 1500], "targets", "all"), FIELDS)
    indices = np.array([4, 0, 2, 4])
    expected = here.gather(indices)
    for name, array in there.gather(indices).items():
        np.testing.assert_array_equal(array, expected[name])
