"""Distribution: a training on several devices at once, each with an equal part of every batch (data parallelism).

The network is on every device, and gradients are summed over them: the training is that of one device within rounding.
Keras distributes with JAX (``keras.distribution``); with TensorFlow its module of that name is a prototype that does
not train, so that a training there takes one device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from mir_models.errors import ParameterError

Result = TypeVar("Result")


def n_devices_for(requested: int | None, batch_size: int) -> int:
    """How many devices a training takes.

    Parameters
    ----------
    requested : int or None
        None: all GPUs or TPUs that are there, or as many of them as divide the batch; one where there is none.
    batch_size : int

    Raises
    ------
    ParameterError
        Where so many devices are not there, do not divide the batch, or the backend distributes nothing.
    """
    import keras

    if keras.backend.backend() != "jax":
        if requested in (None, 1):
            return 1
        received = f"{requested} devices with {keras.backend.backend()}"
        raise ParameterError("one device: Keras distributes with JAX", received=received, remedy="KERAS_BACKEND=jax")
    devices = keras.distribution.list_devices()
    if requested is None:
        n_there = 1 if devices[0].startswith("cpu") else len(devices)
        return max(n for n in range(1, n_there + 1) if batch_size % n == 0)
    if not 1 <= requested <= len(devices):
        remedy = "ask for fewer; processors count as devices by XLA_FLAGS=--xla_force_host_platform_device_count=4"
        raise ParameterError(f"1 to {len(devices)} devices", received=requested, remedy=remedy)
    if batch_size % requested:
        remedy = f"training.batch_size of a multiple of {requested}, or fewer devices"
        received = f"a batch of {batch_size} on {requested} devices"
        raise ParameterError("batches that divide among the devices", received=received, remedy=remedy)
    return requested


@contextmanager
def data_parallel(n_devices: int) -> Iterator[None]:
    """Context in which networks are built for, and trained on, the first devices; nothing changes where that is one."""
    import keras

    if n_devices == 1:
        yield
        return
    devices = keras.distribution.list_devices()[:n_devices]
    # Every process of a training on several machines would need its own part of the data: there is one process.
    with keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False).scope():
        yield


def on_one_device(function: Callable[[], Result]) -> Callable[[], Result]:
    """`function`, called without the distribution that is set now: inference has batches of any size."""
    import keras

    distribution = keras.distribution.distribution()
    if distribution is None:
        return function

    def call() -> Result:
        keras.distribution.set_distribution(None)
        try:
            return function()
        finally:
            keras.distribution.set_distribution(distribution)

    return call


def even(batches: Any) -> Any:
    """The batches, each filled up to a multiple of the devices; as they are where there is no distribution.

    Parameters
    ----------
    batches : keras.utils.PyDataset
        See `mir_models.examples.batches.Batches`.
    """
    import keras

    distribution = keras.distribution.distribution()
    if distribution is None:
        return batches
    from mir_models.training.even_batches import EvenBatches

    return EvenBatches(batches, int(np.size(distribution.device_mesh.devices)))
