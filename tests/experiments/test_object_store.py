"""The experiment on object stores: what it compares, and its table."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import h5py
import numpy as np

from experiments.object_store.__main__ import chain_table
from experiments.object_store.chain import Chain, differences
from experiments.object_store.comparison import keras_weights, objects_of
from storage.objects.objects import open_objects

SECONDS = {"prepare": 1.0, "train": 2.0, "evaluate": 3.0, "transcribe": 4.0}


def _keras_file(*values: float, date: int = 1980) -> bytes:
    weights, archive = io.BytesIO(), io.BytesIO()
    with h5py.File(weights, "w") as file:
        file["layers/dense/vars/0"] = np.array(values)
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(zipfile.ZipInfo("model.weights.h5", (date, 1, 1, 0, 0, 0)), weights.getvalue())
    return archive.getvalue()


def _chain(where: str, objects: dict[str, bytes], midi: bytes = b"midi") -> Chain:
    requests = {} if where == "folder" else {"GET": 1200, "PUT": 34, "faults": 61}
    return Chain(where, where, SECONDS, requests, objects, midi)


def test_weights_are_compared_by_value_and_datasets_by_their_bytes() -> None:
    model = "models/t/a/0123/model.keras"
    first = _chain("folder", {"datasets/d/a": b"1", "datasets/d/b": b"2", model: _keras_file(1.0)})
    same = _chain("S3", {"datasets/d/a": b"1", "datasets/d/b": b"2", model: _keras_file(1.0, date=1999)})
    other = _chain("S3", {"datasets/d/a": b"9", "datasets/d/c": b"2", model: _keras_file(1.5)}, b"other")
    assert differences(same, first) == []
    assert differences(other, first) == ["datasets/d/a", "datasets/d/b", "datasets/d/c", "weights", "transcription"]
    assert {name: values.tolist() for name, values in keras_weights(_keras_file(1.0)).items()} == {
        "layers/dense/vars/0": [1.0]
    }
    rows = chain_table([first, same, other]).splitlines()
    assert rows[2] == "| folder | 1.0 s | 2.0 s | 3.0 s | 4.0 s | – | – | 3 | none |"
    assert rows[3] == "| S3 | 1.0 s | 2.0 s | 3.0 s | 4.0 s | 1,234 | 61 | 3 | none |"
    assert rows[4].endswith("| datasets/d/a, datasets/d/b, datasets/d/c |")


def test_all_objects_of_a_store_but_drafts_and_locks(tmp_path: Path) -> None:
    store = open_objects(str(tmp_path))
    for key in ("a/b/c", "d", ".locks/x.json", ".incomplete/y"):
        store.write(key, key.encode())
    assert objects_of(str(tmp_path)) == {"a/b/c": b"a/b/c", "d": b"d"}
