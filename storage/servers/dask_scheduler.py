"""The Dask scheduler of ``MIRLITON_DASK_ADDRESS``: whether it answers, and how many workers it has."""

from __future__ import annotations

from mir_models.errors import MirlitonError
from storage.workers.cluster import Cluster, SchedulerLostError

WITHIN_S = 5.0
"""Seconds after which a scheduler that does not answer is given up."""


def reach(address: str) -> str:
    """Ask a scheduler; returns how many workers there are.

    Raises
    ------
    MirlitonError
        When it does not answer, has another version of mirliton, or no worker that fits.
    """
    cluster = Cluster.connect(address, within=WITHIN_S)
    try:
        n = len(cluster.workers())
    except SchedulerLostError as error:
        received, remedy = f"none any more ({error})", "start it again, or correct MIRLITON_DASK_ADDRESS"
        raise MirlitonError(f"a Dask scheduler at {address}", received=received, remedy=remedy) from error
    finally:
        cluster.close()
    return f"{n} worker{'s' * (n != 1)}"
