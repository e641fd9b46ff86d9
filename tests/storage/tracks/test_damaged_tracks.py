"""Arrays of tracks that were damaged, cut or lost: one error, with what to do, and no other numbers."""

from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np
import pytest

from mir_models.errors import MirlitonError
from storage.objects.objects import Objects
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import open_dataset
from tests.storage.track_records import features_record

ARRAY = np.random.default_rng(7).random((600, 9))


def flip(objects: Objects, key: str) -> None:
    content = bytearray(objects.read(key) or b"")
    content[len(content) // 2] ^= 1
    objects.write(key, bytes(content))


def cut(objects: Objects, key: str) -> None:
    objects.write(key, (objects.read(key) or b"")[:100])


def empty(objects: Objects, key: str) -> None:
    objects.write(key, b"")


def no_json(objects: Objects, key: str) -> None:
    objects.write(key, b"{bad")


def other_json(objects: Objects, key: str) -> None:
    objects.write(key, b"{}")


def lose(objects: Objects, key: str) -> None:
    objects.delete(key)


@pytest.mark.parametrize("address", ["folder", "url"])
@pytest.mark.parametrize(
    ("name", "damage"),
    [("c.0.0", each) for each in (flip, cut, empty, lose)]
    + [("zarr.json", each) for each in (cut, empty, lose, no_json, other_json)],
)
def test_a_damaged_array_is_an_error_that_says_what_to_delete(
    tmp_path: Path, name: str, damage: object, address: str
) -> None:
    store = open_dataset(str(tmp_path) if address == "folder" else f"memory://{uuid.uuid4().hex}", "tiny").stage("x")
    store.write("t", "0", Stored(features_record("t"), {"values": ARRAY}))
    np.testing.assert_array_equal(store.read("t", "0", "values")["values"], ARRAY)
    damage(store.objects, f"{store.key('t', '0')}/values/{name}")  # type: ignore[operator]
    with pytest.raises(
        MirlitonError, match=r"a complete array\. Received: .* in .*Remedy: delete the folder of that track"
    ) as raised:
        store.read("t", "0", "values")
    assert store.key("t", "0") in str(raised.value)
