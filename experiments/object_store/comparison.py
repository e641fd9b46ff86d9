"""Stores compared: every object with its bytes, and the weights in a Keras file."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from storage.objects.leases import FOLDER as LOCKS
from storage.objects.objects import INCOMPLETE, Objects, open_objects


def objects_of(address: str) -> dict[str, bytes]:
    """All that a store holds, by key; without drafts and locks."""
    objects = open_objects(address)
    tops = [name for name in objects.names("") if name not in (INCOMPLETE, LOCKS)]
    return {key: content for name in tops for key, content in _below(objects, name).items()}


def _below(objects: Objects, key: str) -> dict[str, bytes]:
    try:
        content = objects.read(key)
    except IsADirectoryError:
        content = None
    if content is not None:
        return {key: content}
    below = (_below(objects, f"{key}/{name}") for name in objects.names(key))
    return {each: content for found in below for each, content in found.items()}


def keras_weights(content: bytes) -> dict[str, NDArray[Any]]:
    """The weights in the bytes of a ``.keras`` file by their paths: the file itself has the time of its making."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive, h5py.File(archive.open("model.weights.h5")) as file:
        found: dict[str, NDArray[Any]] = {}
        file.visititems(lambda name, each: found.update({name: each[()]}) if isinstance(each, h5py.Dataset) else None)
    return {name: np.asarray(values) for name, values in found.items()}
